"""A picture that somebody sends in a talk: named by its channel, and there once the door has fetched and redrawn it."""

from engage.activities.pictures import Prepared
from engage.base.errors import FetchFirst, Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.dialog.turn import Turn


class PictureNotFetched(Refusal):
    """The channel did not hand it out."""

    code = "picture_not_fetched"
    message = _l("I could not get the picture. Send it once more, or go on without one.")


def fetched(turn: Turn, name: str) -> Prepared:
    """The picture of this name. Raises `FetchFirst` where the door has not got it yet; refuses with what was wrong with it."""
    found = turn.incoming.pictures.get(name)
    if found is None:
        raise FetchFirst(name)
    if isinstance(found, Refusal):
        raise found
    return found
