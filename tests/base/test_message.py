"""A message survives its way through a JSON column."""

import json

from engage.base.message import Attachment, Button, Card, Message

WHOLE = Message(
    text=("Hej Åse,", "to\nlinjer"),
    subject='Bekræft: <Klima> & "vand"',
    cards=(
        Card("Klimacafé", ("kl. 10.00", "Huset"), "https://x/1", (Button("Se", action="find:show:abc"),), "de"),
        Card("Uden noget"),
    ),
    buttons=(Button("Bekræft", url="https://x/2"), Button("Ja", action="yes@3")),
    attachments=(Attachment("a.ics", "text/calendar; charset=utf-8; method=REQUEST", "BEGIN:VCALENDAR\r\n"),),
    language="da",
)


def test_a_message_comes_back_as_it_was_put_in() -> None:
    assert Message.from_json(json.loads(json.dumps(WHOLE.to_json()))) == WHOLE


def test_a_message_of_which_only_the_text_is_left_can_still_be_read() -> None:
    assert Message.from_json({"text": []}) == Message(())


def test_a_card_can_be_shown_with_nothing_to_press() -> None:
    assert WHOLE.cards[0].without_buttons() == Card("Klimacafé", ("kl. 10.00", "Huset"), "https://x/1", (), "de")
    assert WHOLE.cards[0].buttons, "the card itself is as it was"
