"""What is kept of what somebody follows: the search, and since when."""

from engage.base.declared import Holding, Purpose
from engage.base.i18n import lazy_gettext as _l
from engage.following.models import Followed
from engage.following.naming import name

HOLDINGS = (
    Holding(
        "followed",
        plain="id",
        personal={Purpose.OWN_PAGE: "public_id person_id criteria since told_at"},
        unshown="public_id",
        theirs=lambda person_id: Followed.person_id == person_id,
        title=_l("Topics you follow"),
        labels={"criteria": _l("Topic"), "since": _l("Since"), "told_at": _l("You have been told what was new until")},
        words={"criteria": name},
    ),
)
