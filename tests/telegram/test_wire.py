"""What Telegram says no with, over real HTTP, and what the post office makes of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from engage.base.errors import AddressGone, ChannelError, NoReply, TooFast
from engage.base.message import Attachment, Button, Message
from engage.base.telegram import TelegramSettings
from engage.channels.telegram import channel as channels
from engage.channels.telegram import wire as wires
from engage.channels.telegram.channel import TelegramChannel
from engage.channels.telegram.wire import Wire
from tests.telegram.rules import Refused
from tests.telegram.server import TOKEN, Telegram


class Log:
    """Remembers what was written to the log."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __getattr__(self, _level: str) -> Callable[..., None]:
        return lambda event, **facts: self.lines.append(f"{event} {facts}")


HELLO = Message(("Hej",), buttons=(Button("Mine", action="mine:show"),))


@pytest.fixture
def channel(telegram: Telegram) -> Iterator[TelegramChannel]:
    telegram.started.add(42)
    wire = Wire(TelegramSettings(TOKEN, api_url=telegram.url)).open()
    yield TelegramChannel(wire)
    wire.close()


def send(channel: TelegramChannel, message: Message = HELLO, to: str = "42", **facts: object) -> str:
    return channel.send(to, message, key="k", **facts).place  # type: ignore[arg-type]


def test_a_message_arrives_and_its_number_is_told(channel: TelegramChannel, telegram: Telegram) -> None:
    place = send(channel)
    (message,) = telegram.chats[42]
    assert (str(message.number), message.text, message.labels) == (place, "Hej", ["Mine"])
    (request,) = telegram.calls("sendMessage")
    assert request.params["link_preview_options"] == {"is_disabled": True}


def test_a_message_changes_in_its_place_and_the_same_again_is_no_error(
    channel: TelegramChannel, telegram: Telegram
) -> None:
    place = send(channel)
    assert send(channel, Message(("Nyt",)), place=place) == place
    assert send(channel, Message(("Nyt",)), place=place) == place
    assert [each.text for each in telegram.chats[42]] == ["Nyt"]


def test_a_ticket_says_under_its_picture_that_it_is_void_and_nothing_is_said_where_it_is_gone(
    channel: TelegramChannel, telegram: Telegram
) -> None:
    ticket = Message(("Vis koden.",), subject="Billet", code="https://example.org/b", buttons=HELLO.buttons)
    place = send(channel, ticket)
    void = replace(ticket, text=("Gælder ikke.",), buttons=(), only_in_place=True)
    assert send(channel, void, place=place) == send(channel, void, place=place) == place
    (photo,) = telegram.chats[42]
    assert (photo.kind, photo.labels) == ("photo", [])
    assert "Gælder ikke." in photo.text and "Vis koden." not in photo.text
    send(channel, void, place="999999")
    assert len(telegram.chats[42]) == 1


def test_what_cannot_be_changed_any_more_is_said_anew(channel: TelegramChannel, telegram: Telegram) -> None:
    assert send(channel, place="999999") != "999999"
    document = Message((), attachments=(Attachment("a.ics", "text/calendar", "x"),), subject="Fil")
    assert channel.send("42", document, key="k").more
    place = channel.send("42", document, key="k", part=1).place
    assert telegram.chats[42][-1].kind == "document"
    assert send(channel, place=place) != place


@pytest.mark.parametrize(
    ("code", "description", "error"),
    [
        (403, "Forbidden: bot was blocked by the user", AddressGone),
        (403, "Forbidden: user is deactivated", AddressGone),
        (403, "Forbidden: bot can't initiate conversation with a user", AddressGone),
        (400, "Bad Request: chat not found", AddressGone),
        (400, "Bad Request: PEER_ID_INVALID", AddressGone),
        (429, "Too Many Requests: retry after 3", TooFast),
    ],
)
def test_errors_that_have_a_meaning_of_their_own(
    channel: TelegramChannel, telegram: Telegram, code: int, description: str, error: type[ChannelError]
) -> None:
    telegram.failing("sendMessage", Refused(code, description, {"retry_after": 3} if code == 429 else None))
    with pytest.raises(error) as caught:
        send(channel)
    if isinstance(caught.value, TooFast):
        assert caught.value.seconds == 3.5


@pytest.mark.parametrize(
    ("code", "description", "permanent", "counts"),
    [
        (400, "Bad Request: BUTTON_DATA_INVALID", True, True),
        (400, "Bad Request: message is too long", True, True),
        (500, "Internal Server Error", False, True),
        (502, "Bad Gateway", False, True),
        (401, "Unauthorized", False, False),
        (404, "Not Found", False, False),
    ],
)
def test_errors_are_for_good_or_pass_and_count_or_not(
    channel: TelegramChannel, telegram: Telegram, code: int, description: str, permanent: bool, counts: bool
) -> None:
    telegram.failing("sendMessage", Refused(code, description))
    with pytest.raises(ChannelError) as caught:
        send(channel)
    assert type(caught.value) is ChannelError
    assert (caught.value.permanent, caught.value.counts) == (permanent, counts)


def test_what_was_taken_without_a_word_may_have_arrived(channel: TelegramChannel, telegram: Telegram) -> None:
    telegram.failing("sendMessage", "drop")
    with pytest.raises(NoReply):
        send(channel)
    assert len(telegram.chats[42]) == 1, "as it did here"


def test_a_reply_that_takes_too_long_leaves_it_open(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wires, "_REPLY", 0.2)
    telegram.started.add(42)
    telegram.failing("sendMessage", "slow")
    wire = Wire(TelegramSettings(TOKEN, api_url=telegram.url)).open()
    try:
        with pytest.raises(NoReply):
            send(TelegramChannel(wire))
    finally:
        wire.close()


def test_without_a_connection_nothing_was_said() -> None:
    wire = Wire(TelegramSettings(TOKEN, api_url="http://127.0.0.1:9")).open()
    try:
        with pytest.raises(ChannelError) as caught:
            send(TelegramChannel(wire))
    finally:
        wire.close()
    assert type(caught.value) is ChannelError and not caught.value.permanent


def test_markup_that_broke_is_sent_as_it_is_read(
    channel: TelegramChannel, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "log", log := Log())
    telegram.failing("sendMessage", Refused(400, "Bad Request: can't parse entities: Unsupported start tag"))
    send(channel)
    first, second = telegram.calls("sendMessage")
    assert "parse_mode" in first.params and "parse_mode" not in second.params
    assert [line.split()[0] for line in log.lines] == ["markup_broken"]


def test_a_group_that_became_a_larger_one_is_followed(channel: TelegramChannel, telegram: Telegram) -> None:
    telegram.started |= {-5, -1005}
    moved = Refused(400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": -1005})
    telegram.failing("sendMessage", moved)
    send(channel, to="-5")
    assert [len(telegram.chats[chat]) for chat in (-5, -1005)] == [0, 1]


def test_a_call_that_is_ended_with_the_process_may_have_arrived(telegram: Telegram) -> None:
    telegram.started.add(42)
    telegram.failing("sendMessage", "slow")
    wire = Wire(TelegramSettings(TOKEN, api_url=telegram.url)).open()
    answer = wire.start(lambda bot: bot.send_message(42, "Hej"))
    wire.close()
    assert answer.cancelled()


def test_the_token_is_in_no_line_of_the_log(
    channel: TelegramChannel, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wires, "log", log := Log())
    for fault in (Refused(401, "Unauthorized"), Refused(500, "x"), "drop", Refused(400, "Bad Request: odd")):
        telegram.failing("sendMessage", fault)
        with pytest.raises(ChannelError):
            send(channel)
    assert len(log.lines) == 2 and TOKEN.partition(":")[2] not in "".join(log.lines)
