"""What a channel is able to, as far as a talk or a letter depends on it. Flows ask this, never for a channel's name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Abilities:
    """All that is not said of a channel it cannot do.

    `reaches_later`: what is sent arrives also when the person is not looking, so that no other address is needed.
    `numbers_cards`: several cards are shown as a numbered list, so that a number names one.
    `changes_in_place`: an answer to a pressed button takes the place of what was shown, so that there must be a way back.
    `knows_where`: may be asked where the person is.
    `shares`: a message can be handed on to others.
    `shows_codes`: a code to be scanned at the door is shown as a picture.
    `takes_files`: what is attached to a letter, or said in a talk, arrives with it. Where it does not, a letter's file goes to
    the mailbox, if there is one.
    `takes_pictures`: a picture may be sent in a talk, and reaches us.
    `language_is_chosen`: the language it reports was chosen for this talk, and is not an app's setting.
    """

    reaches_later: bool = False
    numbers_cards: bool = False
    changes_in_place: bool = False
    knows_where: bool = False
    shares: bool = False
    shows_codes: bool = False
    takes_files: bool = False
    takes_pictures: bool = False
    language_is_chosen: bool = False


_ABILITIES = {
    "webchat": Abilities(language_is_chosen=True),
    "telegram": Abilities(
        reaches_later=True,
        numbers_cards=True,
        changes_in_place=True,
        knows_where=True,
        shares=True,
        shows_codes=True,
        takes_files=True,
        takes_pictures=True,
    ),
    "email": Abilities(reaches_later=True, takes_files=True),
    "sms": Abilities(reaches_later=True),
}


def of(channel: str) -> Abilities:
    """The abilities of a channel; of one we do not know, none."""
    return _ABILITIES.get(channel, Abilities())
