"""What every template can name: the city, the languages, translated words and our files."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask, request
from jinja2 import FileSystemBytecodeCache

from engage.base import i18n, links
from engage.base.config import current_settings
from engage.web import statics
from engage.web.language import switches

_SYNTAX = {"trim_blocks": True, "lstrip_blocks": True}


class _Compiled(FileSystemBytecodeCache):
    """Templates as an earlier start compiled them: half a second of the next one. Each is good for the same source."""

    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(f"{_SYNTAX}{source}")


def install(app: Flask) -> None:
    """Give the templates their words and globals."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=False, pgettext=i18n.pgettext
    )
    app.jinja_env.globals["_"] = i18n.gettext  # the extension's own looks for the former in each page anew
    for option, value in _SYNTAX.items():
        setattr(app.jinja_env, option, value)
    # There are as many as there are: to know which was used last, the usual cache looks through all of them at each use.
    app.jinja_env.cache = {}
    app.jinja_env.globals.update(asset=statics.asset, links=links)
    app.context_processor(_everywhere)


# What citizens may see, and the way in. Staff and organisers are few: what their rooms need is read when they come, from what an
# earlier start or visit compiled. Together with Flask-Security's own, which are never shown, it was half of what templates take.
_FOR_MANY = frozenset({"public", "chat", "mine", "own", "login"})


def load_ahead(app: Flask) -> None:
    """Compile the templates that many will see, and read every catalogue of words now."""
    keep_compiled(app, app.extensions["engage.settings"].var / "templates")
    for name in app.jinja_env.list_templates(filter_func=_is_for_many):
        app.jinja_env.get_template(name)
    for language in i18n.NAMES:
        with i18n.speaking(language):
            i18n.gettext("Activities")


def keep_compiled(app: Flask, folder: Path) -> None:
    """Compile each template once for all processes that keep them in this folder."""
    with suppress(OSError):  # a part that runs alone needs no folder of its own
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.access(folder, os.W_OK):
        app.jinja_env.bytecode_cache = _Compiled(str(folder))


def _is_for_many(template: str) -> bool:
    room, slash, _name = template.partition("/")
    return not slash or room in _FOR_MANY


def _everywhere() -> dict[str, Any]:
    settings = current_settings()
    city = settings.city
    return {
        "city": {
            "name": city.name,
            "title": city.title,
            "authority": city.authority,
            "controller": city.controller,
            "tagline": city.tagline,
            "contact": {
                "email": city.contact["email"],
                "phone": city.contact.get("phone", ""),
                "hours": city.opening_hours,
                "name": city.contact.get("name", ""),
                "address": city.contact.get("address", ()),
            },
            "privacy": city.privacy,
            "statement_url": city.statement_url,
        },
        "language": i18n.current_language(),
        "languages": switches(),
        "path": request.path,
        "development": settings.development,
        "base_url": settings.base_url,
    }
