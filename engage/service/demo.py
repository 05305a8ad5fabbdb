"""What `engage run` says about the demo city's accounts, read from their file: the application is loaded later."""

import tomllib
from collections.abc import Iterator

from engage.base.config import ROOT


def accounts() -> Iterator[str]:
    """One line for each account, and how to get in."""
    said = tomllib.loads((ROOT / "engage" / "demo" / "accounts.toml").read_text("utf-8"))
    yield f'Demo accounts, all with the password "{said["password"]}" (sign in at /konto/log-ind):'
    for account in said["account"]:
        code = ", asks for a code: see /dev/koder" if account.get("roles") else ""
        yield f"  {account['email']}: {account['about']}{code}"
