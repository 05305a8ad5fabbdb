"""For commands that are started beside an `engage run`: the database it has up in our folder."""

import os
from pathlib import Path

from engage.base.config import ROOT
from engage.service import home as homes
from engage.service.postgres import url_of
from engage.service.secret import secret_key


def borrow() -> None:
    """Name that database and its secret key in the environment, where none is named and one is up; nothing is started."""
    if os.environ.get("ENGAGE_DATABASE_URL"):
        return
    folder = Path(os.environ.get("ENGAGE_VAR") or ROOT / "var")
    cluster = folder / "postgres"
    if not any((cluster / name).exists() for name in ("data", "location")):
        return
    home = homes.find(cluster, durable=True)
    if not (home.data / "postmaster.pid").exists():
        return
    os.environ["ENGAGE_DATABASE_URL"] = url_of(home)
    os.environ["ENGAGE_SECRET_KEY"] = os.environ.get("ENGAGE_SECRET_KEY") or secret_key(folder / "secret")
