"""The one way a rule says no. Each refusal stands beside its rule as a subclass; every door turns it into its own voice."""

from typing import Any

from engage.base.i18n import LazyText


class Refusal(Exception):
    """A rule was not met; nothing was changed.

    `code` is stable and machine-readable, `message` is worded in the language of whoever reads it,
    `facts` are the named values the message speaks of.
    """

    code: str = "refused"
    message: LazyText

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

    def __str__(self) -> str:
        return str(self.message) % self.facts if self.facts else str(self.message)


class FetchFirst(Exception):
    """What somebody sent lies with their channel still, and is fetched with no transaction open before it is heard; nothing was
    changed. `name` is what the channel calls it.
    """

    def __init__(self, name: str) -> None:
        super().__init__("fetch first")
        self.name = name


class ChannelError(Exception):
    """A channel could not hand a message over.

    `permanent` tells that the same address will never work, so that the post office stops trying it; `counts` is False
    where the fault is ours and the letter shall wait for as long as it takes.
    """

    def __init__(self, reason: str, *, permanent: bool, counts: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.counts = counts


class AddressGone(ChannelError):
    """The address takes nothing more until its owner comes back: a chat where the bot was blocked."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=True)


class TooFast(ChannelError):
    """The channel wants nothing from anybody of us for `seconds`. The letter is as good as not tried."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too fast", permanent=False, counts=False)
        self.seconds = seconds


class ServerAway(ChannelError):
    """The channel's own server is not there, or does not let us in. No letter is at fault, so none is counted as tried."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=False, counts=False)


class NoReply(ChannelError):
    """It was handed over, and whether it arrived nobody said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=False)
