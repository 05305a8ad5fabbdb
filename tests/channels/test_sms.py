"""SMS: what is said in so few letters, and what a gateway on the loopback answers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask

from engage import outbox
from engage.base import pace
from engage.base.clock import utc_now
from engage.base.config import Settings, current_settings
from engage.base.db import db, transaction
from engage.base.errors import ChannelError, TooFast
from engage.base.message import Button, Card, Message
from engage.base.sms import SmsSettings
from engage.channels import open_channels, sms
from engage.channels.short_text import fitted, plain, segments
from engage.channels.sms import SmsChannel
from engage.outbox import Letter, Status
from engage.people import Address, Person
from tests.channels.conftest import closed_port
from tests.channels.gateway import Gateway, gateway

NUMBER = "+4520304050"
MOVED = Message(
    text=("Hej Anna,", "Arrangøren har ændret en dato, du er tilmeldt. Du beholder din plads.", "Med venlig hilsen"),
    subject="Ny tid eller nyt sted: Æbler & øl",
    cards=(
        Card(
            "Æbler & øl",
            ("Før: Lørdag den 7. marts kl. 10.00–14.00", "Nu: Søndag den 8. marts kl. 10.00–14.00", "Multikulturhuset"),
            "https://by.example.org/a",
        ),
    ),
    buttons=(Button("Jeg kan ikke komme", url="https://by.example.org/tilmelding/abc/afmeld"),),
)


@pytest.fixture
def post() -> Iterator[Gateway]:
    with gateway() as found:
        yield found


@pytest.fixture
def channel(app: Flask, post: Gateway) -> SmsChannel:
    return SmsChannel(SmsSettings(url=post.url, token="hunter2", sender="Byen", per_second=50))


def refusal(channel: SmsChannel) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        channel.send(NUMBER, MOVED, key="k")
    return caught.value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("æøåÆØÅäöüß" * 16, 1),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # what costs two is not cut in two
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("🌱" * 35, 1),
        ("🌱" * 36, 2),
        ("a" * 80 + "ž", 2),
    ],
)
def test_parts_are_counted_as_networks_count_them(text: str, number: int) -> None:
    assert segments(text) == number


def test_typographers_signs_become_what_every_telephone_has() -> None:
    said = plain("“Café” – kl.\u00a010.00–14.00 … l’été •")
    assert said == '"Café" - kl. 10.00-14.00 ... l\'été -' and segments(said) == 1
    assert segments("“Café” – kl.\u00a010.00–14.00 … l’été •" * 3) == 2, "and cost more than twice as much before"


def test_it_says_what_it_is_about_what_is_new_and_where_to_go() -> None:
    assert fitted(MOVED, 3).split("\n") == [
        "Ny tid eller nyt sted: Æbler & øl",
        "Før: Lørdag den 7. marts kl. 10.00-14.00",
        "Nu: Søndag den 8. marts kl. 10.00-14.00",
        "Multikulturhuset",
        "Arrangøren har ændret en dato, du er tilmeldt. Du beholder din plads.",
        "Med venlig hilsen",
        "https://by.example.org/tilmelding/abc/afmeld",
    ]
    assert "Hej Anna" not in fitted(MOVED, 3)


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("letter", ["a", "ж", "🌱", "€"])
def test_it_never_has_more_parts_than_are_paid_for_and_its_link_is_whole(most: int, letter: str) -> None:
    link = "https://by.example.org/t/abc"
    long = Message(
        text=(letter * 900, letter * 40), subject=letter * 500, buttons=(Button("Se", url=link), Button("x", url="no"))
    )
    said = fitted(long, most)
    assert segments(said) <= most and said.endswith("...\n" + link)
    assert len(said) > len(link) + 10


def test_a_message_without_a_subject_says_its_text() -> None:
    assert fitted(Message(text=("123456 er din kode.",)), 3) == "123456 er din kode."
    assert fitted(Message(text=()), 3) == ""


def test_the_gateway_is_told_whom_what_and_by_which_key(channel: SmsChannel, post: Gateway) -> None:
    channel.send(NUMBER, MOVED, key="registration:abc:moved:1")
    ((headers, body),) = post.asked
    assert headers["authorization"] == "Bearer hunter2"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert (body["to"], body["from"]) == (NUMBER, "Byen") and body["message"] == fitted(MOVED, 3)
    assert headers["idempotency-key"] == body["reference"] and "abc" not in body["reference"]


def test_asked_again_it_is_the_same_key_so_that_nobody_is_told_twice(channel: SmsChannel, post: Gateway) -> None:
    post.answers = [0]  # it has the message, and its answer is lost
    assert not refusal(channel).permanent
    channel.send(NUMBER, MOVED, key="k")
    channel.send(NUMBER, MOVED, key="another")
    assert len(post.asked) == 3 and len(post.messages()) == 2


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        *((answer, True) for answer in (400, 403, 404, 410, 422)),
        *((answer, False) for answer in (408, 425, 500, 502, 503, 302)),
    ],
)
def test_never_is_told_from_not_now(channel: SmsChannel, post: Gateway, answer: int, permanent: bool) -> None:
    post.answers = [answer]
    error = refusal(channel)
    assert (error.permanent, error.reason) == (permanent, f"gateway answered {answer}")
    assert len(post.asked) == 1, "a redirect is not followed"


@pytest.mark.parametrize("answer", [401, 402])
def test_for_the_citys_key_or_bill_no_letter_loses_a_try_and_the_gateway_is_left_in_peace(
    app: Flask,
    anna: Person,
    post: Gateway,
    set_settings: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    answer: int,
) -> None:
    set_settings(sms=SmsSettings(url=post.url))
    errors: list[str] = []
    monkeypatch.setattr(sms, "log", SimpleNamespace(error=lambda event, **_facts: errors.append(event)))
    post.answers = [answer]
    numbers, begin = (letter_to_both("a"), letter_to_both("b")), utc_now()
    for _tick in range(3):
        outbox.deliver_due(open_channels(current_settings()), begin)
    assert len(post.asked) == 1
    assert [state(each)[0] for each in numbers] == [Status.PLANNED] * 2
    assert [db.session.get_one(Letter, each).tries for each in numbers] == [0, 0]
    assert errors == ["gateway_lets_nobody_in"]
    monkeypatch.setattr(sms, "utc_now", lambda: begin + timedelta(minutes=2))
    outbox.deliver_due(open_channels(current_settings()), begin + timedelta(minutes=2))
    assert [state(each)[0] for each in numbers] == [Status.SENT] * 2 and len(post.messages()) == 2


def test_what_it_had_before_is_sent(channel: SmsChannel, post: Gateway) -> None:
    post.answers = [409]
    channel.send(NUMBER, MOVED, key="k")


def test_no_answer_in_time_and_nobody_there_are_passing(
    channel: SmsChannel, post: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms, "_SECONDS", 0.05)
    post.slow = 0.2
    assert (refusal(channel).reason, refusal(channel).permanent) == ("TimeoutError", False)
    monkeypatch.undo()
    with closed_port() as port:
        error = refusal(SmsChannel(SmsSettings(url=f"http://127.0.0.1:{port}/")))
    assert (error.reason, error.permanent) == ("ConnectionRefusedError", False)


def test_a_pause_the_gateway_asks_for_is_kept_by_all(channel: SmsChannel, post: Gateway) -> None:
    post.answers = [(429, "120")]
    assert isinstance(refusal(channel), TooFast)
    other = SmsChannel(SmsSettings(url=post.url))
    error = refusal(other)
    assert isinstance(error, TooFast) and 100 < error.seconds <= 120 and not error.counts
    assert len(post.asked) == 1, "nobody asked meanwhile"


def test_no_more_leave_in_a_second_than_are_allowed(app: Flask, post: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    clock = [utc_now()]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += timedelta(seconds=seconds)

    monkeypatch.setattr(sms.time, "sleep", sleep)
    monkeypatch.setattr(sms, "utc_now", lambda: clock[0])
    slow = SmsChannel(SmsSettings(url=post.url, per_second=4))
    for number in range(12):
        slow.send(NUMBER, MOVED, key=str(number))
    assert len(post.asked) == 12
    assert 1.9 <= sum(slept) <= 2.6, "four at once, then four a second"


@pytest.fixture
def anna(app: Flask) -> Person:
    person = Person(language="da", created_at=utc_now())
    db.session.add(person)
    db.session.flush()
    db.session.add(Address(person_id=person.id, channel="sms", identifier=NUMBER, verified_at=utc_now()))
    db.session.commit()
    return person


def letter_to_both(key: str = "a") -> int:
    with transaction():
        outbox.put(MOVED, [("sms", NUMBER), ("webchat", "talk")], key=key, about="b", now=utc_now())
    return db.session.query(Letter).filter_by(key=key).one().id


def state(number: int) -> tuple[str, str]:
    db.session.expire_all()
    letter = db.session.get_one(Letter, number)
    return letter.status, letter.last_error


@pytest.mark.parametrize(
    ("answer", "asked", "heard"), [(202, 1, False), (422, 1, True), (503, 1, False)], ids=["taken", "never", "not now"]
)
def test_a_letter_goes_by_sms_or_by_its_next_address(
    app: Flask,
    anna: Person,
    post: Gateway,
    set_settings: Callable[..., None],
    answer: int,
    asked: int,
    heard: bool,
) -> None:
    set_settings(sms=SmsSettings(url=post.url))
    post.answers = [answer]
    number = letter_to_both()
    outbox.deliver_due(open_channels(current_settings()), utc_now())
    assert len(post.asked) == asked
    assert state(number)[0] == (Status.PLANNED if answer == 503 else Status.SENT)
    said = db.session.execute(db.text("SELECT count(*) FROM webchat_line")).scalar()
    assert bool(said) is heard
    if answer == 503:
        outbox.deliver_due(open_channels(current_settings()), utc_now() + timedelta(minutes=2))
        assert state(number)[0] == Status.SENT and len(post.messages()) == 1


def test_without_a_gateway_letters_take_the_next_address_at_once(app: Flask, anna: Person) -> None:
    number = letter_to_both()
    assert outbox.deliver_due(open_channels(current_settings()), utc_now()) == 1
    assert state(number)[0] == Status.SENT


def test_who_said_stop_is_not_written_to_whatever_was_put_before(
    channel: SmsChannel, anna: Person, post: Gateway
) -> None:
    db.session.query(Address).update({"off_at": utc_now(), "off_reason": "blocked"})
    db.session.commit()
    error = refusal(channel)
    assert error.permanent and post.asked == []
    assert NUMBER not in error.reason, "a reason is kept and logged, so it names nobody"


def test_a_pause_is_of_no_channel_but_this_one(channel: SmsChannel, post: Gateway, settings: Settings) -> None:
    post.answers = [(429, "")]
    refusal(channel)
    assert pace.free_at("telegram") is None and pace.free_at("sms") is not None
    assert replace(settings, sms=None).sms is None
