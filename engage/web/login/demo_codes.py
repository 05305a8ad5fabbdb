"""The codes of the demo accounts, for who has no app at hand: in the development mode, on loopback, and for them alone.

There is no way around the second step, in no mode: this page only shows what an app would show for a public secret.
"""

from flask import render_template
from passlib.totp import TOTP  # type: ignore[import-untyped]

from engage.accounts import demo
from engage.web.development import blueprint


@blueprint.get("/koder")
def codes() -> str:
    """The code that is right now; it is the same for all of them, since they share one secret."""
    said = demo.facts()
    code = TOTP(key=said["secret"], format="base32").generate()
    accounts = tuple((each["name"], each["email"]) for each in said["account"] if each.get("roles"))
    return render_template("development/codes.html", code=code.token, seconds=int(code.remaining), accounts=accounts)
