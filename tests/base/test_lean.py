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
_LOADED = "import sys; print('\\n'.join(sys.modules))"


@cache
def loaded_after(script: str) -> frozenset[str]:
    """The modules that a new process has loaded when it did what `script` says."""
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\n{_LOADED}"],
        cwd=ROOT,
        env=os.environ | _SETTINGS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return frozenset(done.stdout.split())


def test_the_worker_loads_no_door() -> None:
    loaded = loaded_after(
        "from engage import worker\nfrom engage.app import create_core\nworker.timetable(create_core())"
    )
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
    loaded = loaded_after("from engage.app import create_app\ncreate_app()")
    assert "flask_security" in loaded
    assert package not in loaded


def test_only_templates_that_many_see_are_compiled_before_somebody_asks() -> None:
    script = "from engage.app import create_app, load_ahead\napp = create_app()\nload_ahead(app)"
    shown = "\nimport sys\nfor _ref, name in app.jinja_env.cache.keys(): sys.modules['template:' + name] = sys"
    loaded = {name.partition(":")[2] for name in loaded_after(script + shown) if name.startswith("template:")}
    assert {"base.html", "public/activity.html", "public/activities.html"} <= loaded
    assert {name.partition("/")[0] for name in loaded if "/" in name} == {"public", "chat", "mine", "own", "login"}


def test_of_the_stemmers_only_those_of_our_languages_are_loaded() -> None:
    loaded = loaded_after("import engage.activities.search")
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
