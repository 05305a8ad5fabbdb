"""The staff's room: reviews and their answers, organisations with their declarations, accounts, and the log."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from engage.accounts import Organisation, OrganisationKind, Rights, RoleName, User, audit, declarations
from engage.activities import publishing
from engage.activities.models import Activity, ActivityState
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.goals import loading
from engage.goals.cycle import indicators
from engage.goals.cycle.indicators import IndicatorInput
from engage.registrations import caps
from tests.accounts.cast import account, signed_in
from tests.certified import certified
from tests.proposals.cast import with_picture
from tests.questions.cast import approved, asked
from tests.town import Town
from tests.web.conftest import Visitor, letters
from tests.web.page import parse

ORGANISATIONS, USERS, LOG, REVIEWS = "/staff/organisationer", "/staff/brugere", "/staff/log", "/staff/gennemsyn"


@pytest.fixture
def organisation(town: Town) -> Organisation:
    found = town.organisation("Naturforeningen")
    found.kind = OrganisationKind.ASSOCIATION
    db.session.commit()
    return found


@pytest.fixture
def writer(organisation: Organisation) -> User:
    return account("Bente Lund", member_of=[organisation], language="de", email="bente@example.org")


@pytest.fixture
def reviewer(app: Flask) -> User:
    return account("Karl Holm", roles=[RoleName.STAFF])


@pytest.fixture
def staff(app: Flask, reviewer: User) -> Visitor:
    return Visitor(signed_in(app, reviewer))


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Else Krog", roles=[RoleName.ADMIN])))


def asked_and_answered() -> dict[str, str]:
    """A question that waits, and an answer for everybody."""
    return {"question": asked().public_id, "answer": approved().public_id, "proposal": with_picture().public_id}


def handed_in(town: Town, writer: User, title: str = "Ud i engen", days: int = 1, **facts: Any) -> Activity:
    """An activity that has waited for some days, with a date of its own."""
    organisation = writer.memberships[0].organisation
    waited: dict[str, Any] = {"state": ActivityState.IN_REVIEW, "submitted_at": town.now - timedelta(days=days)}
    activity = town.activity(title, organisation=organisation, created_by_id=writer.id, **waited, **facts)
    town.occurrence(activity)
    return activity


def actions() -> list[str]:
    """All that stands in the log, oldest first."""
    db.session.expire_all()
    return list(db.session.scalars(select(audit.AuditEntry.action).order_by(audit.AuditEntry.id)))


def state_of(activity: Activity) -> ActivityState:
    db.session.expire_all()
    return activity.state


def checks(visitor: Visitor, activity: Activity) -> dict[str, bool]:
    """What the checklist says, by the name of each check."""
    page = visitor.get(f"{REVIEWS}/{activity.public_id}")
    return {each.get("data-check"): "check-not" not in each.classes for each in page.all("li", class_="check")}


ROUTES = [
    ("GET", "/staff/"),
    ("GET", REVIEWS),
    ("GET", REVIEWS + "/{activity}"),
    ("POST", REVIEWS + "/{activity}/godkend"),
    ("POST", REVIEWS + "/{activity}/send-tilbage"),
    ("GET", ORGANISATIONS),
    ("GET", ORGANISATIONS + "/ny"),
    ("POST", ORGANISATIONS + "/ny"),
    ("GET", ORGANISATIONS + "/{organisation}"),
    ("GET", ORGANISATIONS + "/{organisation}/ret"),
    ("POST", ORGANISATIONS + "/{organisation}/ret"),
    ("POST", ORGANISATIONS + "/{organisation}/inviter"),
    ("POST", ORGANISATIONS + "/{organisation}/invitationer/abc/tag-tilbage"),
    ("POST", ORGANISATIONS + "/{organisation}/medlemmer/{user}/rettigheder"),
    ("GET", ORGANISATIONS + "/{organisation}/medlemmer/{user}/fjern"),
    ("POST", ORGANISATIONS + "/{organisation}/medlemmer/{user}/fjern"),
    ("POST", ORGANISATIONS + "/{organisation}/erklaeringer"),
    ("POST", ORGANISATIONS + "/{organisation}/erklaeringer/2026/slet"),
    ("GET", "/staff/erklaeringer"),
    ("GET", USERS),
    ("GET", USERS + "/inviter"),
    ("POST", USERS + "/inviter"),
    ("POST", USERS + "/invitationer/abc/tag-tilbage"),
    ("GET", USERS + "/{user}"),
    ("GET", USERS + "/{user}/luk"),
    ("POST", USERS + "/{user}/luk"),
    ("GET", LOG),
    ("GET", "/staff/breve"),
    ("POST", "/staff/breve/1/igen"),
    ("GET", "/staff/ringes-op"),
    ("POST", "/staff/ringes-op/abc"),
    ("GET", "/staff/rapport"),
    ("GET", "/staff/rapport.csv"),
    ("POST", "/staff/rapport/eksempler"),
    ("POST", "/staff/rapport/eksempler/abc/fjern"),
    ("GET", "/staff/statistik"),
    ("GET", "/staff/statistik/maal"),
    ("GET", "/staff/statistik/key-features"),
    ("GET", "/staff/statistik/hvem"),
    ("GET", "/staff/statistik/fremmoede"),
    ("GET", "/staff/statistik/udbytte"),
    ("GET", "/staff/statistik/aktiviteter"),
    ("GET", "/staff/key-features"),
    ("GET", "/staff/key-features/{year}"),
    ("GET", "/staff/key-features/{year}/vaelg"),
    ("POST", "/staff/key-features/{year}/vaelg"),
    ("POST", "/staff/key-features/{year}/kf-literacy/maal"),
    ("GET", "/staff/key-features/kf-literacy"),
    ("GET", "/staff/key-features/kf-literacy/ret"),
    ("POST", "/staff/key-features/kf-literacy/ret"),
    ("GET", "/staff/key-features/kf-literacy/ny-indikator"),
    ("POST", "/staff/key-features/kf-literacy/ny-indikator"),
    ("GET", "/staff/key-features/indikator/{indicator}"),
    ("GET", "/staff/key-features/indikator/{indicator}/ret"),
    ("POST", "/staff/key-features/indikator/{indicator}/ret"),
    ("POST", "/staff/key-features/indikator/{indicator}/maaling"),
    ("POST", "/staff/key-features/indikator/{indicator}/maaling/abc/stryg"),
    ("POST", "/staff/key-features/indikator/{indicator}/hvil"),
    ("POST", "/staff/unesco-liste/fil"),
    ("GET", "/staff/unesco-liste"),
    ("GET", "/staff/befolkning"),
    ("POST", "/staff/befolkning"),
    ("POST", "/staff/befolkning/gem"),
    ("POST", "/staff/befolkning/age/2026/slet"),
    ("POST", "/staff/unesco-liste"),
    ("GET", "/staff/graenser"),
    ("POST", "/staff/graenser"),
    ("GET", "/staff/graenser/{limit}"),
    ("POST", "/staff/graenser/{limit}/loeft"),
    ("POST", "/staff/graenser/{limit}/tilbage"),
    ("GET", "/staff/spoergsmaal"),
    ("GET", "/staff/spoergsmaal/{question}"),
    ("POST", "/staff/spoergsmaal/{question}/tag"),
    ("POST", "/staff/spoergsmaal/{question}/giv-tilbage"),
    ("POST", "/staff/spoergsmaal/{question}/luk"),
    ("POST", "/staff/spoergsmaal/{question}/genaabn"),
    ("POST", "/staff/spoergsmaal/{question}/svar"),
    ("GET", "/staff/forslag"),
    ("GET", "/staff/forslag/{proposal}"),
    ("GET", "/staff/forslag/{proposal}/billede"),
    ("POST", "/staff/forslag/{proposal}/taken_up"),
    ("GET", "/staff/svar"),
    ("GET", "/staff/svar/nyt"),
    ("POST", "/staff/svar/nyt"),
    ("GET", "/staff/svar/{answer}"),
    ("POST", "/staff/svar/{answer}"),
    ("POST", "/staff/svar/{answer}/traek-tilbage"),
    ("GET", "/staff/chats"),
    ("POST", "/staff/chats"),
    ("POST", "/staff/chats/abc/fortryd"),
    ("GET", "/staff/beviser"),
    ("POST", "/staff/beviser"),
    ("GET", "/staff/beviser/{certificate}"),
    ("POST", "/staff/beviser/{certificate}/tilbage"),
    ("POST", "/staff/beviser/{certificate}/gyldigt"),
    ("GET", "/staff/statistik/lysbillede"),
]
# Open to admins alone; see test_staff_access.
ADMINS = {USERS + "/{user}/luk", USERS + "/inviter"}


def test_the_routes_below_are_all_there_are(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("staff.")]
    assert len(rules) == len(ROUTES)


def limit_met(town: Town) -> str:
    """The public id of a limit that somebody met."""
    with transaction():
        assert caps.stops(caps.address("anna@example.org"), town.now)
    return db.session.scalars(select(caps.LimitMet.public_id)).one()


def indicator() -> str:
    with transaction():
        loading.load(utc_now())
        wanted = IndicatorInput(names={"da": "Voksne, der læser"}, units={"da": "%"})
        return indicators.add("kf-literacy", wanted, now=utc_now()).public_id


def test_staff_see_what_organisers_and_strangers_do_not(
    app: Flask, town: Town, staff: Visitor, writer: User, organisation: Organisation
) -> None:
    activity = handed_in(town, writer)
    stranger, organiser = Visitor(app.test_client()), Visitor(signed_in(app, writer))
    names = {
        **asked_and_answered(),
        "activity": activity.public_id,
        "organisation": organisation.public_id,
        "user": writer.public_id,
        "limit": limit_met(town),
        "year": str(utc_now().year),
        "indicator": indicator(),
        "certificate": certified(town, {"name": "Anna Holm", "email": "anna@example.org"}),
    }
    before = len(letters())
    for method, path in ROUTES:
        where = path.format(**names)
        if method == "GET":
            staff.get(where, status=403 if path in ADMINS else 200)
            organiser.get(where, status=403)
            assert "/konto/log-ind" in stranger.client.get(where).location
        else:
            organiser.send(where, {"words": "Nej", "name": "X"}, status=403)
            assert "/konto/log-ind" in stranger.send(where, {}, status=302).location
    assert state_of(activity) == ActivityState.IN_REVIEW and len(letters()) == before
    looks = ["phone.list_seen", "population.seen", *["statistics.seen"] * 7]
    assert sorted(actions()) == looks, "that staff looked at names, and at exact figures"


def test_the_queue_begins_with_what_has_waited_longest(staff: Visitor, town: Town, writer: User) -> None:
    for title, days in (("Ny", 1), ("Gammel", 9), ("Midt", 4)):
        handed_in(town, writer, title, days)
    town.occurrence(town.activity("Offentlig"))
    for page in (staff.get(REVIEWS), staff.get("/staff/")):
        titles = [each.one("a").text for each in page.all("p", class_="own-line-title")]
        assert titles == ["Gammel", "Midt", "Ny"]


def test_the_review_shows_the_page_as_it_will_be(staff: Visitor, town: Town, writer: User) -> None:
    activity = handed_in(town, writer)
    frame = staff.get(f"{REVIEWS}/{activity.public_id}").one("iframe").get("src")
    assert staff.get(frame).one("h1").text == "Ud i engen"


def test_the_checklist_says_what_is_in_order_and_what_is_not(staff: Visitor, town: Town, writer: User) -> None:
    whole = handed_in(town, writer)
    assert all(checks(staff, whole).values())
    costly = handed_in(town, writer, summary="Det koster 50 kr. at være med.")
    assert [code for code, good in checks(staff, costly).items() if not good] == ["price"]
    bare = handed_in(town, writer, texts={"de": "Auf die Wiese"}, sdgs=[])
    bare.occurrences[0].place = None
    bare.occurrences[0].starts_at = town.now - timedelta(days=1)
    db.session.commit()
    wanting = {code for code, good in checks(staff, bare).items() if not good}
    assert wanting >= {"texts", "date", "place", "goals", "accessibility"}


def test_approved_it_is_public_and_its_writer_is_told_in_their_language(
    app: Flask, staff: Visitor, town: Town, writer: User, reviewer: User
) -> None:
    activity = handed_in(town, writer)
    public = f"/aktiviteter/{activity.public_id}/{activity.slug}/{activity.occurrences[0].public_id}"
    Visitor(app.test_client()).get(public, status=404)
    path = f"{REVIEWS}/{activity.public_id}"
    staff.submit(staff.get(path), path + "/godkend", {}, status=303)
    Visitor(app.test_client()).get(public)
    (letter,) = letters()
    assert letter.addresses == [{"channel": "email", "identifier": "bente@example.org"}]
    assert letter.message["language"] == "de" and "Ud i engen" in letter.message["subject"]
    (entry,) = audit.search(about=f"activity:{activity.public_id}").entries
    assert (entry.action, entry.by_id) == ("activity.published", reviewer.id)
    staff.send(path + "/godkend", {}, status=409)
    assert len(letters()) == 1


def test_what_lacks_something_is_not_approved(staff: Visitor, town: Town, writer: User) -> None:
    activity = handed_in(town, writer, sdgs=[])
    path = f"{REVIEWS}/{activity.public_id}"
    answer = staff.submit(staff.get(path), path + "/godkend", {}, status=409)
    assert "data-error-summary" in answer.text
    assert state_of(activity) == ActivityState.IN_REVIEW and letters() == []


def test_sent_back_it_carries_the_words_and_without_words_it_stays(staff: Visitor, town: Town, writer: User) -> None:
    activity = handed_in(town, writer)
    path = f"{REVIEWS}/{activity.public_id}"
    staff.submit(staff.get(path), path + "/send-tilbage", {"words": "  "}, status=422)
    assert state_of(activity) == ActivityState.IN_REVIEW and letters() == []
    staff.submit(staff.get(path), path + "/send-tilbage", {"words": "Skriv, hvor vi mødes.\n\nOg hvornår."}, status=303)
    assert state_of(activity) == ActivityState.DRAFT
    assert activity.review_words == "Skriv, hvor vi mødes.\n\nOg hvornår."
    (letter,) = letters()
    assert {"Skriv, hvor vi mødes.", "Og hvornår."} <= set(letter.message["text"])
    assert letter.message["buttons"][0]["url"].endswith(f"/organiser/aktiviteter/{activity.public_id}")
    assert actions() == ["activity.sent_back"]


def test_without_a_writer_the_editors_are_told_and_without_those_the_organisation(
    app: Flask, staff: Visitor, town: Town, writer: User, organisation: Organisation
) -> None:
    account("Ved døren", member_of={organisation: Rights.CHECK_IN})
    empty = town.organisation("Tom")
    for holder, told in ((organisation, "bente@example.org"), (empty, "bibliotek@example.org")):
        activity = town.activity(organisation=holder, state=ActivityState.IN_REVIEW, submitted_at=town.now)
        town.occurrence(activity)
        staff.send(f"{REVIEWS}/{activity.public_id}/send-tilbage", {"words": "Mere."}, status=303)
        assert [each["identifier"] for each in letters()[-1].addresses] == [told]
    assert len(letters()) == 2


def test_an_organisation_is_made_changed_and_found(staff: Visitor, organisation: Organisation) -> None:
    new = ORGANISATIONS + "/ny"
    told = {"name": "Ærø Roklub", "kind": "association", "email": "ro@example.org", "presentation_da": "Vi ror."}
    told["url"] = "roklub.example.org"
    path = staff.submit(staff.get(new), new, told, status=303).location
    made = db.session.scalars(select(Organisation).where(Organisation.name == "Ærø Roklub")).one()
    assert path.endswith(made.public_id)
    assert (made.email, made.url) == ("ro@example.org", "https://roklub.example.org")
    assert (made.presentation, made.trusted) == ({"da": "Vi ror."}, False)
    staff.submit(staff.get(path + "/ret"), path + "/ret", {"trusted": "1", "phone": "12 34 56 78"}, status=303)
    db.session.expire_all()
    assert made.trusted and made.phone == "12 34 56 78" and made.presentation == {"da": "Vi ror."}
    assert actions() == ["organisation.created", "organisation.changed"]
    names = [each.text for each in staff.get(ORGANISATIONS + "?q=ROKLUB").all("p", class_="own-line-title")]
    assert names == ["Ærø Roklub"]
    assert len(staff.get(ORGANISATIONS).all("p", class_="own-line-title")) == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "NATURFORENINGEN"}, "name"),
        ({"email": "ingen adresse"}, "email"),
        ({"phone": "ring bare"}, "phone"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"kind": "club"}, "kind"),
    ],
)
def test_a_form_that_cannot_be_kept_is_shown_again_with_what_was_written(
    staff: Visitor, organisation: Organisation, wrong: dict[str, str], field: str
) -> None:
    new = ORGANISATIONS + "/ny"
    told = {"name": "Ærø Roklub", "sector": "sport", **wrong}
    answer = staff.submit(staff.get(new), new, told, status=422)
    assert f'href="#{field}"' in answer.text and 'value="sport"' in answer.text
    assert db.session.query(Organisation).count() == 1


def test_an_editor_is_invited_the_invitation_taken_back_and_a_member_removed(
    staff: Visitor, organisation: Organisation, writer: User
) -> None:
    own = f"{ORGANISATIONS}/{organisation.public_id}"
    page = staff.get(own)
    assert "Bente Lund" in page.text
    staff.submit(page, own + "/inviter", {"email": "ikke en adresse"}, status=422)
    staff.submit(page, own + "/inviter", {"email": "ny@example.org", "rights": "editor", "language": "de"}, status=303)
    (letter,) = letters()
    assert letter.addresses[0]["identifier"] == "ny@example.org" and letter.message["language"] == "de"
    page = staff.get(own)
    (back,) = [form for form in page.all("form") if form.get("action").endswith("/tag-tilbage")]
    staff.submit(page, back.get("action"), {}, status=303)
    assert "ny@example.org" not in staff.get(own).text
    member = f"{own}/medlemmer/{writer.public_id}"
    for rights in ("check_in", "editor"):
        staff.submit(staff.get(own), member + "/rettigheder", {}, status=303)
        db.session.expire_all()
        assert writer.memberships[0].rights == rights
    staff.send(member + "/rettigheder", {"rights": "everything"}, status=400)
    assert staff.get(own).all("a", href=member + "/fjern")
    staff.submit(staff.get(member + "/fjern"), member + "/fjern", {}, status=303)
    db.session.expire_all()
    assert writer.memberships == []
    assert staff.client.get(member + "/fjern").location == own, "there is nothing left to ask"
    assert actions()[-3:] == ["account.rights_changed"] * 2 + ["account.membership_ended"]


def test_a_declaration_is_kept_once_a_year_and_who_lacks_it_is_listed(
    staff: Visitor, organisation: Organisation, town: Town
) -> None:
    town.organisation("En afdeling, som ikke skal")
    db.session.commit()
    own, year = f"{ORGANISATIONS}/{organisation.public_id}", utc_now().year

    def listed() -> list[str]:
        return [each.text for each in staff.get("/staff/erklaeringer").all("p", class_="own-line-title")]

    assert listed() == ["Naturforeningen"]
    told = {"year": str(year), "declared_by": "Ole Bo, formand", "declared_on": utc_now().date().isoformat()}
    path = own + "/erklaeringer"
    staff.submit(staff.get(own), path, told, status=303)
    staff.submit(staff.get(own), path, told, status=422)
    (kept,) = declarations.declarations_of(organisation.id)
    assert (kept.year, kept.declared_by, kept.declared_on) == (year, "Ole Bo, formand", utc_now().date())
    assert listed() == [] and "Ole Bo, formand" in staff.get(own).text
    staff.submit(staff.get(own), path, {**told, "year": str(year - 1)}, status=303)
    staff.submit(staff.get(own), f"{path}/{year}/slet", {}, status=303)
    assert listed() == ["Naturforeningen"]
    assert actions() == ["organisation.declared"] * 2 + ["organisation.declaration_taken_back"]


@pytest.mark.parametrize(
    "wrong",
    [{"declared_by": ""}, {"declared_on": "engang"}, {"declared_on": "2999-01-01"}, {"year": "1850"}, {"year": "²²²²"}],
)
def test_a_declaration_that_cannot_be_right_is_not_kept(
    staff: Visitor, organisation: Organisation, wrong: dict[str, str]
) -> None:
    own = f"{ORGANISATIONS}/{organisation.public_id}"
    told = {"year": str(utc_now().year), "declared_by": "Ole Bo", "declared_on": utc_now().date().isoformat(), **wrong}
    staff.submit(staff.get(own), own + "/erklaeringer", told, status=422)
    assert declarations.declarations_of(organisation.id) == []


def test_accounts_show_role_second_step_and_when_they_were_last_here(
    app: Flask, staff: Visitor, writer: User, reviewer: User
) -> None:
    reviewer.tf_primary_method = "authenticator"
    db.session.commit()
    rows = {row.one("a").text: [cell.text for cell in row.all("td")] for row in staff.get(USERS).one("tbody").all("tr")}
    assert set(rows) == {"Bente Lund", "Karl Holm"}
    assert rows["Bente Lund"][1:] != rows["Karl Holm"][1:] and str(utc_now().year) in rows["Karl Holm"][2]
    assert "Naturforeningen" in rows["Bente Lund"][0] and str(utc_now().year) not in rows["Bente Lund"][2]
    assert [each.text for each in staff.get(USERS + "?q=bente").one("tbody").all("a")] == ["Bente Lund"]
    assert [each.text for each in staff.get(USERS + "?role=staff").one("tbody").all("a")] == ["Karl Holm"]
    assert not staff.get(USERS).all("form", action=USERS + "/inviter")


def test_the_log_is_searched_by_words_person_thing_and_days(
    staff: Visitor, organisation: Organisation, writer: User, reviewer: User
) -> None:
    now, about = utc_now(), f"organisation:{organisation.public_id}"
    with transaction():
        audit.record(writer, "activity.created", "activity:abc", {"title": "Engen"}, now - timedelta(days=10))
        audit.record(reviewer, "organisation.changed", about, {"fields": ["phone"]}, now)
        audit.record(None, "invitation.sent", "invitation:def", {"email": "ny@example.org"}, now)

    def day(days: int) -> str:
        return (now - timedelta(days=days)).date().isoformat()

    def found(question: str = "") -> int:
        return len(staff.get(f"{LOG}?{question}").all("li", class_="own-line"))

    assert found() == 3
    assert (
        found("q=engen")
        == found(f"by={writer.public_id}")
        == found("action=activity.created")
        == found(f"last={day(5)}")
        == 1
    )
    assert found(f"about={about}") == found(f"by={reviewer.public_id}&q=phone") == 1
    assert found(f"first={day(5)}") == 2 and found("q=ingenting") == 0
    assert 'href="#first"' in staff.client.get(LOG + "?first=engang").text
    entry = staff.get(f"{LOG}?about={about}").one("ol")
    assert entry.one("a", href=f"{ORGANISATIONS}/{organisation.public_id}").text == "Naturforeningen"


def test_the_log_is_read_page_by_page(staff: Visitor, reviewer: User) -> None:
    with transaction():
        for number in range(audit.PER_PAGE + 1):
            audit.record(reviewer, "account.signed_in", f"account:{number}", {}, utc_now())
    page = staff.get(LOG + "?q=account")
    assert len(page.all("li", class_="own-line")) == audit.PER_PAGE
    older = page.one("a", rel="next").get("href")
    assert "q=account" in older and len(staff.get(older).all("li", class_="own-line")) == 1
    staff.get(LOG + "?page=99999")
    staff.get(LOG + "?page=²")


@pytest.mark.parametrize("asked", ["last=9999-12-31", "first=0001-01-01&last=0001-01-01", "first=9999-12-31", "by=%00", "about=%00", "page=99999"])  # fmt: skip
def test_the_log_answers_whatever_is_asked(staff: Visitor, asked: str) -> None:
    assert staff.client.get(f"{LOG}?{asked}").status_code == 200


def test_what_was_exchanged_while_it_was_read_is_shown_once_more(staff: Visitor, town: Town, writer: User) -> None:
    activity = handed_in(town, writer)
    path = f"{REVIEWS}/{activity.public_id}"
    page = staff.get(path)
    publishing.withdraw(activity, writer.id, town.now)
    activity.texts[0].title = "Køb nu"
    publishing.submit(activity, writer.id, town.now)
    db.session.commit()
    again = parse(staff.submit(page, path + "/godkend", {}, status=409).text)
    assert state_of(activity) == ActivityState.IN_REVIEW
    assert "Køb nu" in again.one("h1").text and again.one("div", class_="alert-error")
    staff.submit(again, path + "/godkend", {}, status=303)
    assert state_of(activity) == ActivityState.PUBLISHED


def test_who_left_the_organisation_is_not_told_what_becomes_of_its_activities(
    staff: Visitor, town: Town, writer: User, organisation: Organisation
) -> None:
    colleague = account("Ole Dam", member_of=[organisation], email="ole@example.org")
    activity = handed_in(town, writer)
    writer.memberships.clear()
    db.session.commit()
    staff.submit(
        staff.get(f"{REVIEWS}/{activity.public_id}"),
        f"{REVIEWS}/{activity.public_id}/send-tilbage",
        {"words": "Kun til jer."},
        status=303,
    )
    assert [letter.addresses[0]["identifier"] for letter in letters()] == [colleague.email]
