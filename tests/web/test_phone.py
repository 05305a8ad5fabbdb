"""Being written to by SMS: nobody is who has not shown that the number is theirs, and whoever says STOP is not any more."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from engage import outbox, people, privacy, registrations
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.message import Message
from engage.base.sms import HOOK, SmsSettings
from engage.channels import open_channels
from engage.outbox import Letter, Status
from engage.people import Address, OneTimeKey, PhoneNotUsable, phones
from engage.registrations import changes, linking, phone
from tests.channels.gateway import Gateway, gateway
from tests.town import Town
from tests.web.coming_in import ANNA, come_in
from tests.web.conftest import Visitor, browser, letters

HERE, TYPED, NUMBER = "/mine/sms", "20 30 40 50", "+4520304050"
SECRET = "only-the-gateway-knows"


@pytest.fixture
def post(set_settings: Callable[..., None], tmp_path: Path) -> Iterator[Gateway]:
    with gateway() as found:
        set_settings(var=tmp_path, sms=SmsSettings(url=found.url, per_second=50, hook_secret=SECRET))
        yield found


@pytest.fixture
def anna(app: Flask) -> Visitor:
    return come_in(app)


def deliver(later: timedelta = timedelta(0)) -> None:
    outbox.deliver_due(open_channels(current_settings()), utc_now() + later)
    db.session.expire_all()


def asked(visitor: Visitor, typed: str = TYPED, status: int = 303) -> None:
    visitor.submit(visitor.get(HERE), HERE, {"phone": typed}, status=status)


def code(post: Gateway) -> str:
    deliver()
    found = re.match(r"[0-9]{6}", post.messages()[-1]["message"])
    assert found is not None
    return found[0]


def proven(visitor: Visitor, post: Gateway) -> None:
    asked(visitor)
    visitor.submit(visitor.get(HERE), HERE + "/kode", {"code": code(post)}, status=303)


def told(app: Flask, text: str, sender: str = NUMBER, secret: str = SECRET) -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    return browser(app).post(HOOK, json={"from": sender, "text": text}, headers=headers).status_code


def numbers() -> list[tuple[str, bool]]:
    db.session.expire_all()
    rows = db.session.query(Address).filter_by(channel="sms").order_by(Address.id)
    return [(each.identifier, each.off_at is None) for each in rows]


@pytest.mark.parametrize(
    "typed",
    ["20304050", "20 30 40 50", "20-30-40-50", "(+45) 20304050", "+45 20 30 40 50", "0045 20304050", " 20.30.40.50 "],
)
def test_a_number_is_understood_however_it_is_written(typed: str) -> None:
    assert phones.normalise(typed, "DK") == NUMBER
    assert phones.shown(NUMBER, "DK") == "20 30 40 50" and phones.shown(NUMBER, "DE") == "+45 20 30 40 50"
    assert phones.masked(NUMBER) == "+45••••50"


def test_a_number_from_elsewhere_says_so() -> None:
    assert phones.normalise("+49 1512 3456789", "DK") == "+4915123456789"
    assert phones.normalise("01512 3456789", "DE") == "+4915123456789"


@pytest.mark.parametrize("typed", ["", "12", "12 34 56 78", "2030405", "203040506", "+45", "90 12 34 56", "112", "anna", "+999 1234567", "9" * 99])  # fmt: skip
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(PhoneNotUsable):
        phones.normalise(typed, "DK")


def test_a_code_comes_back_and_letters_go_there_first(app: Flask, town: Town, anna: Visitor, post: Gateway) -> None:
    asked(anna)
    assert numbers() == [], "a number that somebody typed is nobody's yet"
    assert "20 30 40 50" in anna.get(HERE).text
    sent = code(post)
    assert post.messages()[-1]["to"] == NUMBER and "Læringsbyen" in post.messages()[-1]["message"]
    assert db.session.query(OneTimeKey).filter_by(purpose="phone").one().hash.hex().find(sent) < 0
    anna.submit(anna.get(HERE), HERE + "/kode", {"code": f"{sent[:3]} {sent[3:]}"}, status=303)
    assert numbers() == [(NUMBER, True)]
    assert not [each for each in letters() if sent in str(each.message)], "the code is forgotten once it was used"
    date_ = town.occurrence()
    own = town.signed_up(date_, email=ANNA)
    deliver()
    mails = [each for each in letters() if each.key.endswith(":confirmed:0") and each.status == Status.SENT]
    assert [(each.channel, bool(each.message["attachments"])) for each in mails] == [("email", True)]
    short = post.messages()[-1]["message"]
    assert "Klimacafé" in short and "/tilmelding/" in short and "BEGIN:VCALENDAR" not in short
    registrations.cancel(own.public_id, now=utc_now())
    db.session.commit()
    deliver()
    assert len([each for each in post.messages() if "Klimacafé" in each["message"]]) == 2


def test_a_letter_without_a_file_goes_by_sms_alone_and_by_mail_when_that_fails(
    app: Flask, town: Town, anna: Visitor, post: Gateway
) -> None:
    proven(anna, post)
    date_ = town.occurrence(town.activity(approval=True))
    post.answers = [422]
    town.signed_up(date_, email=ANNA)
    deliver()
    (letter,) = [each for each in letters() if "pending-approval" in each.key]
    assert letter.status == Status.SENT and len(post.asked) == 2 and len(post.messages()) == 1, (
        "refused there, so mailed"
    )
    assert [each["channel"] for each in letter.addresses] == ["sms", "email"]
    town.signed_up(town.occurrence(town.activity("Kor", approval=True)), email=ANNA)
    deliver()
    assert "Kor" in post.messages()[-1]["message"] and len(post.messages()) == 2


def test_guessing_ends_and_the_code_gets_old(app: Flask, anna: Visitor, post: Gateway) -> None:
    asked(anna)
    right = code(post)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    page = anna.get(HERE)
    for attempt in range(5):
        answer = anna.submit(page, HERE + "/kode", {"code": wrong}, status=422)
        assert "Det er ikke koden" in answer.text, attempt
    anna.submit(page, HERE + "/kode", {"code": right}, status=429)
    assert numbers() == []
    db.session.query(OneTimeKey).update({"expires_at": utc_now()})
    db.session.commit()
    assert anna.get(HERE).all("input", id="phone"), "nothing is waited for any more"
    for expire in privacy.expiries():
        with transaction():
            expire(utc_now() + timedelta(seconds=1))
    assert not [each for each in letters() if right in str(each.message)]
    assert db.session.query(OneTimeKey).filter_by(purpose="phone").count() == 0


def test_nobody_can_flood_a_telephone(app: Flask, anna: Visitor, post: Gateway) -> None:
    for _time in range(3):
        asked(anna)
        anna.submit(anna.get(HERE), HERE + "/fortryd", {}, status=303)
    asked(anna, status=429)
    bo = come_in(app, "bo@example.org")
    asked(bo, status=429)
    asked(bo, "20 30 40 51")
    deliver()
    assert {each["to"] for each in post.messages()} <= {NUMBER, "+4520304051"}


def test_of_two_codes_the_last_one_counts(
    app: Flask, anna: Visitor, post: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter((271828, 314159))  # by chance both could be the same
    monkeypatch.setattr("engage.registrations.phone.secrets.randbelow", lambda _below: next(drawn))
    asked(anna)
    first = code(post)
    anna.submit(anna.get(HERE), HERE + "/fortryd", {}, status=303)
    asked(anna)
    second = code(post)
    assert (first, second) == ("271828", "314159")
    anna.submit(anna.get(HERE), HERE + "/kode", {"code": first}, status=422)
    assert numbers() == []
    anna.submit(anna.get(HERE), HERE + "/kode", {"code": second}, status=303)


def test_a_code_is_good_for_who_asked_for_it_alone(app: Flask, anna: Visitor, post: Gateway) -> None:
    asked(anna)
    sent, bo = code(post), come_in(app, "bo@example.org")
    token = bo.get(HERE).one("form", action=HERE).fields()["csrf_token"]
    assert bo.client.post(HERE + "/kode", data={"csrf_token": token, "code": sent}).status_code == 422
    assert numbers() == []


def test_stop_ends_it_at_once_and_start_begins_anew(app: Flask, town: Town, anna: Visitor, post: Gateway) -> None:
    proven(anna, post)
    pending = town.signed_up(town.occurrence(town.activity(approval=True)), email=ANNA)
    assert told(app, " Stop. tak") == 200 and told(app, "STOP") == 200
    before = len(post.asked)
    deliver()
    assert len(post.asked) == before
    letter = [each for each in letters() if pending.public_id in each.key][-1]
    assert (letter.status, letter.channel) == (Status.SENT, "email"), "what was on its way takes the next address"
    assert "STOP" in anna.get(HERE).text
    settings = anna.get("/mine/oensker")
    assert not settings.all("input", id="reach-sms")
    anna.submit(settings, "/mine/oensker", {"reach": "sms"}, status=303)
    assert numbers() == [(NUMBER, False)], "a page does not outvote the telephone"
    assert told(app, "START", sender=NUMBER[1:]) == 200
    assert numbers() == [(NUMBER, True)]


def test_stop_from_a_number_nobody_knows_yet_is_kept_for_whoever_gives_it(
    app: Flask, anna: Visitor, post: Gateway
) -> None:
    assert told(app, "STOP") == 200 and told(app, "Stop!") == 200
    (kept,) = db.session.execute(db.text("SELECT sms_stopped::text FROM sms_stopped")).scalars()
    assert NUMBER[3:] not in kept, "the number itself is not kept"
    answer = anna.submit(anna.get(HERE), HERE, {"phone": TYPED}, status=422)
    assert "START" in answer.text
    deliver()
    assert post.asked == [] and db.session.query(OneTimeKey).filter_by(purpose="phone").count() == 0
    asked(anna, "20 30 40 51"), deliver()
    assert [each["to"] for each in post.messages()] == ["+4520304051"], "another number is another"
    anna.submit(anna.get(HERE), HERE + "/fortryd", {}, status=303)
    assert told(app, "START") == 200
    assert db.session.execute(db.text("SELECT count(*) FROM sms_stopped")).scalar_one() == 0
    proven(anna, post)
    assert numbers() == [(NUMBER, True)]


def test_a_code_on_its_way_is_not_sent_after_stop(app: Flask, anna: Visitor, post: Gateway) -> None:
    asked(anna)
    assert told(app, "STOP") == 200
    deliver()
    assert post.asked == []
    assert [each.status for each in letters() if each.channel == "sms"] == [Status.FAILED]


def test_a_stop_outlives_the_person_who_said_it(app: Flask, anna: Visitor, post: Gateway) -> None:
    proven(anna, post)
    assert told(app, "STOP") == 200
    person = people.person_at("email", ANNA)
    assert person is not None
    with transaction():
        privacy.erase(person, now=utc_now())
    assert numbers() == []
    bo = come_in(app, "bo@example.org")
    assert "START" in bo.submit(bo.get(HERE), HERE, {"phone": TYPED}, status=422).text
    for expire in privacy.expiries():
        with transaction():
            expire(utc_now() + timedelta(days=4000))
    with transaction():
        assert phone._is_stopped(NUMBER)


def test_what_had_no_other_way_is_told_when_they_come_back(app: Flask, anna: Visitor, post: Gateway) -> None:
    proven(anna, post)
    for number in range(2):
        message = Message(text=(f"Nyt nummer {number}",), language="da")
        with transaction():
            outbox.put(message, [("sms", NUMBER)], key=f"k{number}", about=f"a{number}", now=utc_now())
    told(app, "STOP")
    deliver()
    assert "Nyt" not in str(post.messages())
    assert told(app, "start") == 200 and told(app, "START") == 200
    deliver()
    assert [each["message"] for each in post.messages()[1:]] == ["Nyt nummer 0", "Nyt nummer 1"]


def test_what_else_is_answered_is_not_read_and_nobody_else_may_tell(app: Flask, anna: Visitor, post: Gateway) -> None:
    proven(anna, post)
    assert told(app, "Tak for det") == 200 and told(app, "stoppested") == 200
    assert told(app, "STOP", secret="wrong") == 403 and told(app, "STOP", secret="") == 403
    assert browser(app).post(HOOK, json=[1], headers={"X-Hook-Secret": SECRET}).status_code == 400
    assert numbers() == [(NUMBER, True)]
    form = {"from": "0045" + NUMBER[3:], "text": "stop"}
    assert browser(app).post(HOOK, data=form, headers={"X-Hook-Secret": SECRET}).status_code == 200
    assert numbers() == [(NUMBER, False)]


@pytest.mark.parametrize("sms", [None, SmsSettings(url="https://sms.example.org/")])
def test_without_a_secret_there_is_no_such_address(app: Flask, set_settings: Callable[..., None], sms: object) -> None:
    set_settings(sms=sms)
    assert told(app, "STOP", secret="") == 404


def test_it_is_off_where_there_is_no_gateway(app: Flask, anna: Visitor) -> None:
    page = anna.get(HERE)
    assert not page.all("input", id="phone") and "Vi kan ikke sende SMS" in page.text
    assert not anna.get("/mine/oensker").all("a", href=HERE)
    token = anna.get("/mine/oensker").one("form", action="/mine/oensker").fields()["csrf_token"]
    answer = anna.client.post(HERE, data={"csrf_token": token, "phone": TYPED})
    assert answer.status_code == 422 and not [each for each in letters() if each.channel == "sms"]


def test_chosen_away_and_back_it_is_one_of_the_ways(app: Flask, anna: Visitor, post: Gateway) -> None:
    proven(anna, post)
    page = anna.get("/mine/oensker")
    assert page.one("input", id="reach-sms").get("checked") is not None
    anna.submit(page, "/mine/oensker", {"reach": "email"}, status=303)
    assert numbers() == [(NUMBER, False)]
    anna.submit(anna.get("/mine/oensker"), "/mine/oensker", {"reach": "sms"}, status=303)
    assert numbers() == [(NUMBER, True)]
    person = people.person_at("email", ANNA)
    assert person is not None and linking.chats(person) == (), "a telephone is no chat"


def test_a_number_that_changed_hands_is_its_readers_and_what_was_meant_for_another_is_not_sent_there(
    app: Flask, town: Town, anna: Visitor, post: Gateway
) -> None:
    proven(anna, post)
    town.signed_up(town.occurrence(town.activity("Annas kursus", approval=True)), email=ANNA)
    bo = come_in(app, "bo@example.org")
    with transaction():  # as the pace of the number would let them an hour later
        db.session.execute(db.text("DELETE FROM token_bucket"))
    asked(bo)
    key = db.session.query(OneTimeKey).filter_by(purpose="phone").one()
    sent = next(each for each in letters() if key.public_id in each.key).message["text"][0][:6]
    bo.submit(bo.get(HERE), HERE + "/kode", {"code": sent}, status=303)
    assert numbers() == [(NUMBER, True)]
    assert people.person_at("sms", NUMBER) == people.person_at("email", "bo@example.org")
    deliver()
    assert not any("Annas kursus" in each["message"] for each in post.messages())
    assert [each.channel for each in letters() if "pending-approval" in each.key] == ["email"]
    assert anna.get(HERE).all("input", id="phone")


def test_the_number_is_shown_taken_along_and_forgotten(app: Flask, town: Town, anna: Visitor, post: Gateway) -> None:
    proven(anna, post)
    town.signed_up(town.occurrence(), email=ANNA)
    deliver()
    assert NUMBER in anna.get("/mine/data").text
    person = people.person_at("email", ANNA)
    assert person is not None
    with transaction():
        phone.forget(person, now=utc_now())
    assert numbers() == []
    with transaction():
        db.session.execute(db.text("DELETE FROM token_bucket"))
    proven(anna, post)
    with transaction():
        privacy.erase(person, now=utc_now())
    assert numbers() == [] and not [each for each in letters() if NUMBER in str(each.addresses) + each.recipient]


def test_moved_it_is_told_in_short_and_in_the_calendar(app: Flask, town: Town, anna: Visitor, post: Gateway) -> None:
    proven(anna, post)
    date_ = town.occurrence()
    town.signed_up(date_, email=ANNA)
    deliver()
    changes.call_off(date_.id, now=utc_now())
    db.session.commit()
    deliver()
    off = [each for each in letters() if ":called-off:" in each.key]
    assert sorted((each.channel, each.status) for each in off) == [("email", Status.SENT), ("sms", Status.SENT)]
    assert post.messages()[-1]["message"].startswith("Aflyst: Klimacafé\n")
    assert db.session.query(Letter).filter(Letter.status == Status.FAILED).count() == 0
