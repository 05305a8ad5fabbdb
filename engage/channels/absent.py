"""A channel this installation has not been told enough of to send by."""

from engage.base.errors import ChannelError
from engage.base.message import Message


class AbsentChannel:
    """Keeps every letter waiting until somebody sets what is missing; `why` names it.

    One that is `optional` may be missing for good, and lets letters go on to the next address.
    """

    def __init__(self, why: str, *, optional: bool = False) -> None:
        self._why, self._optional = why, optional

    def send(self, identifier: str, message: Message, *, key: str) -> None:  # noqa: ARG002  (the same for all channels)
        """Say what is missing."""
        raise ChannelError(self._why, permanent=self._optional, counts=self._optional)
