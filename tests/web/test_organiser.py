"""The organisers' room: what stands on the first page, and the way of an activity from title to public."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import event, select

from engage import registrations
from engage.accounts import Organisation, Rights, User
from engage.activities import dates as activity_dates
from engage.activities import publishing
from engage.activities.importing.models import ImportSource
from engage.activities.models import Activity, ActivityState
from engage.activities.terms import WaitingMode
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor, address, read
from tests.web.page import Element

ROOM, NEW = "/organiser/", "/organiser/aktiviteter/ny"


@pytest.fixture
def organisation(town: Town) -> Organisation:
    return town.organisation()


@pytest.fixture
def writer(organisation: Organisation) -> User:
    return account("Bente Lund", member_of=[organisation])


@pytest.fixture
def organiser(app: Flask, writer: User) -> Visitor:
    return Visitor(signed_in(app, writer))


def soon(days: int = 7) -> str:
    return (utc_now() + timedelta(days=days)).date().isoformat()


def start(**more: str) -> dict[str, str]:
    """What the first page asks."""
    when = {"day": soon(), "begins": "17:00", "ends": "19.30"}
    where = {"where": "new", "place_name": "Fluepapiret", "place_town": "Byen"}
    return {"kind": "learning", "title_da": "Klimacafé", **when, **where, "summary_da": "En aften om klima.", **more}


def begun(organiser: Visitor, **more: str) -> str:
    """The address of a new draft."""
    answer = organiser.submit(organiser.get(NEW), NEW, start(**more), status=303)
    return str(answer.location)


def form_of(page: Element, path: str) -> Element:
    (form,) = [form for form in page.all("form") if form.get("action") == path and form.has("data-publish")]
    return form


def send(
    organiser: Visitor, path: str, told: dict[str, object], *, status: int, do: str = "save", **headers: str
) -> Element:
    """Fill in the publish page and press a button; boxes are given as lists."""
    form = form_of(organiser.get(path), path)
    fields: dict[str, object] = {**form.fields()}
    given = [each.get("value") for each in form.all("input", name="given")]
    for name in given:
        boxes = form.all("input", type="checkbox", name=name)
        fields[name] = [box.get("value") for box in boxes if box.has("checked")]
    data = {**fields, "given": given, "do": do, **told}
    answer = organiser.client.post(path, data=data, headers=headers, content_type="multipart/form-data")
    assert answer.status_code == status, (answer.status_code, answer.text[-2000:])
    return read(answer, status) if answer.mimetype == "text/html" and status != 303 else answer  # type: ignore[return-value]


READY: dict[str, object] = {"sdgs": ["13"], "dimensions": ["environmental"], "audiences": ["adults"]}


def the_activity() -> Activity:
    db.session.expire_all()
    return db.session.scalars(select(Activity)).one()


@pytest.mark.parametrize(
    ("repeats", "frequency", "interval"), [("weekly", "weekly", "1"), ("fortnightly", "weekly", "2"), ("monthly", "monthly_weekday", "1")]
)  # fmt: skip
def test_an_activity_that_repeats_leads_to_the_preview_of_all_its_dates(
    organiser: Visitor, repeats: str, frequency: str, interval: str
) -> None:
    address = begun(organiser, repeats=repeats, times="4", capacity="")
    assert address.endswith("#days-shown") and f"frequency={frequency}" in address and f"interval={interval}" in address
    page = organiser.get(address.partition("#")[0])
    assert len(page.all("input", name="keep")) == 3, "the first of the four stands there already"
    (form,) = [
        each for each in page.all("form") if each.get("method") == "post" and each.get("action").endswith("/serie")
    ]
    organiser.client.post(
        form.get("action"), data={**form.fields(), "keep": [box.get("value") for box in page.all("input", name="keep")]}
    )
    first, *others = activity_dates.of(the_activity().id)
    assert len(others) == 3 and {each.series_id for each in others} == {first.series_id} != {None}
    assert first.overrides == [], "it is one of them"


def test_what_repeats_needs_a_first_date_and_a_number(organiser: Visitor) -> None:
    sent = start(repeats="weekly", times="1", day="", begins="", ends="")
    page = read(organiser.submit(organiser.get(NEW), NEW, sent, status=422), 422)
    assert [link.get("href") for link in page.one("div", class_="alert-error").all("a")] == ["#day", "#times"]
    assert page.one("input", id="repeats-weekly").has("checked") and page.one("input", id="times").get("value") == "1"


def test_an_activity_begins_with_what_when_and_where(organiser: Visitor) -> None:
    path = begun(organiser)
    page = organiser.get(path)
    activity = the_activity()
    assert path.endswith(activity.public_id) and activity.state == ActivityState.DRAFT
    assert activity.occurrences[0].place.name == "Fluepapiret" and activity.spoken_languages == ["da"]
    form = form_of(page, path)
    assert form.fields()["title_da"] == "Klimacafé" and form.fields()["ends"] == "19:30"


def test_goals_are_proposed_with_the_word_that_gave_the_reason_and_nothing_is_ticked(organiser: Visitor) -> None:
    page = organiser.get(begun(organiser))
    box = page.one("input", id="sdgs-13")
    assert not box.has("checked")
    assert "klima" in page.one("span", id=box.get("aria-describedby")).text.lower()
    assert not page.one("input", id="dimensions-environmental").has("checked")
    assert page.one("input", id="dimensions-environmental").get("aria-describedby"), (
        "the dimension follows from the goal"
    )
    assert the_activity().sdgs == []


def test_what_is_missing_is_said_beside_where_it_is_missing(organiser: Visitor) -> None:
    page = organiser.get(begun(organiser))
    said = {each.get("data-missing"): each.text for each in page.all("span", class_="missing")}
    assert said["sdgs"] and said["dimensions"] and said["audiences"]
    assert not said["title_da"] and not said["day"] and not said["spoken"]


def test_the_whole_way_from_the_title_to_the_public(organiser: Visitor, visitor: Visitor, writer: User) -> None:
    path = begun(organiser)
    send(organiser, path, READY, status=303, do="submit")
    activity = the_activity()
    assert activity.state == ActivityState.IN_REVIEW
    waiting = organiser.get(path)
    assert not [form for form in waiting.all("form") if form.has("data-publish")]
    publishing.approve(activity, writer.id, utc_now())
    db.session.commit()
    assert "Klimacafé" in visitor.get(address(activity.occurrences[0])).text


def test_handing_in_what_is_not_ready_saves_it_and_leads_to_each_gap(organiser: Visitor) -> None:
    path = begun(organiser)
    page = send(organiser, path, {"audiences": ["adults"], "price": "40"}, status=422, do="submit")
    links = {link.get("href") for link in page.one("div", class_="alert-error").all("a")}
    assert links == {"#sdgs", "#dimensions"}
    for link in links:
        assert page.one("fieldset", id=link[1:])
    assert the_activity().price == 4000 and the_activity().state == ActivityState.DRAFT


def test_what_cannot_be_read_is_kept_in_its_field_and_the_rest_is_saved(organiser: Visitor) -> None:
    path = begun(organiser)
    page = send(organiser, path, {"price": "fyrre", "summary_da": "Ny tekst.", "contact_email": "bente"}, status=422)
    assert page.one("input", id="price").get("value") == "fyrre"
    assert page.one("input", id="price").get("aria-invalid") == "true"
    assert page.one("input", id="contact_email").get("value") == "bente"
    activity = the_activity()
    assert activity.texts[0].summary == "Ny tekst." and activity.price == 0


def test_the_page_saves_by_itself_and_is_told_what_changed_around_it(organiser: Visitor) -> None:
    path = begun(organiser)
    told = {"title_da": "Rent vand i åen", "summary_da": "Om vandmiljø.", "price": "?"}
    answer = send(organiser, path, told, status=200, **{"X-Requested-With": "fetch"})
    said = answer.json  # type: ignore[attr-defined]
    assert said["version"] == the_activity().version
    assert set(said["problems"]) == {"price"} and "sdgs" in said["missing"]
    assert 'value="6"' in said["fragments"]["goals"] and "Rent vand" in said["fragments"]["previews"]
    assert the_activity().texts[0].title == "Rent vand i åen"


def test_two_who_write_at_once_see_each_other_and_lose_nothing(app: Flask, organiser: Visitor, writer: User) -> None:
    path = begun(organiser)
    old = form_of(organiser.get(path), path).fields()
    other = Visitor(signed_in(app, account("Ole Dam", member_of=[writer.memberships[0].organisation])))
    send(other, path, {"title_da": "Oles titel"}, status=303)
    mine = {**old, "title_da": "Bentes titel"}
    page = read(organiser.client.post(path, data=mine), 409)
    assert page.one("input", id="title_da").get("value") == "Bentes titel"
    assert "Ole Dam" in page.text and "Oles titel" in page.one("div", class_="alert-warning").text
    assert the_activity().texts[0].title == "Oles titel"
    quiet = organiser.client.post(path, data=mine, headers={"X-Requested-With": "fetch"})
    assert quiet.status_code == 409 and "Ole Dam" in quiet.json["conflict"]
    again = form_of(page, path).fields()
    assert organiser.client.post(path, data=again).status_code == 303
    assert the_activity().texts[0].title == "Bentes titel"


def test_texts_stand_side_by_side_in_every_language_of_the_city(organiser: Visitor, visitor: Visitor) -> None:
    path = begun(organiser)
    send(organiser, path, {"title_de": "Klimacafé auf Deutsch", "summary_de": "Ein Abend."}, status=303)
    page = organiser.get(path)
    names = [each.get("name") for each in page.all("input") if each.get("name").startswith("title_")]
    assert names == ["title_da", "title_en", "title_de"]
    assert page.one("input", id="write-de").has("checked") and not page.one("input", id="write-en").has("checked")
    german = organiser.get(f"{path}/forhaandsvisning?sprog=de")
    assert german.language() or german.one("html").get("lang") == "de"
    assert german.one("h1").text == "Klimacafé auf Deutsch"


def test_the_preview_shows_the_page_and_both_cards_and_sends_nothing(organiser: Visitor) -> None:
    path = begun(organiser)
    page = organiser.get(path)
    aside = page.one("aside")
    assert aside.one("article", class_="activity") and aside.one("div", class_="chat-card")
    whole = organiser.get(page.one("iframe").get("src"))
    assert whole.one("h1").text == "Klimacafé" and not whole.all("form")
    unwritten = the_activity().public_id
    assert organiser.client.get(f"/aktiviteter/{unwritten}/-").status_code in {302, 404}


def test_a_draft_is_seen_by_nobody_else(organiser: Visitor, visitor: Visitor, app: Flask, town: Town) -> None:
    path = begun(organiser)
    date = the_activity().occurrences[0]
    visitor.get(address(date), status=404)
    stranger = Visitor(signed_in(app, account("Karl", member_of=[town.organisation("Skolen")])))
    for name in ("", "/forhaandsvisning", "/slet"):
        assert stranger.client.get(path + name).status_code == 404
    for name in ("", "/kopi", "/slet", "/tag-tilbage"):
        stranger.send(path + name, {"title_da": "Stjålet"}, status=404)
    assert the_activity().texts[0].title == "Klimacafé"


def test_who_only_receives_people_at_the_door_writes_nothing(
    app: Flask, organisation: Organisation, town: Town
) -> None:
    date = town.occurrence(town.activity(organisation=organisation))
    guard = Visitor(signed_in(app, account("Ida", member_of={organisation: Rights.CHECK_IN})))
    page = guard.get(ROOM)
    assert date.activity.texts[0].title in page.text
    assert NEW not in [link.get("href") for link in page.all("a")]
    guard.get(NEW, status=403)
    guard.get(f"/organiser/aktiviteter/{date.activity.public_id}", status=404)


def test_the_first_page_tells_what_needs_one_and_what_is_coming(
    organiser: Visitor, organisation: Organisation, writer: User, town: Town
) -> None:
    date = town.occurrence(town.activity("Fuldt hus", organisation=organisation), capacity=2)
    town.signed_up(date, seats=2)
    town.signed_up(date, seats=1)
    sent_back = town.activity("Send den igen", organisation=organisation, state=ActivityState.DRAFT)
    sent_back.review_words = "Hvor mødes vi?"
    town.activity("En kladde", organisation=organisation, state=ActivityState.DRAFT)
    town.activity("Hos andre")
    db.session.commit()
    page = organiser.get(ROOM)
    needs = next(each for each in page.all("section") if each.get("aria-labelledby") == "needs-you")
    assert "Send den igen" in needs.text and "Hvor mødes vi?" in needs.text and "Fuldt hus" in needs.text
    drafts = next(each for each in page.all("section") if each.get("aria-labelledby") == "drafts")
    assert "En kladde" in drafts.text and "Send den igen" not in drafts.text
    coming = next(each for each in page.all("section") if each.get("aria-labelledby") == "coming")
    assert "Fuldt hus" in coming.text and "2" in coming.text
    assert "Hos andre" not in page.text


def count_queries(organiser: Visitor) -> int:
    seen: list[str] = []
    listen = lambda *facts: seen.append(facts[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        organiser.get(ROOM)
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    return len(seen)


@pytest.mark.parametrize(("mode", "told"), [(WaitingMode.MANUAL, True), (WaitingMode.AUTO, False)])
def test_an_organiser_who_chooses_is_told_when_there_is_a_place_to_give(
    organiser: Visitor, organisation: Organisation, town: Town, mode: WaitingMode, told: bool
) -> None:
    date = town.occurrence(town.activity("Havevandring", organisation=organisation, waiting_mode=mode), capacity=1)
    first, _second, _third = (town.signed_up(date) for _each in range(3))
    assert "2 pladser ventes" in needs_you(organiser) and "er ledig" not in needs_you(organiser)
    with transaction():
        registrations.cancel(first.public_id, now=utc_now())
    assert ("1 er ledig: vælg, hvem der får den" in needs_you(organiser)) == told


def needs_you(organiser: Visitor) -> str:
    (section,) = [each for each in organiser.get(ROOM).all("section") if each.get("aria-labelledby") == "needs-you"]
    return section.text


def test_the_first_page_asks_as_often_for_forty_rows_as_for_four(
    organiser: Visitor, organisation: Organisation, town: Town
) -> None:
    def some(number: int) -> None:
        for each in range(number):
            town.occurrence(town.activity(f"Dato {each}", organisation=organisation))
            town.activity(f"Kladde {each}", organisation=organisation, state=ActivityState.DRAFT)

    some(2)
    organiser.get(ROOM)
    few = count_queries(organiser)
    some(10)
    assert count_queries(organiser) == few


def test_a_member_of_two_organisations_switches_between_them(app: Flask, town: Town) -> None:
    library, school = town.organisation("Biblioteket"), town.organisation("Skolen")
    town.activity("Bogcafé", organisation=library)
    both = Visitor(signed_in(app, account("Bo", member_of=[library, school])))
    assert both.get(ROOM).one("h1").text == "Biblioteket"
    assert both.get(f"{ROOM}?organisation={school.public_id}").one("h1").text == "Skolen"
    assert both.get(ROOM).one("h1").text == "Skolen", "the choice is remembered"
    begun(both)
    made = db.session.scalars(select(Activity).where(Activity.state == ActivityState.DRAFT)).one()
    assert made.organisation_id == school.id
    both.get(f"{ROOM}?organisation={town.organisation('Andre').public_id}", status=404)


def test_what_waits_in_another_organisation_is_told_to_who_writes_for_it(app: Flask, town: Town) -> None:
    library, school, pool = (town.organisation(name) for name in ("Biblioteket", "Skolen", "Svømmehallen"))
    both = Visitor(
        signed_in(app, account("Bo", member_of={library: Rights.EDITOR, school: Rights.EDITOR, pool: Rights.CHECK_IN}))
    )
    assert not [each for each in both.get(ROOM).all("section") if each.get("aria-labelledby") == "needs-you"]
    for organisation in (school, pool):
        for name in ("Første", "Anden"):
            sent_back = town.activity(name, organisation=organisation, state=ActivityState.DRAFT)
            sent_back.review_words = "Hvor mødes vi?"
        asked = town.activity("Høhøst", organisation=organisation, approval=True)
        town.signed_up(town.occurrence(asked))
    db.session.commit()
    assert "I dine andre organisationer Skolen 1 venter på dit svar 2 aktiviteter er sendt tilbage" in needs_you(both)
    assert "Svømmehallen" not in needs_you(both), "there Bo only receives people"
    both.get(f"{ROOM}?organisation={school.public_id}")
    assert "Første" in needs_you(both) and "I dine andre organisationer" not in needs_you(both)


def test_all_activities_are_listed_searched_and_copied(
    organiser: Visitor, organisation: Organisation, town: Town
) -> None:
    old = town.occurrence(town.activity("Fastelavn", organisation=organisation), starts_in=timedelta(days=-30))
    town.activity("Klima", organisation=organisation)
    page = organiser.get("/organiser/aktiviteter?q=fast")
    assert "Fastelavn" in page.text and "Klima" not in page.one("ul", class_="line-list").text
    copy = f"/organiser/aktiviteter/{old.activity.public_id}/kopi"
    made = organiser.submit(page, copy, {}, status=303).location
    assert form_of(organiser.get(made), made).fields()["title_da"] == "Fastelavn"


def photograph(colour: str = "red") -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (900, 700), colour).save(out, "JPEG")
    out.seek(0)
    return out, "strand.jpg"


def test_a_picture_is_shown_described_and_kept_by_browsers_for_ever(organiser: Visitor, visitor: Visitor) -> None:
    path = begun(organiser)
    send(organiser, path, {"picture": photograph(), "picture_alt_da": "To børn med en sæk"}, status=303)
    page = organiser.get(organiser.get(path).one("iframe").get("src"))
    shown = page.one("img", class_="activity-picture")
    assert shown.get("alt") == "To børn med en sæk" and (shown.get("width"), shown.get("height")) == ("900", "700")
    answer = visitor.client.get(shown.get("src"))
    assert answer.mimetype == "image/webp" and "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert visitor.client.get(shown.get("src").replace(".webp", "0.webp")).status_code == 404
    send(organiser, path, {"remove_picture": "1"}, status=303)
    assert visitor.client.get(shown.get("src")).status_code == 404


def test_what_is_no_picture_is_refused_beside_its_field_and_the_rest_is_saved(organiser: Visitor) -> None:
    path = begun(organiser)
    told = {"picture": (BytesIO(b"<svg/>"), "strand.jpg"), "title_da": "Ny titel"}
    page = send(organiser, path, told, status=422)
    assert page.one("input", id="picture").get("aria-invalid") == "true"
    assert the_activity().texts[0].title == "Ny titel" and the_activity().picture_id is None
    organiser.send(path, {"body_da": "x" * 14_000_000}, status=413)


def test_a_draft_is_deleted_only_after_a_second_question(organiser: Visitor) -> None:
    path = begun(organiser)
    page = organiser.get(f"{path}/slet")
    assert the_activity()
    organiser.submit(page, f"{path}/slet", {}, status=303)
    assert db.session.scalar(select(Activity.id)) is None
    organiser.get(path, status=404)


def test_what_is_published_changes_its_words_at_once_but_not_its_dates(
    organiser: Visitor, organisation: Organisation, town: Town, visitor: Visitor
) -> None:
    date = town.occurrence(town.activity(organisation=organisation))
    path = f"/organiser/aktiviteter/{date.activity.public_id}"
    form = form_of(organiser.get(path), path)
    assert not {"day", "place", "capacity", "where"} & set(form.fields()) and not form.has("data-autosave")
    send(organiser, path, {"title_da": "En bedre titel"}, status=303)
    assert "En bedre titel" in visitor.get(address(date)).text
    organiser.send(path, {"day": soon(3), "begins": "10", "ends": "11"}, status=409)


@pytest.mark.parametrize("path", [ROOM, "/organiser/aktiviteter", NEW])
def test_a_visitor_is_led_to_sign_in(visitor: Visitor, path: str) -> None:
    answer = visitor.client.get(path)
    assert answer.status_code == 302 and "/konto/log-ind" in answer.location


def test_a_published_title_cannot_be_emptied_and_what_else_was_written_stays_in_the_form(
    organiser: Visitor, organisation: Organisation, town: Town, visitor: Visitor
) -> None:
    date = town.occurrence(town.activity("Klimacafé", organisation=organisation))
    path = f"/organiser/aktiviteter/{date.activity.public_id}"
    page = send(organiser, path, {"title_da": " ", "body_da": "En ny tekst"}, status=422)
    assert page.one("input", id="title_da").get("aria-invalid") == "true"
    assert page.one("textarea", id="body_da").text == "En ny tekst"
    assert visitor.get(address(date)).one("h1").text == "Klimacafé"


def test_a_page_that_saves_by_itself_is_told_in_words_why_it_no_longer_can(organiser: Visitor) -> None:
    path = begun(organiser)
    fields = form_of(organiser.get(path), path).fields()
    send(organiser, path, READY, status=303, do="submit")
    for state in (ActivityState.IN_REVIEW, ActivityState.PUBLISHED):
        the_activity().state = state
        db.session.commit()
        data = {**fields, "version": str(the_activity().version)}
        answer = organiser.client.post(path, data=data, headers={"X-Requested-With": "fetch"})
        assert answer.status_code == 409 and answer.json["conflict"]


def test_a_language_that_was_switched_in_another_window_is_no_defect(organiser: Visitor) -> None:
    fields = organiser.get(NEW).one("main").one("form").fields()
    organiser.get(f"{ROOM}?lang=de")
    answer = organiser.client.post(NEW, data={**fields, **start()})
    assert answer.status_code == 303, answer.text
    assert [(text.language, text.title) for text in the_activity().texts] == [("da", "Klimacafé")]
    assert the_activity().spoken_languages == ["da"]


def test_a_form_is_about_the_organisation_it_was_opened_for(app: Flask, town: Town) -> None:
    library, school = town.organisation("Biblioteket"), town.organisation("Skolen")
    both = Visitor(signed_in(app, account("Bo", member_of=[library, school])))
    pages = {path: both.get(path) for path in (NEW, "/organiser/import", "/organiser/import/adresser")}
    both.get(f"{ROOM}?organisation={school.public_id}")
    for path, page in pages.items():
        (form,) = [form for form in page.all("form") if form.get("action") == path and form.get("method") == "post"]
        more = {
            "name": "Bogbussen",
            "url": "https://example.org/a.ics",
            "file": (BytesIO(b"Titel;Dato\nKor;1.1.2099\n"), "a.csv"),
        }
        data = {**form.fields(), **start(), **more}
        assert both.client.post(path, data=data, content_type="multipart/form-data").status_code == 303, path
        both.get(f"{ROOM}?organisation={school.public_id}")
    assert the_activity().organisation_id == library.id
    assert {source.organisation_id for source in db.session.scalars(select(ImportSource))} == {library.id}


def test_since_when_it_waits_is_told_by_the_citys_own_calendar(organiser: Visitor) -> None:
    path = begun(organiser)
    send(organiser, path, READY, status=303, do="submit")
    the_activity().submitted_at = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)
    db.session.commit()
    assert "5. marts" in organiser.get(path).one("main").text
