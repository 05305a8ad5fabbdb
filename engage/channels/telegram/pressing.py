"""What a button of ours says when it is pressed: its version, what is to become of the message it stands in, its action.

The action carries no authority: whoever presses may have made it up, and each step asks the database whose it is.
"""

LONGEST = 64  # bytes (core.telegram.org/bots/api#inlinekeyboardbutton)
# The answer to the first takes the message's place; the second stands in a letter, which is kept.
SCREEN, LETTER = "v1", "k1"


def data(action: str, *, in_letter: bool) -> str | None:
    """What the button says; None when that is longer than a button may say."""
    said = f"{LETTER if in_letter else SCREEN}:{action}"
    return said if len(said.encode()) <= LONGEST else None


def read(said: str) -> tuple[str, bool]:
    """The action, and whether the message is a screen. Of a button we do not know, an action that nothing has."""
    version, _colon, action = said.partition(":")
    return (action, version == SCREEN) if version in {SCREEN, LETTER} and action else ("?", False)
