"""How a message looks in Telegram: escaped, within its limits, with buttons that say no more than they may."""

import io

import pytest
import segno
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engage.base.message import Attachment, Button, Card, Message, Venue
from engage.channels.telegram import code, pressing
from engage.channels.telegram.markup import MESSAGE, Span, as_html, length, measure, pages, shortened
from engage.channels.telegram.rendering import Key, Kind, Part, parts
from tests.telegram import rules

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


def only(message: Message) -> Part:
    (part,) = parts(message)
    return part


def labels(part: Part) -> list[list[str]]:
    return [[key.label for key in row] for row in part.rows]


SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(WORDS, WORDS, st.lists(WORDS, max_size=3))
def test_whatever_somebody_wrote_is_text_and_never_a_tag(title: str, paragraph: str, lines: list[str]) -> None:
    card = Card(title, tuple(lines), url='https://example.org/?a=1&b="2"')
    shown = rules.visible(only(Message((paragraph,), cards=(card,))).html)
    for words in (title, paragraph, *lines):
        assert words in shown


@SLOW
@given(st.lists(st.text(st.sampled_from("ab 😀é\n<&"), max_size=3000), max_size=8))
def test_a_long_text_becomes_several_and_loses_nothing(paragraphs: list[str]) -> None:
    found = pages([(Span(each, "b"),) for each in paragraphs])
    for page in found:
        assert measure(page) == rules.units(rules.visible(as_html(page))) <= MESSAGE
    put_together = "".join(span.text for page in found for span in page)
    assert put_together.split() == " ".join(paragraphs).split() or "".join(put_together.split()) == "".join(
        "".join(paragraphs).split()
    )


def test_length_is_counted_as_telegram_counts_it() -> None:
    assert [length(text) for text in ("æøå", "😀", "👩‍👧")] == [3, 2, 5]
    assert measure(shortened([(Span("😀" * 600),)], 1024)) <= 1024


def test_a_text_at_the_limit_is_one_message_and_one_unit_more_is_two() -> None:
    assert len(parts(Message(("x" * MESSAGE,)))) == 1
    assert len(parts(Message(("x" * (MESSAGE + 1),)))) == 2
    assert len(parts(Message(("😀" * (MESSAGE // 2 + 1),)))) == 2


def test_only_the_last_of_several_texts_has_the_buttons() -> None:
    first, last = parts(Message(("x " * 3000,), buttons=(Button("Ja", action="a:b"),)))
    assert (first.rows, labels(last)) == ((), [["Ja"]])


def test_several_cards_are_numbered_and_opened_by_their_numbers() -> None:
    cards = tuple(
        Card(
            f"Café {n}",
            buttons=(Button("More", action=f"find:show:{n}"), Button("Sign up", action=f"sign_up:start:{n}")),
        )
        for n in range(1, 6)
    )
    part = only(Message(("5",), cards=cards, buttons=(Button("Show more", action="find:more:2"),)))
    assert labels(part) == [["1", "2", "3", "4", "5"], ["Show more"]]
    assert part.rows[0][2] == Key("3", data="v1:find:show:3")
    assert "3. <b>Café 3</b>" in part.html


def test_where_a_card_has_one_button_its_label_stays_beside_the_number() -> None:
    cards = tuple(Card(f"Café {n}", buttons=(Button("I cannot come", action=f"cancel:ask:{n}"),)) for n in (1, 2))
    assert labels(only(Message((), cards=cards))) == [["1. I cannot come", "2. I cannot come"]]


def test_a_single_card_has_all_its_buttons_and_no_number() -> None:
    card = Card("Café", buttons=(Button("More", action="a:b"), Button("Sign up", action="c:d")))
    part = only(Message((), cards=(card,)))
    assert labels(part) == [["More", "Sign up"]]
    assert "1." not in part.html


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://laering.example.org/x", True),
        ("http://127.0.0.1:8000/x", True),
        ("http://localhost:8000/x", False),
        ("mailto:a@example.org", False),
        ("javascript:alert(1)", False),
    ],
)
def test_a_link_telegram_would_refuse_is_left_out(url: str, shown: bool) -> None:
    part = only(Message(("x",), cards=(Card("Café", url=url),), buttons=(Button("See", url=url),)))
    assert (bool(part.rows), "<a " in part.html) == (shown, shown)


def test_a_button_that_says_more_than_64_bytes_is_left_out() -> None:
    fits, too_long = "x" * 61, "x" * 62
    part = only(Message(("x",), buttons=(Button("A", action=fits), Button("B", action=too_long))))
    assert labels(part) == [["A"]]
    assert len((part.rows[0][0].data or "").encode()) == 64


def test_a_letter_is_kept_and_a_screen_is_not() -> None:
    buttons = (Button("I cannot come", action="cancel:ask:x", url="https://example.org/c"),)
    letter = only(Message(("x",), subject="You have a place", buttons=buttons))
    assert letter.html.startswith("<b>You have a place</b>")
    assert letter.rows[0][0] == Key("I cannot come", data="k1:cancel:ask:x"), "in a chat one stays in the chat"
    assert pressing.read("k1:cancel:ask:x") == ("cancel:ask:x", False)
    assert pressing.read("v1:cancel:ask:x") == ("cancel:ask:x", True)


@pytest.mark.parametrize("said", ["", "v0:find:show:x", "find:show:x", "v1:", "v2:mine:show", "💥"])
def test_a_button_we_do_not_know_does_nothing(said: str) -> None:
    assert pressing.read(said) == ("?", False)


def test_a_ticket_is_a_picture_with_its_words_then_a_file_then_a_place() -> None:
    message = Message(
        ("You have your place.",),
        subject="Ticket",
        attachments=(Attachment("cafe.ics", "text/calendar", "BEGIN:VCALENDAR"),),
        code="https://example.org/t",
        venue=Venue("Havnehuset", "Kajen 1", 54.9, 9.8),
    )
    photo, document, venue = parts(message)
    assert (photo.kind, document.kind, venue.kind) == (Kind.PHOTO, Kind.DOCUMENT, Kind.VENUE)
    assert photo.content.startswith(b"\x89PNG") and "You have your place." in photo.html
    assert (document.content, document.filename) == (b"BEGIN:VCALENDAR", "cafe.ics")
    assert (photo.quiet, document.quiet, venue.quiet) == (False, True, True), "it rings once"
    assert not any(part.replaces for part in (photo, document, venue))


def test_a_ticket_with_many_words_says_them_before_the_picture() -> None:
    text, photo = parts(Message(("x" * 1025,), subject="Ticket", code="https://example.org/t"))
    assert (text.kind, photo.kind, photo.html) == (Kind.TEXT, Kind.PHOTO, "")


def test_asking_where_somebody_is_stands_under_their_own_keyboard() -> None:
    part = only(Message(("Where?",), asks_where="Here"))
    assert part.asks_where == "Here" and not part.replaces
    assert not only(Message(("Thanks",), asked_where=True)).replaces


def test_sharing_is_left_out_where_the_bot_may_not_be_asked_from_elsewhere() -> None:
    message = Message(("x",), buttons=(Button("Tell others", share="e_x"), Button("Mine", action="mine:show")))
    assert labels(parts(message, shares=True)[0]) == [["Tell others", "Mine"]]
    assert labels(parts(message, shares=False)[0]) == [["Mine"]]


def test_a_message_survives_its_way_through_the_outbox() -> None:
    message = Message(
        ("a", "b"),
        subject="s",
        cards=(Card("t", ("l",), "https://example.org", (Button("x", action="y:z"),), "de"),),
        buttons=(Button("u", url="https://example.org"), Button("s", share="q")),
        attachments=(Attachment("f", "text/plain", "t"),),
        language="en",
        code="https://example.org/c",
        venue=Venue("n", "a", 1.0, 2.0),
        asks_where="w",
        aside=True,
    )
    assert Message.from_json(message.to_json()) == message


def test_a_code_is_drawn_only_for_the_part_that_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(code, "picture", lambda address: drawn.append(address) or b"png")
    message = Message(("You have your place.",), code="https://example.org/t", attachments=(Attachment("a", "b", "c"),))
    picture, document = parts(message)
    assert document.content == b"c" and not drawn
    assert picture.content == b"png" and drawn == ["https://example.org/t"]


def test_the_picture_is_the_code_a_general_writer_draws_pixel_by_pixel() -> None:
    address, other = "https://engage.example.org/billet/k7mqp3xdk7mq.abcdefghijklmnop", io.BytesIO()
    segno.make(address, error="m", micro=False, mask=code.MASK).save(other, kind="png", scale=8, border=4)
    ours, theirs = (Image.open(each).convert("L") for each in (io.BytesIO(code.picture(address)), other))
    assert ours.size == theirs.size and ours.tobytes() == theirs.tobytes()
