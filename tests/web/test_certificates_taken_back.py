"""A certificate that staff take back: by hand, with a reason, and told by every way in which it may be checked."""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from sqlalchemy import select

from engage import privacy
from engage.accounts import RoleName
from engage.accounts.audit import AuditEntry
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.outbox import Letter
from engage.registrations import Registration, certificates
from engage.registrations.certificates import Certificate, CertificateKind
from engage.registrations.certificates.models import TakenBack
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.coming_in import come_in
from tests.web.conftest import Visitor, browser
from tests.web.test_certificates import made, over

REASON = "Registreret på den forkerte dag."


@pytest.fixture
def staff(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Karl Holm", roles=[RoleName.STAFF])))


@pytest.fixture
def anna(app: Flask, town: Town) -> Visitor:
    over(town)
    return come_in(app)


def issued(anna: Visitor) -> str:
    """The number of a certificate of Anna's."""
    return made(anna, db.session.query(Registration).one(), name="Anna Ærø").rpartition("/")[2]


def take_back(staff: Visitor, number: str, reason: str = REASON, status: int = 303) -> Any:
    page = f"/staff/beviser/{number}"
    return staff.submit(staff.get(page), f"{page}/tilbage", {"reason": reason}, status=status)


def contents(jwt: str) -> Mapping[str, Any]:
    """What is in a JWT whose signature is that of the key it names."""
    head, body, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in jwt.split("."))
    x = json.loads(head)["jwk"]["x"]
    Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=")).verify(
        signature, jwt.rpartition(".")[0].encode()
    )
    return json.loads(body)  # type: ignore[no-any-return]


def is_marked(app: Flask, credential: Mapping[str, Any]) -> bool:
    """As a verifier finds it: the list that the credential names, and its bit counted from the left."""
    named = credential["credentialStatus"]
    assert (named["type"], named["statusPurpose"]) == ("BitstringStatusListEntry", "revocation")
    address = named["statusListCredential"]
    answer = browser(app).get(address[address.index("/.well-known") :])
    assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == "*"
    told = contents(answer.text)
    assert told["id"] == told["jti"] == address and told["iss"] == credential["iss"]
    subject = told["credentialSubject"]
    assert (subject["type"], subject["statusPurpose"]) == ("BitstringStatusList", "revocation")
    assert subject["encodedList"].startswith("u")
    text = subject["encodedList"][1:]
    bits = gzip.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert len(bits) * 8 == 131_072
    index = int(named["statusListIndex"])
    return bool(bits[index // 8] >> (7 - index % 8) & 1)


def letters(number: str) -> list[Letter]:
    db.session.expire_all()
    return list(db.session.scalars(select(Letter).where(Letter.about == f"certificate:{number}").order_by(Letter.id)))


def test_staff_find_it_by_its_address_and_take_it_back_with_a_reason(app: Flask, anna: Visitor, staff: Visitor) -> None:
    number = issued(anna)
    jwt = contents(anna.client.get(f"/mine/beviser/{number}/bevis.jwt").text)
    assert not is_marked(app, jwt)
    asked = {"number": f"http://localhost/bevis/{number}?lang=da"}
    assert staff.submit(staff.get("/staff/beviser"), "/staff/beviser", asked, status=303).location.endswith(number)
    page = staff.get(f"/staff/beviser/{number}").text
    assert "Klimacafé" in page and "Ærø" not in page, "whose it is is not staff's to read here"
    assert 'id="reason-error"' in take_back(staff, number, reason=" ", status=422).text
    take_back(staff, number)
    stranger = browser(app).get(f"/bevis/{number}").text
    assert "alert-warning" in stranger and "alert-success" not in stranger and REASON not in stranger
    assert is_marked(app, jwt)
    assert REASON in staff.get(f"/staff/beviser/{number}").text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate.taken_back")).one()
    assert number not in entry.about and not entry.facts


def test_its_person_is_told_why_and_can_take_it_along_no_more(anna: Visitor, staff: Visitor) -> None:
    number = issued(anna)
    take_back(staff, number)
    (letter,) = letters(number)
    assert REASON in "".join(letter.message["text"])
    page = anna.get(f"/mine/beviser/{number}")
    assert REASON in page.text and "bevis.pdf" not in page.text
    for kind in ("pdf", "jwt", "json"):
        assert anna.client.get(f"/mine/beviser/{number}/bevis.{kind}").status_code == 404


def test_a_mistake_is_undone(app: Flask, anna: Visitor, staff: Visitor) -> None:
    number = issued(anna)
    jwt = contents(anna.client.get(f"/mine/beviser/{number}/bevis.jwt").text)
    take_back(staff, number)
    year = utc_now().year
    assert certificates.issued(year)[CertificateKind.ATTENDANCE] == 0
    page = f"/staff/beviser/{number}"
    staff.submit(staff.get(page), f"{page}/gyldigt", {}, status=303)
    assert "alert-success" in browser(app).get(f"/bevis/{number}").text
    assert not is_marked(app, jwt)
    assert certificates.issued(year)[CertificateKind.ATTENDANCE] == 1
    assert len(letters(number)) == 2


def test_deleting_one_that_was_taken_back_makes_no_file_good_again_and_gives_no_other(
    app: Flask, anna: Visitor, staff: Visitor
) -> None:
    number, registration = issued(anna), db.session.query(Registration).one().public_id
    jwt = contents(anna.client.get(f"/mine/beviser/{number}/bevis.jwt").text)
    take_back(staff, number)
    page = f"/mine/beviser/{number}/slet"
    anna.submit(anna.get(page), page, {}, status=303)
    assert is_marked(app, jwt)
    assert certificates.issued(utc_now().year)[CertificateKind.ATTENDANCE] == 0, "it is taken off once"
    ask = f"/mine/beviser/om/{registration}"
    assert ask not in anna.get("/mine/beviser").text
    assert anna.client.get(ask).status_code == 409


def test_what_stays_of_somebody_who_is_forgotten_leads_to_nobody(anna: Visitor, staff: Visitor) -> None:
    number = issued(anna)
    take_back(staff, number)
    person_id = db.session.query(Certificate).one().person_id
    with transaction():
        privacy.erase(person_id, now=utc_now())
    kept = db.session.execute(select(TakenBack)).scalar_one()
    assert kept.registration_id is None


@pytest.mark.parametrize("number", ["1", "x", "99999", "-1"])
def test_a_list_that_no_certificate_is_in_is_not_there(app: Flask, number: str) -> None:
    assert browser(app).get(f"/.well-known/credentials/status/{number}.jwt").status_code == 404
    assert browser(app).get("/.well-known/credentials/status/0.jwt").status_code == 200


def test_an_unknown_number_is_told(staff: Visitor) -> None:
    page = staff.submit(staff.get("/staff/beviser"), "/staff/beviser", {"number": "nej"}, status=404)
    assert 'id="number-error"' in page.text
