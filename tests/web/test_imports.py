"""The import pages, walked through without JavaScript; and what others see of them, which is nothing."""

import io
import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from engage.accounts import Organisation, Rights
from engage.activities.importing import runs
from engage.activities.importing.models import FeedState, ImportRun, ImportSource, RunState
from engage.activities.models import Activity, ActivityState, SignUpMode
from engage.base.clock import utc_now
from engage.base.db import alone, db
from engage.registrations import import_queue, importing
from engage.registrations.feeds import read_due
from tests.accounts.cast import account, signed_in
from tests.activities.importing.files import calendar, entry
from tests.activities.importing.test_feeds import Net
from tests.town import Town
from tests.web.conftest import Visitor, read
from tests.web.page import Element

pytestmark = pytest.mark.usefixtures("read_here")

SOON = utc_now().astimezone(ZoneInfo("Europe/Copenhagen")) + timedelta(days=7)
DAY, STAMP = f"{SOON.day}.{SOON.month}.{SOON.year}", SOON.strftime("%Y%m%d")
ICS = calendar(
    entry("a", "Klimacafé", f"{STAMP}T190000", f"{STAMP}T210000", "DESCRIPTION:En aften om klima.", "LOCATION:Huset"),
    entry("b", "Udlejet", f"{STAMP}T100000", f"{STAMP}T110000"),
    "BEGIN:VEVENT\nUID:c\nSUMMARY:Kaput\nDTSTART:imorgen\nEND:VEVENT\n",
)


@pytest.fixture
def ours(town: Town) -> Organisation:
    organisation = town.organisation("Koret")
    db.session.commit()
    return organisation


@pytest.fixture
def editor(app: Flask, ours: Organisation) -> Visitor:
    return Visitor(signed_in(app, account("Eva", member_of=[ours])))


def upload(visitor: Visitor, content: bytes, name: str = "foraar.ics", *, status: int = 303, **fields: str) -> str:
    """Send a file by the form on the page; returns where it leads."""
    page = visitor.get("/organiser/import")
    (form,) = [form for form in page.all("form") if form.get("action") == "/organiser/import"]
    data = {**form.fields(), **fields, "file": FileStorage(io.BytesIO(content), filename=name)}
    boundary, body = encode_multipart(data)  # in memory: the client's own way leaves a large file open
    answer = visitor.client.post(
        "/organiser/import", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    assert answer.status_code == status, answer.text[-2000:]
    return answer.headers.get("Location", answer.text)


def press(visitor: Visitor, path: str, way: str, **fields: str) -> Element:
    """Send the form of the page at `path` that leads on by `way`, and open the page it ends on."""
    answer = visitor.submit(visitor.get(path), path + way, fields, status=303)
    if way == "/gennemfoer":
        import_queue.carry_out(utc_now())
        db.session.expire_all()
    return visitor.get(answer.headers["Location"].partition("#")[0])


def verdicts(page: Element) -> list[str]:
    return [
        row.get("class").removeprefix("import-")
        for row in page.one("table", class_="import-verdicts").one("tbody").all("tr")
    ]


def test_from_a_file_to_review_and_back(editor: Visitor) -> None:
    path = upload(editor, ICS)
    page = editor.get(path)
    assert verdicts(page) == ["unreadable", "new", "left_out"]
    assert db.session.query(Activity).count() == 0
    # Whom it suits is asked for, since nothing in a calendar tells it.
    page = press(editor, path, "/laesning", audiences="adults")
    page = press(editor, path, "/gennemfoer")
    activity = db.session.query(Activity).one()
    assert (activity.state, activity.audiences) == (ActivityState.DRAFT, ["adults"])
    # The goals stand proposed with their reasons; a person says yes.
    ticks = [box.get("value") for box in page.all("input", name=f"goals-{activity.public_id}")]
    assert "sdg:13" in ticks
    (form,) = [form for form in page.all("form") if form.get("action") == path + "/maal"]
    fields = {**form.fields(), f"goals-{activity.public_id}": ticks, f"take-{activity.public_id}": "1"}
    assert editor.client.post(path + "/maal", data=fields).status_code == 303
    db.session.expire_all()
    activity = db.session.query(Activity).one()
    assert activity.state == ActivityState.IN_REVIEW
    assert activity.sdgs
    page = press(editor, path, "/fortryd")
    db.session.expire_all()
    assert db.session.query(Activity).count() == 0
    assert db.session.query(ImportRun).one().state == RunState.UNDONE


def test_a_table_nobody_can_guess_is_mapped_on_the_page(editor: Visitor) -> None:
    path = upload(editor, f"Hvad;Dag 1;Hus\nKor på torvet;{DAY};Huset\n".encode("windows-1252"), "liste.csv")
    page = editor.get(path)
    assert not page.all("form", action=path + "/gennemfoer")
    page = press(editor, path, "/laesning", **{"map-title": "Hvad", "map-date": "Dag 1", "map-place": "Hus"})
    assert verdicts(page) == ["new"]
    assert "Kor på torvet" in page.one("table", class_="import-verdicts").text
    press(editor, path, "/gennemfoer", goals="1")
    assert db.session.query(Activity).one().texts[0].title == "Kor på torvet"
    # The next file of this list is understood without asking.
    again = upload(editor, f"Hvad;Dag 1;Hus\nKor på torvet;{DAY};Huset\n".encode(), "liste.csv")
    assert verdicts(editor.get(again)) == ["unchanged"]


def test_the_list_and_what_stands_in_it_are_chosen_on_the_page(editor: Visitor) -> None:
    kor = {"hvad": {"da": "Kor på torvet"}, "fra": f"{STAMP[:4]}-{STAMP[4:6]}-{STAMP[6:]} 19:00"}
    feed = {"huse": [{"navn": "Salen"}, {"navn": "Haven"}], "uger": [{"liste": [kor]}]}
    path = upload(editor, json.dumps(feed).encode(), "bibliotek.json")
    page = editor.get(path)
    assert not page.all("form", action=path + "/gennemfoer")
    found = {each.get("value"): each.parent for each in page.all("input", name="list")}
    assert list(found) == ["path:huse", "path:uger", "path:uger.*.liste", "by-hand"]
    assert "Salen" in found["path:huse"].text and found["path:huse"].one("input").has("checked")
    answer = editor.submit(page, path + "/laesning", {"list": "by-hand", "list-by-hand": "uger.liste"}, status=422)
    page = read(answer, 422)
    field = page.one("input", id="list-by-hand")
    assert (field.get("value"), field.get("aria-invalid")) == ("uger.liste", "true") and page.all(
        "a", href="#list-by-hand"
    )
    page = press(editor, path, "/laesning", list="path:uger.*.liste")
    assert [row.one("th").text for row in page.one("table", class_="import-paths").one("tbody").all("tr")] == [
        "hvad.da",
        "fra",
    ]
    page = press(editor, path, "/laesning", **{"map-title": "hvad.da", "map-start": "fra"})
    assert verdicts(page) == ["new"] and "Kor på torvet" in page.one("table", class_="import-verdicts").text
    press(editor, path, "/gennemfoer", goals="1")
    again = editor.get(upload(editor, json.dumps(feed).encode(), "bibliotek.json"))
    assert verdicts(again) == ["unchanged"], "the next file of this list is understood without asking"


def test_a_feed_whose_list_has_moved_waits_for_a_look_instead_of_falling_silent(editor: Visitor) -> None:
    events = [{"id": "1", "title": "Kor", "start": f"{SOON.date()}T19:00:00"}]
    fields = {"name": "Bibliotek", "url": "https://kalender.example.org/a.ics", "every": "24"}
    editor.submit(editor.get("/organiser/import/adresser"), "/organiser/import/adresser", fields, status=303)
    net, now = Net(json.dumps({"events": events}).encode()), utc_now()
    read_due(now, net)
    run = db.session.query(ImportRun).one()
    press(editor, f"/organiser/import/{run.public_id}", "/gennemfoer")
    net.content = json.dumps({"data": {"programme": events}}).encode()
    read_due(now + timedelta(days=2), net)
    (waiting,) = db.session.query(ImportRun).filter(ImportRun.state == RunState.PLANNED)
    page = editor.get("/organiser/import/adresser")
    assert page.all("a", href=f"/organiser/import/{waiting.public_id}") and page.all("p", class_="import-problem")
    page = press(editor, f"/organiser/import/{waiting.public_id}", "/laesning", list="path:data.programme")
    assert verdicts(page) == ["unchanged"]


def test_the_table_shows_one_verdict_alone(editor: Visitor) -> None:
    path = upload(editor, ICS)
    assert verdicts(editor.get(path + "?vis=unreadable")) == ["unreadable"]
    assert verdicts(editor.get(path + "?vis=left_out&side=7")) == ["left_out"]


@pytest.mark.parametrize(
    "content", [b"", b"<!doctype html><p>Hej", b"Titel;Dato\n" + b"x" * 2_000_000, b"x;y\n" * 1_400_000]
)
def test_a_file_that_is_refused_says_why_beside_the_field_and_leaves_nothing(editor: Visitor, content: bytes) -> None:
    text = upload(editor, content, "x.csv", status=422)
    assert 'id="file-error"' in text
    assert db.session.query(ImportRun).count() == 0


def test_a_form_without_a_file_asks_for_one(editor: Visitor) -> None:
    answer = editor.submit(editor.get("/organiser/import"), "/organiser/import", {}, status=422)
    assert 'id="file-error"' in answer.text


def test_a_file_far_too_large_is_not_even_taken(editor: Visitor) -> None:
    upload(editor, b"x" * 7_000_000, "x.csv", status=413)


def test_pressing_twice_does_it_once(editor: Visitor) -> None:
    path = upload(editor, ICS)
    page = editor.get(path)
    for _twice in range(2):
        editor.submit(page, path + "/gennemfoer", {}, status=303)
    assert import_queue.carry_out(utc_now()) == 1
    editor.submit(page, path + "/gennemfoer", {}, status=409)
    assert db.session.query(Activity).count() == 1


def test_what_was_only_looked_at_can_be_forgotten(editor: Visitor) -> None:
    path = upload(editor, ICS)
    press(editor, path, "/kasser")
    assert db.session.query(ImportRun).count() == 0
    editor.get(path, status=404)


def test_words_from_a_file_are_escaped(editor: Visitor) -> None:
    path = upload(editor, f"Titel;Dato\n<script>alert(1)</script>Kor;{DAY}\n<b onclick=x>;{DAY}\n".encode(), "a.csv")
    page = editor.get(path)
    assert all(script.get("src") for script in page.all("script"))


def test_others_neither_see_nor_change_an_import(app: Flask, town: Town, ours: Organisation, editor: Visitor) -> None:
    path = upload(editor, ICS)
    outsider = Visitor(signed_in(app, account("Olga", member_of=[town.organisation("En anden")])))
    doorkeeper = Visitor(signed_in(app, account("Dora", member_of={ours: Rights.CHECK_IN})))
    nobody = Visitor(app.test_client())
    for visitor in (outsider, doorkeeper):
        assert visitor.client.get(path).status_code == 404
        for way in ("laesning", "gennemfoer", "fortryd", "kasser", "maal"):
            visitor.send(f"{path}/{way}", {}, status=404)
    assert doorkeeper.client.get("/organiser/import").status_code == 403
    assert doorkeeper.client.get("/organiser/import/adresser").status_code == 403
    assert nobody.client.get(path).status_code == 302
    assert db.session.query(Activity).count() == 0


def test_a_feed_is_added_read_and_looked_at(editor: Visitor) -> None:
    page = editor.get("/organiser/import/adresser")
    fields = {"name": "Kalenderen", "url": "https://kalender.example.org/a.ics", "every": "6"}
    editor.submit(page, "/organiser/import/adresser", fields, status=303)
    source = db.session.query(ImportSource).one()
    assert (source.feed, source.every_hours) == (FeedState.ACTIVE, 6)
    read_due(utc_now(), Net(ICS))
    page = editor.get("/organiser/import/adresser")
    run = db.session.query(ImportRun).one()
    assert page.all("a", href=f"/organiser/import/{run.public_id}")
    press(editor, f"/organiser/import/{run.public_id}", "/gennemfoer")
    assert db.session.query(Activity).count() == 1


def test_a_feed_that_fails_says_why_and_can_be_paused_and_stopped(editor: Visitor) -> None:
    page = editor.get("/organiser/import/adresser")
    fields = {"name": "Kalenderen", "url": "https://kalender.example.org/a.ics", "every": "24"}
    editor.submit(page, "/organiser/import/adresser", fields, status=303)
    read_due(utc_now(), Net(problem="not_reachable"))
    page = editor.get("/organiser/import/adresser")
    assert "kalender.example.org" in page.one(class_="import-problem").text
    name = db.session.query(ImportSource).one().public_id
    for way, state in (("pause", FeedState.PAUSED), ("laes", FeedState.ACTIVE), ("stop", FeedState.NONE)):
        path = f"/organiser/import/adresser/{name}/{way}"
        editor.submit(editor.get("/organiser/import/adresser"), path, {}, status=303)
        db.session.expire_all()
        assert db.session.query(ImportSource).one().feed == state


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "", "url": "https://example.org"},
        {"name": "A", "url": "ftp://example.org"},
        {"name": "A", "url": "http://u:p@example.org"},
    ],
)
def test_a_feed_without_a_name_or_with_a_wrong_address_is_refused_beside_the_field(
    editor: Visitor, fields: dict[str, str]
) -> None:
    answer = editor.submit(editor.get("/organiser/import/adresser"), "/organiser/import/adresser", fields, status=422)
    assert "-error" in answer.text
    assert db.session.query(ImportSource).count() == 0


def test_others_do_not_change_a_feed(app: Flask, town: Town, editor: Visitor) -> None:
    page = editor.get("/organiser/import/adresser")
    editor.submit(page, "/organiser/import/adresser", {"name": "A", "url": "https://example.org/a.ics"}, status=303)
    name = db.session.query(ImportSource).one().public_id
    outsider = Visitor(signed_in(app, account("Olga", member_of=[town.organisation("En anden")])))
    for way in ("pause", "laes", "stop"):
        outsider.send(f"/organiser/import/adresser/{name}/{way}", {}, status=404)


def test_a_name_of_a_file_that_no_text_holds_is_no_defect(editor: Visitor) -> None:
    boundary = "grense"
    (form,) = [
        form for form in editor.get("/organiser/import").all("form") if form.get("action") == "/organiser/import"
    ]
    token = form.fields()["csrf_token"]
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n--{boundary}\r\n'
            'Content-Disposition: form-data; name="file"; filename="for\0aar.ics"\r\n\r\n'
        ).encode()
        + ICS
        + f"\r\n--{boundary}--\r\n".encode()
    )
    answer = editor.client.post(
        "/organiser/import", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("first", ["9999-12-31", "0001-01-01", "1900-01-01"])
def test_a_day_no_calendar_reaches_is_refused_beside_its_field(editor: Visitor, first: str) -> None:
    path = upload(editor, ICS)
    editor.submit(editor.get(path), path + "/laesning", {"first": first}, status=422)
    assert editor.get(path)


def test_a_way_to_join_that_is_not_offered_cannot_be_chosen(editor: Visitor) -> None:
    path = upload(editor, ICS)
    press(editor, path, "/laesning", audiences="adults", sign_up="by_pigeon")
    assert db.session.query(ImportSource).one().sign_up == SignUpMode.DROP_IN


def test_a_worker_carries_it_out_while_the_page_tells_how_far_it_is(
    editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = upload(editor, ICS)
    for _twice in range(2):
        editor.send(path + "/gennemfoer", {"then": "drafts"}, status=303)
    page = editor.get(path)
    assert page.one("meta", http_equiv="refresh") and not page.all("form", action=path + "/gennemfoer")
    assert db.session.query(Activity).count() == 0, "the request itself did nothing"
    assert editor.send(path + "/kasser", {}, status=409) and editor.send(path + "/laesning", {"first": ""}, status=409)
    seen, apply = [], importing.apply

    def watched(*args: object, **options: object) -> object:
        done = apply(*args, **options)  # type: ignore[arg-type]
        seen.append(RunState(db.session.query(ImportRun).one().state))
        return done

    monkeypatch.setattr(importing, "apply", watched)
    assert import_queue.carry_out(utc_now()) == 1
    assert import_queue.carry_out(utc_now()) == 0
    page = editor.get(path)
    assert not page.all("meta", http_equiv="refresh") and db.session.query(Activity).count() == 1
    assert seen == [RunState.APPLIED]


def test_what_is_stopped_leaves_nothing_behind(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    path = upload(editor, ICS)
    editor.send(path + "/gennemfoer", {"then": "drafts"}, status=303)
    editor.submit(editor.get(path), path + "/stop", {}, status=303)
    assert import_queue.carry_out(utc_now()) == 0, "it had not begun"
    hand_in = importing.hand_in

    def stopped_meanwhile(*args: object, **options: object) -> object:
        alone("UPDATE import_progress SET stopped = true", {})
        return hand_in(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "hand_in", stopped_meanwhile)
    editor.send(path + "/gennemfoer", {"then": "drafts"}, status=303)
    assert import_queue.carry_out(utc_now()) == 0
    db.session.expire_all()
    assert db.session.query(Activity).count() == 0, "all of it or nothing"
    assert db.session.query(ImportRun).one().state == RunState.PLANNED
    monkeypatch.setattr(importing, "hand_in", hand_in)
    press(editor, path, "/gennemfoer")
    assert db.session.query(Activity).count() == 1


def test_what_breaks_is_told_and_changes_nothing(editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    path = upload(editor, ICS)

    def broken(*_args: object, **_options: object) -> None:
        raise ValueError

    with monkeypatch.context() as patch:
        patch.setattr(importing, "confirm_goals", broken)
        editor.send(path + "/gennemfoer", {"goals": "1"}, status=303)
        assert import_queue.carry_out(utc_now()) == 0
    assert editor.get(path).one("div", class_="alert-warning")
    assert db.session.query(Activity).count() == 0
    press(editor, path, "/gennemfoer")
    assert not editor.get(path).all("div", class_="alert-warning")


def test_a_run_whose_worker_died_is_begun_anew(editor: Visitor) -> None:
    path = upload(editor, ICS)
    editor.send(path + "/gennemfoer", {"then": "drafts"}, status=303)
    db.session.query(ImportRun).one().state = RunState.RUNNING
    db.session.commit()
    assert import_queue.carry_out(utc_now()) == 0, "another one is at it"
    assert import_queue.carry_out(utc_now() + timedelta(minutes=6)) == 1


def test_a_run_counts_as_lost_from_when_it_was_begun_however_long_others_took_before_it(
    editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, others = upload(editor, ICS), []
    editor.send(path + "/gennemfoer", {"then": "drafts"}, status=303)
    apply = importing.apply

    def meanwhile(*args: object, **options: object) -> None:
        others.append(import_queue.carry_out(utc_now()))
        apply(*args, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(importing, "apply", meanwhile)
        began = utc_now() - timedelta(minutes=10)  # this worker's turn, with long files before this one
        assert import_queue.carry_out(began) == 1
    assert others == [0], "no other worker took it for lost"


def test_what_stood_in_the_file_is_forgotten_after_some_weeks(editor: Visitor) -> None:
    path = upload(editor, ICS)
    press(editor, path, "/gennemfoer")
    for days, there in ((89, True), (91, False)):
        runs.expire(utc_now() + timedelta(days=days))
        db.session.commit()
        assert bool(db.session.query(ImportRun).one().rows) == there
    assert editor.get(path).one("main").text
    press(editor, path, "/fortryd")
    assert db.session.query(Activity).count() == 0, "what it made is known without the rows"
