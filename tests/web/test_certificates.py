"""Certificates on the web: asked for, seen, downloaded, checked by others and deleted, in the browser of each."""

import re
import zlib
from datetime import timedelta

from flask import Flask

from engage.activities.models import Kind, Occurrence
from engage.base.clock import utc_now
from engage.base.db import db
from engage.base.i18n import gettext, speaking
from engage.registrations import Registration
from engage.registrations.attendance import Attendance
from tests.town import Town
from tests.web.coming_in import ANNA, come_in
from tests.web.conftest import Visitor, browser


def over(town: Town, *, came: int | None = 1, hours: int | None = None, title: str = "Klimacafé") -> Registration:
    """A sign-up of Anna's for what was yesterday."""
    date = town.occurrence(town.activity(title, kind=Kind.VOLUNTEER if hours else Kind.LEARNING))
    registration = town.signed_up(date, email=ANNA, name="Anna Ærø")
    found = db.session.get_one(Occurrence, date.id)
    found.starts_at, found.ends_at = utc_now() - timedelta(days=1, hours=2), utc_now() - timedelta(days=1)
    if came is not None:
        row = {"registration_id": registration.id, "occurrence_id": date.id, "marked_at": utc_now()}
        db.session.add(Attendance(**row, seats=came, minutes=hours and hours * 60))
    db.session.commit()
    return registration


def made(visitor: Visitor, registration: Registration, **wish: str) -> str:
    """Ask for a certificate on the page; returns where it stands."""
    path = f"/mine/beviser/om/{registration.public_id}"
    location = visitor.submit(visitor.get(path), path, wish, status=303).location
    assert re.fullmatch(r"/mine/beviser/[a-z0-9]{24}", location)
    return str(location)


def test_one_is_asked_for_from_the_list_and_from_the_sign_up(app: Flask, town: Town) -> None:
    registration = over(town)
    visitor = come_in(app)
    ask = f"/mine/beviser/om/{registration.public_id}"
    for page in ("/mine/tidligere", f"/mine/tilmelding/{registration.public_id}", "/mine/beviser"):
        assert visitor.get(page).one("a", href=ask)
    form = visitor.get(ask)
    assert form.one("input", id="name").get("value") == "Anna Ærø"
    where = made(visitor, registration, name="Anna Marie Ærø")
    page = visitor.get(where).text
    assert "Anna Marie Ærø" in page and "Klimacafé" in page and "Biblioteket" in page
    assert visitor.client.get(ask).location == where, "there is one already"


def test_without_a_name_it_names_nobody(app: Flask, town: Town) -> None:
    visitor = come_in_with(app, town)
    where = made(visitor, db.session.query(Registration).one(), name="")
    assert "Ærø" not in visitor.get(where).text


def come_in_with(app: Flask, town: Town, **facts: int | None) -> Visitor:
    over(town, **facts)  # type: ignore[arg-type]
    return come_in(app)


def test_where_nobody_was_checked_in_it_says_had_a_place(app: Flask, town: Town) -> None:
    visitor = come_in_with(app, town, came=None)
    where = made(visitor, db.session.query(Registration).one())
    shown = browser(app).get(where.replace("/mine/beviser", "/bevis")).text
    for page in (visitor.get(where).text, shown):
        assert with_danish("Certificate of a place") in page
        assert with_danish("Certificate of participation") not in page
    assert with_danish("The organiser checked people in.") not in shown


def with_danish(words: str) -> str:
    with speaking("da"):
        return gettext(words)


def test_the_page_for_others_says_what_and_never_whose(app: Flask, town: Town) -> None:
    visitor = come_in_with(app, town)
    where = made(visitor, db.session.query(Registration).one(), name="Anna Ærø")
    stranger = browser(app)
    address = where.replace("/mine/beviser", "/bevis")
    answer = stranger.get(address)
    assert answer.status_code == 200
    assert "Klimacafé" in answer.text and "Biblioteket" in answer.text
    assert "Ærø" not in answer.text and ANNA not in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex" and 'content="noindex"' in answer.text
    assert 'id="name"' not in answer.text, "she did not allow that her name is checked"
    Visitor(stranger).send(address, {"name": "Anna Ærø"}, status=404)
    assert stranger.get(where).status_code == 302
    assert stranger.get("/bevis/" + "x" * 24).status_code == 404


def test_others_are_told_yes_or_no_of_a_name_where_it_is_allowed(app: Flask, town: Town) -> None:
    visitor = come_in_with(app, town)
    where = made(visitor, db.session.query(Registration).one(), name="Anna Ærø", checkable="1")
    stranger, address = Visitor(browser(app)), where.replace("/mine/beviser", "/bevis")
    yes = stranger.submit(stranger.get(address), address, {"name": "anna ærø"}, status=200).text
    no = stranger.submit(stranger.get(address), address, {"name": "Anna"}, status=200).text
    assert "alert-success" in yes.partition("<form")[0].rpartition("section")[2]
    assert "alert-warning" in no.partition("<form")[0].rpartition("section")[2]
    for _each in range(3):
        stranger.submit(stranger.get(address), address, {"name": "Bo"}, status=200)
    stranger.submit(stranger.get(address), address, {"name": "Bo"}, status=429)


def test_one_that_is_deleted_does_not_exist_for_anybody(app: Flask, town: Town) -> None:
    visitor = come_in_with(app, town)
    where = made(visitor, db.session.query(Registration).one())
    visitor.submit(visitor.get(f"{where}/slet"), f"{where}/slet", {}, status=303)
    assert browser(app).get(where.replace("/mine/beviser", "/bevis")).status_code == 404
    assert visitor.client.get(where).status_code == 404


def test_what_is_somebody_elses_is_not_there(app: Flask, town: Town) -> None:
    visitor = come_in_with(app, town)
    where = made(visitor, db.session.query(Registration).one())
    town.signed_up(town.occurrence(), email="bo@example.org")
    bo = come_in(app, "bo@example.org")
    for part in ("", "/slet", "/kode.svg", "/bevis.pdf", "/bevis.jwt", "/bevis.json"):
        assert bo.client.get(where + part).status_code == 404, part
    bo.send(f"{where}/slet", {}, status=404)
    assert visitor.client.get(where).status_code == 200


def test_hours_are_stated_for_a_period_one_chooses(app: Flask, town: Town) -> None:
    over(town, hours=3, title="Strandrensning")
    visitor = come_in(app)
    day = utc_now().date()
    wish = {"name": "Anna", "first": (day - timedelta(days=9)).isoformat(), "last": day.isoformat()}
    where = visitor.submit(visitor.get("/mine/beviser"), "/mine/beviser/timer", wish, status=303).location
    page = visitor.get(where).text
    assert "Strandrensning" in page and "3 " in page
    early = {**wish, "last": wish["first"]}
    refused = visitor.submit(visitor.get("/mine/beviser"), "/mine/beviser/timer", early, status=422).text
    assert 'value="Anna"' in refused and "error-summary" in refused


def test_the_credential_is_downloaded_and_verified_with_the_keys_that_are_published(app: Flask, town: Town) -> None:
    visitor = come_in_with(app, town)
    where = made(visitor, db.session.query(Registration).one())
    answer = visitor.client.get(f"{where}/bevis.jwt")
    assert answer.mimetype == "application/vc+jwt" and ".jwt" in answer.headers["Content-Disposition"]
    envelope = visitor.client.get(f"{where}/bevis.json").get_json(force=True)
    assert envelope["type"] == "EnvelopedVerifiableCredential"
    assert envelope["id"] == f"data:application/vc+jwt,{answer.text}"
    assert visitor.client.get(f"{where}/bevis.exe").status_code == 404
    stranger = browser(app)
    keys = stranger.get("/.well-known/credentials/keys.json")
    assert keys.headers["Access-Control-Allow-Origin"] == "*" and "Set-Cookie" not in keys.headers
    (key,) = keys.get_json()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}, "nothing of the private half"
    assert stranger.get(f"/.well-known/credentials/keys/{key['kid']}.json").get_json() == key
    assert stranger.get("/.well-known/credentials/keys/none.json").status_code == 404
    assert stranger.get("/.well-known/credentials/issuer.json").get_json()["type"] == ["Profile"]


def words_of(content: bytes) -> str:
    """The words of a PDF, read back by the character map that each of its fonts carries."""
    streams = []
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            # The last byte of its check sum may be a line's end; what is packed stands before.
            streams.append(zlib.decompressobj().decompress(found[1]))
        except zlib.error:
            streams.append(found[1])
    maps = [_map(each.decode("latin-1")) for each in streams if b"beginbfchar" in each or b"beginbfrange" in each]
    said = []
    for page in (each for each in streams if re.search(rb"\bBT\b", each)):
        letters: dict[int, str] = {}
        for face, text in re.findall(rb"/F(\d) [\d.]+ Tf|\((.*?)(?<!\\)\) ?Tj", page, re.DOTALL):
            if face:
                letters = maps[int(face) - 1]
                continue
            plain = re.sub(rb"\\(.)", _unescaped, text, flags=re.DOTALL)
            codes = [int.from_bytes(plain[at : at + 2], "big") for at in range(0, len(plain), 2)]
            said.append("".join(letters.get(code, "?") for code in codes))
    return " ".join(said)


def _unescaped(match: re.Match[bytes]) -> bytes:
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(match[1], match[1])


def _map(text: str) -> dict[int, str]:
    found = {}
    for code, letter in re.findall(r"<([0-9A-Fa-f]{4})> ?<([0-9A-Fa-f]+)>\n", text):
        found[int(code, 16)] = bytes.fromhex(letter).decode("utf-16-be")
    return found


def test_the_pdf_can_be_read_and_has_its_letters_in_it(app: Flask, town: Town) -> None:
    over(town, title="Blåbærgrød på Ærø: ß, ü og č")
    visitor = come_in(app)
    where = made(visitor, db.session.query(Registration).one(), name="Åse Ærø Müller")
    answer = visitor.client.get(f"{where}/bevis.pdf")
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-")
    words = words_of(answer.data)
    for wanted in ("Åse Ærø Müller", "Blåbærgrød på Ærø: ß, ü og č", "Biblioteket", where.rpartition("/")[2]):
        assert wanted in words, words
    assert b"/Lang (da)" in answer.data and b"/FontFile2" in answer.data and b"/Title" in answer.data
    assert len(answer.data) < 120_000, "only the letters that are used"


def test_many_hours_go_over_pages(app: Flask, town: Town) -> None:
    count = 25
    for number in range(count):
        over(town, hours=2, title=f"Vagt {number}")
    visitor, day = come_in(app), utc_now().date()
    wish = {"first": (day - timedelta(days=9)).isoformat(), "last": day.isoformat()}
    where = visitor.submit(visitor.get("/mine/beviser"), "/mine/beviser/timer", wish, status=303).location
    content = visitor.client.get(f"{where}/bevis.pdf").data
    words = words_of(content)
    assert all(f"Vagt {number}," in words for number in range(count))
    assert len(re.findall(rb"/Type /Page\b", content)) > 1
