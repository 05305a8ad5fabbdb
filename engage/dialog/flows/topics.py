"""Following topics and searches, of which one hears once a week.

wanted | follow (this search) | add (one choice) -> [notice -> yes | email -> (a letter; its button begins)] -> followed
show -> stop | ask_all -> stop_all | choose -> add | day -> hour -> set | preview
"""

import re
from datetime import date

from engage import following, people
from engage.base import tokens, wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import current_language
from engage.base.i18n import gettext as _
from engage.base.message import Button, Card
from engage.dialog.flows import find, menu
from engage.dialog.turn import Turn
from engage.dialog.understanding import Intent
from engage.following import Criteria, Followed, digests
from engage.goals.reference import reference
from engage.people import Person, wishes

FLOW = "topics"
_EMAIL = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
_SHOWN = 8
_HOURS = (8, 12, 16, 18, 20)
_A_MONDAY = date(2026, 3, 2).toordinal()


def wanted(turn: Turn, _argument: str) -> None:
    """Somebody wants to follow something, or to know what they follow."""
    heard = turn.understanding
    assert heard is not None
    turn.conversation.misunderstood = 0
    criteria = following.of_filters(find.filters_of(find.asked_for(heard)))
    if criteria:
        _begin(turn, criteria)
    else:
        show(turn, "")


def unwanted(turn: Turn, _argument: str) -> None:
    """Somebody no longer wants to follow something."""
    heard, person = turn.understanding, turn.conversation.person_id
    assert heard is not None
    turn.conversation.misunderstood = 0
    criteria = following.of_filters(find.filters_of(find.asked_for(heard)))
    gone = following.stop_matching(person, criteria, now=turn.now) if person is not None and criteria else []
    if not gone:
        show(turn, "")
        return
    turn.done()
    names = wording.listing([following.name(each) for each in gone])
    turn.say(_("You no longer follow %(topic)s.", topic=names), buttons=(_to_topics(),))


def show(turn: Turn, _argument: str) -> None:
    """What they follow, each with a button that ends it."""
    turn.done()
    own = _own(turn)
    buttons = [Button(_("Choose topics"), action="topics:choose")]
    searched = _searched(turn)
    if searched and all(each.criteria != searched for each in own):
        buttons.insert(0, Button(_("Follow %(topic)s", topic=following.name(searched))[:60], action="topics:follow"))
    settings = Button(_("Settings"), action="settings:show")
    if not own:
        buttons.append(settings)
        turn.say(
            _("You follow nothing yet."),
            _(
                "Write for example: follow climate. You then hear once a week of what is new, and only when there is something."
            ),
            buttons=tuple(buttons),
        )
        return
    buttons += [Button(_("Day and time"), action="topics:day"), Button(_("What is new now?"), action="topics:preview")]
    buttons += [Button(_("Stop all"), action="topics:ask_all")] if len(own) > 1 else []
    buttons.append(settings)
    more = [_("You see all of them on My page.")] if len(own) > _SHOWN else []
    turn.say(
        _("You follow this. You hear of it %(when)s.", when=_when(turn)),
        *more,
        cards=_cards(own),
        buttons=tuple(buttons),
    )


def follow(turn: Turn, _argument: str) -> None:
    """Follow what was searched for last."""
    searched = _searched(turn)
    if searched:
        _begin(turn, searched)
    else:
        show(turn, "")


def choose(turn: Turn, _argument: str) -> None:
    """The four dimensions as topics; all else can be written."""
    turn.done()
    buttons = tuple(
        Button(each.name, action=f"topics:add:dimension:{each.id}") for each in reference().dimensions.values()
    )
    turn.say(
        _("What do you want to follow? Press a button, or write it: follow cycling, follow activities for families."),
        buttons=buttons,
    )


def add(turn: Turn, choice: str) -> None:
    """Follow one choice of a facet."""
    facet, _colon, value = choice.partition(":")
    criteria = following.checked({facet: [value]})
    if criteria:
        _begin(turn, criteria)
    else:
        menu.stale(turn, "")


def _begin(turn: Turn, criteria: Criteria) -> None:
    """Follow it now where they can be reached; else ask for an address. The notice stands before what is first kept of them."""
    turn.done()
    city, person = current_settings().city, turn.conversation.person_id
    if _own(turn) or (person is not None and people.proven_emails(person)):
        _follow(turn, criteria)
        return
    turn.data["follow"] = criteria
    facts = {"controller": city.controller, "days": city.keep_own_pages.days}
    name = following.name(criteria)
    if turn.abilities.reaches_later:
        turn.say(
            _("Follow %(topic)s?", topic=name),
            _("%(controller)s then keeps what you follow, to write to you here once a week when there is something new. It goes "
              "when you stop, or when nothing was heard of you for %(days)s days.", **facts),
            buttons=(turn.once(_("Yes, follow it"), "topics:yes"), turn.once(_("Cancel"), "menu:leave")),
        )  # fmt: skip
        return
    turn.ask(FLOW, "email")
    turn.say(
        _("Follow %(topic)s?", topic=name),
        _("%(controller)s then keeps your e-mail address and what you follow, to write to you once a week when there is "
          "something new. It goes when you stop, or when nothing was heard of you for %(days)s days.", **facts),
        _("What is your e-mail address?"),
        buttons=(turn.once(_("Cancel"), "menu:leave"),),
    )  # fmt: skip


def yes(turn: Turn, _argument: str) -> None:
    """They have read what is kept."""
    criteria = turn.data.pop("follow", None)
    if criteria is None:
        menu.stale(turn, "")
        return
    _follow(turn, criteria)


def take_email(turn: Turn) -> bool:
    """An address: a letter is sent there, whoever it belongs to. Other wishes are heard."""
    typed, heard, criteria = _EMAIL.search(turn.text), turn.understanding, turn.data.get("follow")
    assert heard is not None
    if criteria is None or (typed is None and heard.intent != Intent.UNKNOWN):
        return False
    talk = turn.conversation
    chat = (talk.channel, talk.identifier)
    client = turn.incoming.client or tokens.stand_in(current_settings().secret_key, ":".join(chat))
    address = typed.group(0).rstrip(".") if typed else turn.text
    try:
        email = following.ask(address, criteria, language=talk.language, client=client, now=turn.now, chat=chat)
    except people.EmailNotUsable as refusal:
        turn.say(str(refusal), buttons=(turn.once(_("Cancel"), "menu:leave"),))
        return True
    del turn.data["follow"]
    turn.done()
    turn.say(
        _("I have sent an e-mail to %(email)s.", email=email),
        _("Open it and press the button there. Then you follow %(topic)s.", topic=following.name(criteria)),
        buttons=menu.first_buttons()[:3],
    )
    return True


def _follow(turn: Turn, criteria: Criteria) -> None:
    talk = turn.conversation
    if talk.person_id is None:
        talk.person_id = people.find_or_create(talk.channel, talk.identifier, language=talk.language, now=turn.now)
    if turn.abilities.reaches_later:
        # Who writes from a chat that reaches them has shown that it is theirs.
        people.verify(talk.channel, talk.identifier, turn.now)
    following.follow(talk.person_id, criteria, now=turn.now)
    turn.done()
    buttons = [_to_topics()]
    buttons += [Button(_("Back to the list"), action="find:again")] if turn.data.get("find") else []
    turn.say(
        _("You follow %(topic)s.", topic=following.name(criteria)),
        _("You hear of it %(when)s, and only when there is something new.", when=_when(turn)),
        buttons=tuple(buttons),
    )


def stop(turn: Turn, public_id: str) -> None:
    """No longer follow one of them."""
    person = turn.conversation.person_id
    gone = following.stop(person, public_id, now=turn.now) if person is not None else None
    if gone is None:
        menu.stale(turn, "")
        return
    turn.done()
    turn.say(_("You no longer follow %(topic)s.", topic=following.name(gone)), buttons=(_to_topics(),))


def ask_all(turn: Turn, _argument: str) -> None:
    """Really all?"""
    turn.done()
    if not _own(turn):
        show(turn, "")
        return
    names = wording.listing([following.name(each.criteria) for each in _own(turn)])
    turn.say(
        _("Stop following %(topics)s? About your sign-ups I still write.", topics=names),
        buttons=(turn.once(_("Yes, stop"), "topics:stop_all"), Button(_("No"), action="topics:show")),
    )


def stop_all(turn: Turn, _argument: str) -> None:
    """No longer follow anything."""
    turn.done()
    if turn.conversation.person_id is not None:
        following.stop_all(turn.conversation.person_id, now=turn.now)
    turn.say(_("You follow nothing any more. About your sign-ups I still write."), buttons=menu.first_buttons()[:3])


def day(turn: Turn, _argument: str) -> None:
    """On which day of the week?"""
    turn.done()
    buttons = tuple(Button(_weekday(number), action=f"topics:hour:{number}") for number in range(7))
    turn.say(_("On which day do you want to hear of what is new?"), buttons=buttons)


def hour(turn: Turn, weekday: str) -> None:
    """At what time?"""
    if weekday not in map(str, range(7)):
        menu.stale(turn, "")
        return
    buttons = tuple(Button(_clock(number), action=f"topics:set:{weekday}-{number}") for number in _HOURS)
    turn.say(_("At what time?"), buttons=buttons)


def set_(turn: Turn, chosen: str) -> None:
    """This day and hour from now on."""
    weekday, _dash, at = chosen.partition("-")
    person = turn.conversation.person_id
    if person is None or weekday not in map(str, range(7)) or at not in map(str, range(24)):
        menu.stale(turn, "")
        return
    following.set_rhythm(person, int(weekday), int(at), now=turn.now)
    turn.done()
    turn.say(_("You hear of what you follow %(when)s.", when=_when(turn)), buttons=(_to_topics(),))


def preview(turn: Turn, _argument: str) -> None:
    """What the letter would say now."""
    turn.done()
    person = turn.conversation.person_id
    digest = digests.compose(person, now=turn.now) if person is not None else None
    if digest is None or not digest.shown:
        turn.say(_("There is nothing new, and nothing soon, in what you follow."), buttons=(_to_topics(),))
        return
    shown = digest.shown[: find.PER_PAGE]
    turn.data["focus"] = [each.occurrence for each in shown]
    cards = tuple(find.card(each, turn.now) for each in shown)
    said = _("This is new, or comes soon.") if digest.new else _("There is nothing new. This comes soon.")
    turn.say(said, cards=cards, buttons=(_to_topics(),))


def _own(turn: Turn) -> list[Followed]:
    return following.followed(turn.conversation.person_id) if turn.conversation.person_id is not None else []


def _searched(turn: Turn) -> Criteria:
    return following.of_filters(find.filters_of(turn.data.get("find", {})))


def _cards(own: list[Followed]) -> tuple[Card, ...]:
    links = current_settings().links
    return tuple(
        Card(
            following.name(each.criteria),
            url=links.listing(following.query(each.criteria)),
            buttons=(Button(_("Stop"), action=f"topics:stop:{each.public_id}"),),
        )
        for each in own[:_SHOWN]
    )


def _to_topics() -> Button:
    return Button(_("What I follow"), action="topics:show")


def _when(turn: Turn) -> str:
    """When they hear of it next: on which day, or not before which."""
    assert turn.conversation.person_id is not None
    person, zone = db.session.get_one(Person, turn.conversation.person_id), current_settings().city.zone
    wished = wishes.of(person.id)
    if wished.paused_until and wished.paused(turn.now.astimezone(zone).date()):
        return _("again after your pause, from %(day)s", day=wording.long_date(wished.paused_until))
    weekday, at = wished.digest
    return _("on %(weekday)s at %(time)s", weekday=_weekday(weekday), time=_clock(at.hour))


def _weekday(number: int) -> str:
    return wording.weekday(date.fromordinal(_A_MONDAY + number))


def _clock(number: int) -> str:
    return f"{number:02d}.00" if current_language() == "da" else f"{number:02d}:00"


ACTIONS = {
    "show": show, "follow": follow, "choose": choose, "add": add, "yes": yes, "stop": stop, "ask_all": ask_all,
    "stop_all": stop_all, "day": day, "hour": hour, "set": set_, "preview": preview,
}  # fmt: skip
STEPS = {"email": take_email}
