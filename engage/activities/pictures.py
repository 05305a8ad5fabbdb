"""Pictures of activities: what was sent is written anew (how is `pixels`), kept in two sizes, and goes with what showed it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, select

from engage.activities.models import Activity, Picture
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id

# A telephone's photograph is 3-8 MB.
MOST_BYTES = 12 * 1024 * 1024
# What is held whole in memory, at 4 bytes a pixel: 100 MB.
MOST_PIXELS = 25_000_000
MIME_TYPE = "image/webp"


class NotAPicture(Refusal):
    """The file is none of the formats, or is broken."""

    code = "not_a_picture"
    message = _l("We cannot read this as a picture. Choose a JPEG, PNG or WebP file.")


class PictureTooLarge(Refusal):
    """More bytes or pixels than we decode."""

    code = "picture_too_large"
    message = _l("The picture is too large. Choose one of at most %(megabytes)s MB and %(pixels)s million pixels.")


class PictureTooSmall(Refusal):
    """It would be shown blurred."""

    code = "picture_too_small"
    message = _l("The picture is too small to be shown well. Choose one at least %(pixels)s pixels wide and high.")


def too_large(pixels: int = MOST_PIXELS) -> PictureTooLarge:
    """The refusal of a picture with more than we decode."""
    return PictureTooLarge(megabytes=MOST_BYTES // 1024**2, pixels=pixels // 1_000_000)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture written anew in two sizes, as WebP; `width` and `height` are the large one's, in pixels."""

    large: bytes
    small: bytes
    width: int
    height: int


def prepare(content: bytes) -> Prepared:
    """Decode `content` and write it anew. Takes some 0.3 s of computing, so it is done outside a transaction.

    Refuses with `NotAPicture`, `PictureTooLarge` or `PictureTooSmall`.
    """
    from engage.activities import pixels

    return pixels.redrawn(content)


def put(activity: Activity, prepared: Prepared, now: datetime) -> None:
    """Make `prepared` the activity's picture; the one it had goes, unless a copy of the activity shows it."""
    former = activity.picture_id
    picture = Picture(
        public_id=public_id(12),
        organisation_id=activity.organisation_id,
        large=prepared.large,
        large_hash=_hash(prepared.large),
        small=prepared.small,
        small_hash=_hash(prepared.small),
        width=prepared.width,
        height=prepared.height,
        created_at=now,
    )
    db.session.add(picture)
    db.session.flush()
    activity.picture_id = picture.id
    db.session.flush()
    drop_unused(former)


def remove(activity: Activity) -> None:
    """Take the picture and its descriptions away."""
    former = activity.picture_id
    activity.picture_id, activity.picture_alt = None, {}
    db.session.flush()
    drop_unused(former)


def drop_unused(picture_id: int | None) -> None:
    """Delete a picture no activity shows any more."""
    shown = exists().where(Activity.picture_id == Picture.id)
    db.session.execute(delete(Picture).where(Picture.id == picture_id, ~shown))


def content(public_id: str, file_hash: str) -> bytes | None:
    """The file of this picture whose content has this hash."""
    # Two small columns first, then only the one of the two files that is asked for.
    known = select(Picture.large_hash, Picture.small_hash).where(Picture.public_id == public_id)
    row = db.session.execute(known).first()
    if row is None or file_hash not in row:
        return None
    column = Picture.large if file_hash == row.large_hash else Picture.small
    return db.session.scalar(select(column).where(Picture.public_id == public_id))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
