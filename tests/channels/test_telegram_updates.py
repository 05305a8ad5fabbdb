"""What is taken from an update, and what never is."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.channels.telegram.updates import Kind, Said, number, read

ANNA = {
    "id": 42, "is_bot": False, "first_name": "Anna", "last_name": "Holm", "username": "annaholm", "language_code": "da-DK",
}  # fmt: skip
ALONE = {"id": 42, "type": "private", "first_name": "Anna", "username": "annaholm"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Naboer"}


def message(**facts: object) -> dict[str, object]:
    return {"update_id": 7, "message": {"message_id": 1, "date": 1700000000, "from": ANNA, "chat": ALONE, **facts}}


def test_words_are_taken_and_names_are_not() -> None:
    update = message(text="Noget om klima", reply_to_message={"text": "Hemmeligt", "from": ANNA})
    said = read(update)
    assert said == Said(Kind.TEXT, 42, 42, "da", "Noget om klima", sent_at=1700000000)
    kept = json.dumps(said.body())
    assert not any(word in kept for word in ("Anna", "Holm", "annaholm", "Hemmeligt"))
    assert Said.from_body(json.loads(kept)) == said


def test_a_place_is_rounded_before_anything_is_written() -> None:
    said = read(message(location={"latitude": 54.912345, "longitude": 9.788765, "horizontal_accuracy": 3.0}))
    assert (said.kind, said.where) == (Kind.PLACE, (54.91, 9.79))
    assert "54.912" not in json.dumps(said.body())
    assert Said.from_body(said.body()).where == (54.91, 9.79)


def test_a_phone_number_is_never_taken() -> None:
    said = read(message(contact={"phone_number": "+4512345678", "first_name": "Bo", "user_id": 43}))
    assert said.kind is Kind.OTHER and "4512345678" not in json.dumps(said.body())


def test_what_people_say_to_each_other_in_a_group_is_not_taken() -> None:
    assert read(message(chat=GROUP, text="vi ses kl. 8")).kind is Kind.NOTHING
    said = read(message(chat=GROUP, text="/start@havnby_bot"))
    assert (said.kind, said.alone, said.lane) == (Kind.TEXT, False, "-1001")


def test_a_press_names_its_message_and_shares_a_lane_with_words() -> None:
    query = {
        "id": "99",
        "from": ANNA,
        "message": {"message_id": 5, "chat": ALONE},
        "chat_instance": "1",
        "data": "v1:mine:show",
    }
    said = read({"update_id": 8, "callback_query": query})
    assert (said.kind, said.text, said.message, said.query) == (Kind.PRESS, "v1:mine:show", 5, "99")
    assert said.lane == read(message(text="hej")).lane == "42"


def test_a_press_under_a_shared_card_has_no_chat() -> None:
    said = read(
        {"update_id": 8, "callback_query": {"id": "99", "from": ANNA, "inline_message_id": "x", "data": "v1:mine:show"}}
    )
    assert (said.kind, said.alone) == (Kind.PRESS, False)


def test_an_inquiry_has_a_lane_of_its_own() -> None:
    said = read({"update_id": 9, "inline_query": {"id": "5", "from": ANNA, "query": "vand", "offset": ""}})
    assert (said.kind, said.text, said.lane) == (Kind.INQUIRY, "vand", "inline 42")


@pytest.mark.parametrize(("status", "kind"), [("kicked", Kind.LEFT), ("left", Kind.LEFT), ("member", Kind.CAME)])
def test_blocking_and_coming_back_are_told_apart(status: str, kind: Kind) -> None:
    change = {
        "chat": ALONE,
        "from": ANNA,
        "date": 1,
        "old_chat_member": {"status": "x"},
        "new_chat_member": {"status": status},
    }
    assert read({"update_id": 9, "my_chat_member": change}).kind is kind


def test_what_no_database_takes_as_text_is_left_out() -> None:
    said = read(message(text="hej\0 du\ud83d"))
    assert said.text == "hej du"
    json.dumps(said.body()).encode()


def test_another_bots_card_is_not_said_to_us() -> None:
    assert read(message(text="Klimacafé", via_bot={"id": 1, "is_bot": True})).kind is Kind.NOTHING


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("ab\0", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["message", "callback_query", "from", "chat", "id", "text", "location", "data", "inline_query", "query"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(["message", "callback_query", "inline_query", "my_chat_member"]), JSON, max_size=2)
)
def test_no_shape_of_an_update_breaks_the_reader(update: dict[str, object]) -> None:
    json.dumps(read(update).body())


@pytest.mark.parametrize(
    "update", [None, 5, [], {}, {"update_id": "7"}, {"update_id": -1}, {"update_id": True}, {"update_id": 2**70}]
)
def test_what_has_no_number_is_no_update(update: object) -> None:
    assert number(update) is None
