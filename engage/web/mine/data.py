"""All that we hold of who is here: to read, to take along as a file, and to be forgotten altogether."""

import json

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import privacy
from engage.base import links
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.registrations import mine
from engage.web import visiting
from engage.web.mine import blueprint
from engage.web.mine.views import entry_view
from engage.web.who import current_visit


@blueprint.get(links.OWN_DATA)
def data() -> str:
    """What is kept, table by table in words."""
    visit = current_visit()
    person_id, now = visit.address.person_id, utc_now()
    return render_template(
        "mine/data.html",
        email=visit.address.identifier,
        sections=privacy.told(person_id),
        coming=len(mine.entries(person_id, now=now)),
    )


@blueprint.get(links.OWN_DATA + "/mine-data.json")
def data_file() -> Response:
    """The same as a file that programs can read (GDPR article 20). It is made at this moment, and kept nowhere."""
    told = privacy.as_json(current_visit().address.person_id, now=utc_now())
    response = Response(json.dumps(told, ensure_ascii=False, indent=2), content_type="application/json; charset=utf-8")
    name = f"{current_settings().host}-{utc_now():%Y-%m-%d}.json"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get(links.OWN_DATA + "/slet")
def forget_page() -> str:
    """Ask once more, and say what goes."""
    now = utc_now()
    found = mine.entries(current_visit().address.person_id, now=now)
    return render_template("mine/forget.html", entries=[entry_view(each, now) for each in found if each.live])


@blueprint.post(links.OWN_DATA + "/slet")
def forget() -> AnyResponse:
    """Forget them, and let them out."""
    with transaction():
        privacy.erase(current_visit().address.person_id, now=utc_now())
    visiting.leave()
    return redirect(url_for("entrance.forgotten"), 303)
