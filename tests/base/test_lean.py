"""Processes load what they use, and no more: looked at from outside, since this one has loaded everything."""

import importlib
import os
import subprocess
import sys
from functools import cache

import pytest

from engage.base import lean
from engage.base.config import ROOT

_SETTINGS = {"ENGAGE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "ENGAGE_SECRET_KEY": "k" * 40}
_LOADED = "import sys; print(*sys.modules)"
# One process answers all that is asked of the web: what was loaded after each step, a line each.
_WEB = f"""
import engage.activities.search
{_LOADED}
from engage.app import create_app, load_ahead
app = create_app()
{_LOADED}
load_ahead(app)
print(*(name for _ref, name in app.jinja_env.cache.keys()))
"""


@cache
def printed(script: str) -> list[frozenset[str]]:
    """The words of each line that a new process prints which does what `script` says."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | _SETTINGS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [frozenset(line.split()) for line in done.stdout.splitlines()]


def test_the_worker_loads_no_door() -> None:
    script = "from engage import worker\nfrom engage.app import create_core\nworker.timetable(create_core())\n"
    (loaded,) = printed(script + _LOADED)
    assert {"engage.worker", "engage.app", "engage.registrations", "engage.outbox"} <= loaded
    assert {name for name in loaded if name.split(".")[:2] in (["engage", "web"], ["engage", "service"])} == set()


@pytest.mark.parametrize(
    "package",
    [
        "rich",
        "authlib",
        "httpx",
        "alembic",
        "dateparser",
        "holidays",
        "openpyxl",
        "webauthn",
        "cryptography",
        "fpdf",
        "fontTools",
        "PIL",
        "email.policy",
    ],
)
def test_the_web_does_not_load_what_only_some_ever_use(package: str) -> None:
    _search, loaded, _templates = printed(_WEB)
    assert "flask_security" in loaded
    assert package not in loaded


def test_only_templates_that_many_see_are_compiled_before_somebody_asks() -> None:
    *_modules, loaded = printed(_WEB)
    assert {"base.html", "public/activity.html", "public/activities.html"} <= loaded
    assert {name.partition("/")[0] for name in loaded if "/" in name} == {"public", "chat", "mine", "own", "login"}


def test_of_the_stemmers_only_those_of_our_languages_are_loaded() -> None:
    loaded, *_rest = printed(_WEB)
    found = {name for name in loaded if name.startswith("snowballstemmer.") and name.endswith("_stemmer")}
    assert found == {f"snowballstemmer.{language}_stemmer" for language in ("danish", "english", "german")}


def test_what_was_left_out_can_still_be_loaded_later() -> None:
    assert "tabnanny" not in sys.modules
    with lean.without("tabnanny"), pytest.raises(ImportError):
        importlib.import_module("tabnanny")
    importlib.import_module("tabnanny")
    with lean.without("tabnanny"):
        assert importlib.import_module("tabnanny").check  # it is loaded already, and stays
    del sys.modules["tabnanny"]


def test_a_module_of_what_is_not_installed_is_missed_as_any_other() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        lean.module_of("no_such_package", "anything")
