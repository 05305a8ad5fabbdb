"""Links by which one kind of letters is stopped, without login: each is good for one person and one kind."""

from engage.base import tokens
from engage.base.config import current_settings
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l


class NobodyHere(Refusal):
    """Whose letters it was is forgotten, so that there is nothing to stop."""

    code = "nobody_here"
    message = _l("We hold nothing of you any more, so you get no letters from us.")


def link(kind: str, person_id: int | None) -> str:
    """The address at which letters of this kind are stopped; "" for who is nobody's person."""
    if person_id is None:
        return ""
    settings = current_settings()
    return settings.links.unsubscribe(kind, tokens.sign(settings.secret_key, _purpose(kind), person_id))


def person_of(kind: str, token: str) -> int:
    """Whose link it is. Refuses with `LinkNotValid`."""
    return int(tokens.unsign(current_settings().secret_key, _purpose(kind), token))


def _purpose(kind: str) -> str:
    return f"unsubscribe:{kind}"
