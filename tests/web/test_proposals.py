"""Proposing an activity on the web: the form and its proof, the proposer's page, the desk in both rooms, and the public list."""

import io

import pytest
from flask import Flask
from PIL import Image

from engage.accounts import Rights, RoleName, User
from engage.activities.models import Activity
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.people import unsubscribing
from engage.proposals import Proposal, ProposalState, desk
from engage.proposals import letters as proposal_letters
from engage.proposals.models import ProposalInterest, ProposalPicture
from engage.worker import follow_up_proposals
from tests.accounts.cast import account, signed_in
from tests.proposals.cast import kinds, person, proposed
from tests.town import Town
from tests.web.coming_in import come_in
from tests.web.conftest import Visitor, browser, letters, path_of, read
from tests.web.test_organiser import READY, start
from tests.web.test_organiser import send as fill_in

FORM, STAFF, OWN = "/foreslaa", "/staff/forslag", "/organiser/forslag"
FIELDS = {"title": "Repaircafé i Guderup", "text": "Vi reparerer lamper.", "email": "Bo@Example.org", "theme": "g-12",
          "can_help": "yes", "name": "Bo Lund"}  # fmt: skip


@pytest.fixture
def karl(app: Flask) -> User:
    return account("Karl Holm", roles=[RoleName.STAFF])


@pytest.fixture
def staff(app: Flask, karl: User) -> Visitor:
    return Visitor(signed_in(app, karl))


@pytest.fixture
def olga(app: Flask, town: Town) -> Visitor:
    return Visitor(signed_in(app, account("Olga Ravn", member_of={town.organisation(): Rights.EDITOR})))


def proposal() -> Proposal:
    db.session.expire_all()
    return db.session.query(Proposal).one()


def shown(karl: User) -> Proposal:
    found = proposed(name="Anna Holm", now=utc_now())
    with transaction():
        desk.show(found.public_id, "Vist titel", "Viste ord.", by=karl, now=utc_now())
    return found


def photograph() -> io.BytesIO:
    """A JPEG that says where it was taken."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "Annas have"
    Image.new("RGB", (400, 300), "green").save(out, "JPEG", exif=exif)
    out.seek(0)
    return out


def test_a_form_goes_by_the_mailbox_to_the_desk(app: Flask, visitor: Visitor, staff: Visitor, town: Town) -> None:
    visitor.submit(visitor.get(FORM), FORM, FIELDS, status=303)
    assert "bo@example.org" in visitor.get(f"{FORM}/sendt").text
    assert staff.get(f"{STAFF}/{proposal().public_id}", status=404)
    (letter,) = letters()
    path = path_of(letter.message["buttons"][0]["url"])
    page = visitor.get(path)
    assert "Repaircafé" in page.text and proposal().state == ProposalState.UNPROVEN, "opening it changes nothing"
    answer = visitor.submit(page, path, {}, status=303)
    found = proposal()
    assert (found.state, found.sdg, found.can_help, found.shows_name) == (ProposalState.NEW, 12, True, False)
    assert "Vi reparerer lamper." in visitor.get(answer.location).text
    assert "Repaircafé" in visitor.get("/mine/forslag").text, "the button has let them in"
    desk_page = staff.get(f"{STAFF}/{found.public_id}").text
    assert "bo@example.org" not in desk_page
    assert "Bo Lund" not in desk_page and found.name is None, "named only if they wish"


@pytest.mark.parametrize(
    ("lacks", "beside"),
    [
        ({"title": ""}, "title"),
        ({"text": ""}, "text"),
        ({"email": ""}, "email"),
        ({"email": "bo"}, "email"),
        ({"name": "", "shows_name": "yes"}, "name"),
    ],
)
def test_what_lacks_is_said_beside_it_and_nothing_typed_is_lost(
    visitor: Visitor, town: Town, lacks: dict[str, str], beside: str
) -> None:
    fields = {**FIELDS, **lacks}
    page = read(visitor.submit(visitor.get(FORM), FORM, fields, status=422), 422)
    assert page.all("a", href=f"#{beside}") and page.one(id=beside).get("aria-invalid") == "true"
    assert fields["text"] in page.one("textarea", id="text").text
    assert db.session.query(Proposal).count() == 0


def test_a_picture_comes_along_without_what_the_camera_said(app: Flask, olga: Visitor, town: Town) -> None:
    anna = come_in(app)
    token = anna.get(FORM).one("form", action=FORM).fields()["csrf_token"]
    fields = {**FIELDS, "csrf_token": token}
    broken = anna.client.post(FORM, data={**fields, "picture": (io.BytesIO(b"no"), "a.jpg")})
    assert broken.status_code == 422 and read(broken, 422).all("a", href="#picture")
    answer = anna.client.post(FORM, data={**fields, "picture": (photograph(), "a.jpg")})
    assert answer.status_code == 303 and "/mit-forslag/" in answer.location, "who is known needs no proof"
    row = db.session.query(ProposalPicture).one()
    assert Image.open(io.BytesIO(row.large)).format == "WEBP" and b"Annas have" not in row.large + row.small
    name = proposal().public_id
    picture = olga.client.get(f"{OWN}/{name}/billede")
    assert picture.mimetype == "image/webp" and picture.headers["Cache-Control"] == "private, no-store"
    page = olga.get(f"{OWN}/{name}")
    olga.submit(page, f"{OWN}/{name}/taken_up", {}, status=303)
    olga.submit(olga.get(f"{OWN}/{name}"), f"{OWN}/{name}/drafted", {}, status=303)
    activity = db.session.query(Activity).filter_by(id=proposal().activity_id).one()
    assert activity.picture_id is not None and activity.sdgs == [12]


def test_a_picture_may_come_later_on_the_page_of_the_proposal(app: Flask, olga: Visitor, town: Town) -> None:
    found = proposed()
    own, token = proposal_letters.page(found), proposal_letters.token(found)
    anna = Visitor(browser(app))
    csrf = anna.get(path_of(own)).one("form", action=f"/mit-forslag/{token}/billede").fields()["csrf_token"]

    def send(*file: object) -> int:
        sent = {"csrf_token": csrf, **({"picture": file} if file else {})}
        return anna.client.post(f"/mit-forslag/{token}/billede", data=sent).status_code

    assert send() == 422 and send(io.BytesIO(b"no"), "a.jpg") == 422
    assert send(photograph(), "a.jpg") == 303 and send(photograph(), "b.jpg") == 303, "the newest takes the place"
    row = db.session.query(ProposalPicture).one()
    assert b"Annas have" not in row.large + row.small
    assert olga.client.get(f"{OWN}/{found.public_id}/billede").mimetype == "image/webp"
    anna.submit(anna.get(path_of(own)), f"/mit-forslag/{token}/traek-tilbage", {}, status=303)
    assert send(photograph(), "a.jpg") == 409
    assert anna.client.post("/mit-forslag/x/billede", data={"csrf_token": csrf}).status_code in {404, 422}


def test_the_desk_asks_and_the_proposers_page_answers(app: Flask, olga: Visitor, town: Town) -> None:
    found = proposed(name="Anna Holm", now=utc_now())
    name, own = found.public_id, path_of(proposal_letters.page(found))
    assert found.title in olga.get(OWN).text
    page = olga.get(f"{OWN}/{name}")
    assert "Anna" not in page.text and "anna@" not in page.text
    olga.submit(page, f"{OWN}/{name}/taken_up", {}, status=303)
    lacks = read(olga.submit(olga.get(f"{OWN}/{name}"), f"{OWN}/{name}/asked", {"words": " "}, status=422), 422)
    assert lacks.all("a", href="#asked")
    olga.submit(olga.get(f"{OWN}/{name}"), f"{OWN}/{name}/asked", {"words": "Hvor mange?"}, status=303)
    citizen = Visitor(browser(app))
    page = citizen.get(own)
    assert "Hvor mange?" in page.text and "Biblioteket" in page.text
    assert read(citizen.submit(page, f"{own}/svar", {"words": ""}, status=422), 422).all("a", href="#words")
    citizen.submit(page, f"{own}/svar", {"words": "Tyve."}, status=303)
    late = citizen.submit(page, f"{own}/svar", {"words": "Tredive."}, status=409)
    assert "Tredive." in late.get_data(as_text=True), "what was not sent can be copied"
    assert "Tyve." in olga.get(f"{OWN}/{name}").text
    citizen.submit(citizen.get(own), f"{own}/traek-tilbage", {}, status=303)
    assert not olga.get(f"{OWN}/{name}").all("textarea"), "nothing is left to be done"
    assert proposal().state == ProposalState.WITHDRAWN
    assert kinds(found) == ["received", "taken_up", "asked_back"]


def test_an_idea_becomes_a_published_activity_and_each_step_is_a_letter(
    app: Flask, visitor: Visitor, olga: Visitor, staff: Visitor, town: Town
) -> None:
    visitor.submit(visitor.get(FORM), FORM, FIELDS, status=303)
    path = path_of(letters()[0].message["buttons"][0]["url"])
    own = visitor.submit(visitor.get(path), path, {}, status=303).location
    desk_page = f"{OWN}/{proposal().public_id}"
    for step, words in (("taken_up", {}), ("asked", {"words": "Hvor mange?"})):
        olga.submit(olga.get(desk_page), f"{desk_page}/{step}", words, status=303)
    visitor.submit(visitor.get(own), f"{own}/svar", {"words": "Tyve."}, status=303)
    draft = olga.submit(olga.get(desk_page), f"{desk_page}/drafted", {}, status=303).location
    fill_in(olga, draft, {**READY, "spoken": ["da"], **start(title_da=FIELDS["title"])}, status=303, do="submit")
    stranger = Visitor(signed_in(app, account("Else Krog", member_of={town.organisation("Museet"): Rights.EDITOR})))
    for theirs in (desk_page, draft):
        stranger.get(theirs, status=404)
    review = f"/staff/gennemsyn/{draft.rsplit('/', 1)[1]}"
    staff.submit(staff.get(review), f"{review}/godkend", {}, status=303)
    assert follow_up_proposals(utc_now()) == 1
    activity = db.session.query(Activity).one()
    date = activity.occurrences[0]
    assert FIELDS["title"] in visitor.get(f"/aktiviteter/{activity.public_id}/{activity.slug}/{date.public_id}").text
    assert activity.slug in visitor.get(own).one("main").one(
        "a", href=f"/aktiviteter/{activity.public_id}/{activity.slug}"
    ).get("href")
    assert kinds(proposal()) == ["received", "taken_up", "asked_back", "draft", "published"]
    assert {each.recipient or each.addresses[0]["identifier"] for each in letters() if "proposal:" in each.key} == {
        "bo@example.org"
    }


def test_the_first_pages_tell_what_waits_at_the_desk(
    app: Flask, olga: Visitor, staff: Visitor, visitor: Visitor, town: Town
) -> None:
    for title in ("Repaircafé", "Strikkecafé"):
        found = proposed(title, now=utc_now())
    for room, there in (("/organiser/", olga), ("/staff/", staff)):
        assert "2 forslag venter" in there.get(room).one("section", **{"aria-labelledby": "proposals"}).text
    page = f"{OWN}/{found.public_id}"
    for step, words in (("taken_up", {}), ("asked", {"words": "Hvor?"})):
        olga.submit(olga.get(page), f"{page}/{step}", words, status=303)
    own = path_of(proposal_letters.page(found))
    visitor.submit(visitor.get(own), f"{own}/svar", {"words": "Her."}, status=303)
    waits = olga.get("/organiser/").one("section", **{"aria-labelledby": "proposals"})
    assert [each.get("href") for each in waits.all("a")] == [OWN, f"{OWN}?state=in_hand"]
    door_keeper = account("Ida", member_of={town.organisation(): Rights.CHECK_IN})
    guard = Visitor(signed_in(app, door_keeper)).get("/organiser/")
    assert not guard.all("section", **{"aria-labelledby": "proposals"})
    assert visitor.get("/").all("a", href="/forslag")


def test_words_that_could_not_be_sent_stand_where_they_were_written(app: Flask, olga: Visitor, town: Town) -> None:
    name = proposed(now=utc_now()).public_id
    olga.submit(olga.get(f"{OWN}/{name}"), f"{OWN}/{name}/taken_up", {}, status=303)
    page = olga.get(f"{OWN}/{name}")
    lacks = read(olga.submit(page, f"{OWN}/{name}/asked", {"words": "???"}, status=422), 422)
    assert "???" in lacks.one("textarea", id="asked").text and "???" not in lacks.one("textarea", id="declined").text
    olga.submit(page, f"{OWN}/{name}/asked", {"words": "Hvor?"}, status=303)
    assert "Hvornår?" in read(olga.submit(page, f"{OWN}/{name}/asked", {"words": "Hvornår?"}, status=409), 409).text


def test_who_has_several_organisations_is_asked_at_the_field(app: Flask, town: Town) -> None:
    both = {town.organisation("Biblioteket"): Rights.EDITOR, town.organisation("Museet"): Rights.EDITOR}
    olga = Visitor(signed_in(app, account("Olga Ravn", member_of=both)))
    path = f"{OWN}/{proposed(now=utc_now()).public_id}"
    page = read(olga.submit(olga.get(path), f"{path}/taken_up", {"organisation": ""}, status=422), 422)
    assert page.all("a", href="#take-organisation")
    assert page.one("select", id="take-organisation").get("aria-invalid") == "true"


def test_a_link_says_itself_what_it_is_for(visitor: Visitor, town: Town) -> None:
    visitor.submit(visitor.get(FORM), FORM, FIELDS, status=303)
    link = path_of(letters()[0].message["buttons"][0]["url"])
    visitor.submit(visitor.get(link), link, {"hears": "1"}, status=303)
    assert proposal().state == ProposalState.NEW


def test_a_link_that_was_changed_opens_nothing(visitor: Visitor, town: Town) -> None:
    own = path_of(proposal_letters.page(proposed()))
    assert visitor.client.get(own[:-2] + "xx").status_code in {400, 403, 404, 410}
    assert visitor.client.get(f"{FORM}/bekraeft/abc").status_code in {404, 410, 422}


def test_staff_choose_the_words_that_everybody_reads(app: Flask, visitor: Visitor, staff: Visitor, town: Town) -> None:
    found = proposed(name="Anna Holm", now=utc_now())
    name = found.public_id
    assert visitor.get(f"/forslag/{name}", status=404)
    page = staff.get(f"{STAFF}/{name}")
    words = {"shown_title": "Reparér sammen", "shown_text": ""}
    assert read(staff.submit(page, f"{STAFF}/{name}/shown", words, status=422), 422).all("a", href="#shown")
    staff.submit(page, f"{STAFF}/{name}/shown", {**words, "shown_text": "Godkendte ord."}, status=303)
    public = visitor.get(f"/forslag/{name}")
    assert "Godkendte ord." in public.text and "Anna" not in public.text and found.text not in public.text
    assert "Reparér sammen" in visitor.get("/forslag").text
    staff.submit(staff.get(f"{STAFF}/{name}"), f"{STAFF}/{name}/hidden", {}, status=303)
    assert visitor.get(f"/forslag/{name}", status=404)


def test_who_would_come_is_counted_once_and_can_undo_it(app: Flask, visitor: Visitor, karl: User, town: Town) -> None:
    path = f"/forslag/{shown(karl).public_id}"
    page = visitor.get(path)
    for _again in range(2):
        visitor.submit(page, f"{path}/jeg-kommer", {}, status=303)
    assert db.session.query(ProposalInterest).one().person_id is None
    visitor.submit(visitor.get(path), f"{path}/jeg-kommer-ikke", {}, status=303)
    assert db.session.query(ProposalInterest).count() == 0


def test_who_leaves_an_address_hears_of_it_once_they_have_shown_it(visitor: Visitor, karl: User, town: Town) -> None:
    found = shown(karl)
    path = f"/forslag/{found.public_id}"
    bad = visitor.submit(visitor.get(path), f"{path}/jeg-kommer", {"email": "bo"}, status=422)
    assert read(bad, 422).all("a", href="#email")
    visitor.submit(visitor.get(path), f"{path}/jeg-kommer", {"email": "bo@example.org"}, status=303)
    assert not db.session.query(ProposalInterest).one().hears
    letter = next(each for each in letters() if each.recipient == "bo@example.org")
    link = path_of(letter.message["buttons"][0]["url"])
    visitor.submit(visitor.get(link), link, {}, status=303)
    db.session.expire_all()
    row = db.session.query(ProposalInterest).one()
    assert row.hears and row.person_id == person("bo@example.org")
    page = visitor.get(path)
    assert page.all("form", action=f"{path}/jeg-kommer-ikke"), "the page knows that they said it"
    visitor.submit(page, f"{path}/jeg-kommer", {}, status=303)
    assert db.session.query(ProposalInterest).count() == 1
    stop = path_of(unsubscribing.link(proposal_letters.HEARS, row.person_id))
    visitor.submit(visitor.get(stop), stop, {}, status=200)
    db.session.expire_all()
    assert not db.session.query(ProposalInterest).one().hears
