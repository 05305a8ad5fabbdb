"""What a sentence of a citizen can mean: the intents, and the frozen answer of the understanding. No grammar here."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Intent(StrEnum):
    """What a citizen wants the chat to do; the values are stable and used in logs, tests and evaluations."""

    BROWSE = "browse"
    SIGN_UP = "sign_up"
    MINE = "mine"
    CERTIFICATE = "certificate"
    CANCEL = "cancel"
    HELP = "help"
    GREET = "greet"
    THANKS = "thanks"
    HUMAN = "human"
    STOP = "stop"
    LANGUAGE = "language"
    SUGGEST = "suggest"
    FORGET_ME = "forget_me"
    EXPORT_ME = "export_me"
    LINK = "link"
    UNLINK = "unlink"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    SETTINGS = "settings"
    PAUSE = "pause"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Understanding:
    """One reading of one message. Dates are local and inclusive; `last` None with a `first` means open-ended."""

    intent: Intent
    first: date | None = None
    last: date | None = None
    sdgs: tuple[int, ...] = ()  # 1-17, in the order named
    dimensions: tuple[str, ...] = ()  # environmental, cultural, economic, social
    kind: str | None = None  # "learning" or "volunteer"
    audience: str | None = None  # "children", "youth", "families" or "seniors"
    party: int | None = None  # seats asked for, the writer included where the words include them
    topics: tuple[str, ...] = ()  # the words that pointed to the goals and dimensions, lower case
    words: tuple[str, ...] = ()  # content words left for the full-text search, lower case
    language: str = "da"  # the language it was understood best in
    wanted_language: str | None = None  # with Intent.LANGUAGE: the one asked for, None if none of ours was named
    free_only: bool = False
    alternatives: tuple[tuple[date, date], ...] = ()  # other honest readings of the date, for buttons
    day_part: str | None = None  # "morning", "afternoon", "evening" or a time "19:00"

    def as_json(self) -> dict[str, Any]:
        """The answer as one JSON object: the evaluated keys first, `first` and `last` called from and to."""
        return {
            "intent": self.intent.value,
            "from": self.first and self.first.isoformat(),
            "to": self.last and self.last.isoformat(),
            "sdgs": list(self.sdgs),
            "dimensions": list(self.dimensions),
            "kind": self.kind,
            "audience": self.audience,
            "party": self.party,
            "words": list(self.words),
            "topics": list(self.topics),
            "language": self.language,
            "wanted_language": self.wanted_language,
            "free_only": self.free_only,
            "alternatives": [[first.isoformat(), last.isoformat()] for first, last in self.alternatives],
            "day_part": self.day_part,
        }
