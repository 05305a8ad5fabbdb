"""Certificates: what one gives them for, what is frozen in them, and the credential that says the same to programs."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import OKPKey

from engage import people, privacy
from engage.activities.models import Kind, Occurrence, OccurrenceState, Pool, SignUpMode
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.i18n import speaking
from engage.base.limits import TooOften
from engage.people import Person
from engage.registrations import NoSuchSignUp, Registration, certificates, mine
from engage.registrations import forgetting as sign_ups
from engage.registrations.attendance import Attendance
from engage.registrations.certificates import (
    Certificate,
    CertificateKind,
    HoursPeriodNotPossible,
    NoHours,
    NoSuchCertificate,
    NotEarned,
    TooManyCertificates,
    credential,
    keys,
)
from engage.registrations.certificates.saying import Said, said
from tests.conftest import NOW
from tests.town import Town

ANNA = "anna@example.org"
LATER = NOW + timedelta(days=8)


def person(email: str = ANNA) -> int:
    found = people.person_at("email", email)
    assert found is not None
    return found


def came(registration: Registration, seats: int = 1, date: Occurrence | None = None, **facts: Any) -> None:
    occurrence_id = date.id if date else registration.occurrence_id
    db.session.add(
        Attendance(registration_id=registration.id, occurrence_id=occurrence_id, seats=seats, marked_at=NOW, **facts)
    )
    db.session.commit()


def ask(registration: Registration, now: datetime = LATER, **wish: Any) -> Certificate:
    with transaction():
        return certificates.issue(person(), registration.public_id, now=now, **wish)


def has(registration: Registration, now: datetime = LATER) -> certificates.Earned | None:
    entry = mine.entry(person(), registration.public_id, now=now)
    return certificates.earned(entry, now=now)


def attended(town: Town, **wish: Any) -> Certificate:
    registration = town.signed_up(town.occurrence(), email=ANNA)
    came(registration)
    return ask(registration, **wish)


def test_nothing_is_issued_by_itself_and_nothing_before_it_is_over(town: Town) -> None:
    registration = town.signed_up(town.occurrence(), email=ANNA)
    came(registration)
    assert db.session.query(Certificate).count() == 0
    assert has(registration, NOW + timedelta(days=7, hours=1)) is None
    with pytest.raises(NotEarned):
        ask(registration, NOW + timedelta(days=7, hours=1))
    found = has(registration)
    assert found is not None and found.came


def test_who_came_is_told_from_who_had_a_place_where_nobody_kept_the_door(town: Town) -> None:
    date = town.occurrence()
    anna, other = town.signed_up(date, email=ANNA), town.signed_up(date)
    assert has(anna) == certificates.Earned(has(anna).dates, False)  # type: ignore[union-attr]
    came(other, seats=0)
    assert has(anna) is not None, "that one was marked as absent is no door that was kept"
    db.session.query(Attendance).delete()
    came(other)
    assert has(anna) is None, "others were checked in, and she was not"
    came(anna, seats=0)
    assert has(anna) is None


def test_there_is_none_for_what_was_called_off_or_cancelled_or_waited_for(town: Town) -> None:
    off = town.signed_up(town.occurrence(state=OccurrenceState.SCHEDULED), email=ANNA)
    full = town.occurrence(capacity=1)
    town.signed_up(full)
    waits = town.signed_up(full, email=ANNA)
    db.session.get_one(Occurrence, off.occurrence_id).state = OccurrenceState.CANCELLED
    db.session.commit()
    assert has(off) is None
    assert has(waits) is None


def test_a_course_gives_one_certificate_with_the_dates_they_came_to(town: Town) -> None:
    course = town.activity("Kursus", texts={"da": "Kursus", "en": "Course"}, sign_up=SignUpMode.WHOLE_COURSE)
    dates = [town.occurrence(course, starts_in=timedelta(days=each)) for each in (1, 2, 3)]
    db.session.add(Pool(course_id=course.id, capacity=10))
    db.session.commit()
    registration = town.signed_up(dates[0], email=ANNA)
    came(registration, date=dates[0])
    came(registration, date=dates[2])
    assert has(registration, NOW + timedelta(days=2, hours=5)) is None, "its last date is to come"
    certificate = ask(registration, NOW + timedelta(days=4))
    found = said(certificate)
    assert [each.starts_at for each in found.dates] == [dates[0].starts_at, dates[2].starts_at]
    assert found.workload == 240
    assert found.titles == {"da": "Kursus", "en": "Course"}


def test_what_it_says_stays_when_the_activity_changes(town: Town) -> None:
    certificate = attended(town, name="  Anna\nHolm ", checkable=True)
    before = said(certificate)
    date = db.session.query(Occurrence).one()
    date.activity.texts[0].title, date.starts_at = "Noget andet", date.starts_at - timedelta(days=1)
    date.activity.organisation.name = "Andre"
    db.session.commit()
    db.session.expire_all()
    again = certificates.public(certificate.public_id)
    assert said(again) == before
    assert (before.title("da"), before.organisers, again.name) == ("Klimacafé", ("Biblioteket",), "Anna Holm")


def test_asking_twice_gives_the_same_one_and_nobody_elses_sign_up_gives_any(town: Town) -> None:
    date = town.occurrence()
    anna, other = town.signed_up(date, email=ANNA), town.signed_up(date)
    assert ask(anna).id == ask(anna).id
    with pytest.raises(NoSuchSignUp):
        ask(other)
    assert certificates.issued(NOW.year) == {CertificateKind.ATTENDANCE: 1, CertificateKind.HOURS: 0}


def test_who_has_no_name_on_it_has_none_to_be_checked(town: Town) -> None:
    certificate = attended(town, name="", checkable=True)
    assert not certificate.name_checkable
    with pytest.raises(NoSuchCertificate):
        certificates.name_matches(certificate, "", now=NOW)


def test_a_name_is_checked_as_people_write_it_and_not_by_trying_many(town: Town) -> None:
    certificate = attended(town, name="Åse Bjørn-Holm", checkable=True)
    assert certificates.name_matches(certificate, " åse  BJØRN-HOLM", now=NOW)
    assert certificates.name_matches(certificate, "A\u030ase Bjørn-Holm", now=NOW), "the same letter put together"
    assert not certificates.name_matches(certificate, "Åse", now=NOW)
    assert not certificates.name_matches(certificate, "Åse Bjorn-Holm", now=NOW)
    certificates.name_matches(certificate, "Bo", now=NOW)
    with pytest.raises(TooOften):
        certificates.name_matches(certificate, "Åse Bjørn-Holm", now=NOW)
    assert certificates.name_matches(certificate, "Åse Bjørn-Holm", now=NOW + timedelta(minutes=11))


def test_hours_are_of_the_period_and_as_the_organiser_corrected_them(town: Town) -> None:
    helping = town.activity("Strandrensning", kind=Kind.VOLUNTEER)
    spans = ((1, 120, None), (2, 90, 60), (20, 300, None))
    for day, minutes, corrected in spans:
        registration = town.signed_up(town.occurrence(helping, starts_in=timedelta(days=day)), email=ANNA)
        came(registration, minutes=minutes, corrected_minutes=corrected, corrected_reason="gik" if corrected else "")
    group = town.signed_up(town.occurrence(helping, starts_in=timedelta(days=3)), email=ANNA, seats=2)
    came(group, seats=2, minutes=200)
    first, now = NOW.date(), NOW + timedelta(days=30)
    with transaction():
        made = certificates.issue_hours(person(), first, first + timedelta(days=4), now=now)
    found = said(made)
    assert [each.minutes for each in found.dates] == [120, 60, 100], "of a group's time each one's own"
    assert (found.minutes, found.organisers) == (280, ("Biblioteket",))
    with pytest.raises(NoHours):
        certificates.issue_hours(person(), first - timedelta(days=9), first - timedelta(days=1), now=now)
    for days in ((None, first), (first, None), (first, first - timedelta(days=1))):
        with pytest.raises(HoursPeriodNotPossible):
            certificates.issue_hours(person(), *days, now=now)


def test_one_that_is_deleted_is_as_if_it_never_was(town: Town) -> None:
    certificate = attended(town)
    name = certificate.public_id
    town.signed_up(town.occurrence(), email="bo@example.org")
    with pytest.raises(NoSuchCertificate):
        certificates.delete(person("bo@example.org"), name)
    with transaction():
        certificates.delete(person(), name)
    with pytest.raises(NoSuchCertificate):
        certificates.public(name)
    assert certificates.issued(NOW.year)[CertificateKind.ATTENDANCE] == 0


def test_it_goes_with_its_person_and_outlives_the_sign_up_without_telling_which_it_was(town: Town) -> None:
    certificate = attended(town, name="Anna")
    with transaction():
        sign_ups.expire(NOW + timedelta(days=60))
    db.session.expire_all()
    kept = certificates.of_person(person())
    assert [(each.name, each.registration_id) for each in kept] == [("Anna", None)]
    for expire in privacy.expiries():
        with transaction():
            expire(NOW + timedelta(days=400))
    assert db.session.query(Person).filter_by(id=certificate.person_id).count() == 1, "so that they can delete it"
    with transaction():
        privacy.erase(certificate.person_id, now=NOW)
    assert db.session.query(Certificate).count() == 0
    assert certificates.issued(NOW.year)[CertificateKind.ATTENDANCE] == 1, "the number stays"


def test_it_is_not_kept_longer_than_the_city_says(town: Town) -> None:
    issued = attended(town).issued_at
    kept = current_settings().city.keep_certificates
    assert certificates.expire(issued + kept) == 0
    assert certificates.expire(issued + kept + timedelta(seconds=1)) == 1


def parts(jwt: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    head, body, signature = jwt.split(".")
    return (json.loads(_bytes(head)), json.loads(_bytes(body)), _bytes(signature), f"{head}.{body}".encode())


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(certificate: Certificate) -> str:
    with transaction():
        return credential.signed(certificate, now=LATER)


def test_the_credential_keeps_the_rules_of_open_badges(town: Town) -> None:
    certificate = attended(town, name="Anna Holm")
    header, content, _signature, _text = parts(signed(certificate))
    assert content["@context"][:2] == [
        "https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]  # fmt: skip
    assert content["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert content["issuer"]["type"] == ["Profile"] and content["issuer"]["name"]
    subject = content["credentialSubject"]
    assert subject["type"] == ["AchievementSubject"] and subject["achievement"]["type"] == ["Achievement"]
    assert all(subject["achievement"][each] for each in ("id", "name", "description"))
    assert subject["achievement"]["criteria"]["narrative"]
    assert content["name"] == "Klimacafé"
    since = datetime.strptime(content["validFrom"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    claims = {each: content[each] for each in ("iss", "sub", "jti", "nbf")}
    assert claims == {
        "iss": content["issuer"]["id"], "sub": subject["id"], "jti": content["id"], "nbf": int(since.timestamp()),
    }  # fmt: skip
    assert "iat" not in content and "vc" not in content
    assert header["alg"] == "EdDSA" and header["typ"] == "JWT" and header["kid"].startswith("http")
    assert header["kid"].endswith(f"{keys.current()['kid']}.json") and set(header["jwk"]) == {"kty", "crv", "x"}


def test_the_name_is_in_the_credential_only_as_a_salted_hash(town: Town) -> None:
    certificate = attended(town, name="Anna Holm")
    _header, content, _signature, text = parts(signed(certificate))
    assert b"Anna" not in _bytes(text.decode().split(".")[1])
    (identity,) = content["credentialSubject"]["identifier"]
    assert identity["identityHash"] == "sha256$" + hashlib.sha256(b"Anna Holm" + identity["salt"].encode()).hexdigest()
    assert len(identity["salt"]) == 32


def test_others_verify_the_signature_and_find_each_change(town: Town) -> None:
    jwt = signed(attended(town))
    header, _content, signature, text = parts(jwt)
    own = OKPKey.import_key({each: keys.current()[each] for each in ("kty", "crv", "x")})
    registry = jws.JWSRegistry(algorithms=["EdDSA", "Ed25519"])
    with pytest.warns(SecurityWarning, match="RFC 9864"):  # which takes the name Ed25519; badges are verified as EdDSA
        assert json.loads(jws.deserialize_compact(jwt, own, registry=registry).payload)["iss"]
    public = Ed25519PublicKey.from_public_bytes(_bytes(header["jwk"]["x"]))
    public.verify(signature, text)
    with pytest.raises(InvalidSignature):
        public.verify(signature, text.replace(b"a", b"b", 1))


def test_what_was_signed_before_is_verified_after_another_key_signs(
    town: Town, set_settings: Callable[..., None]
) -> None:
    certificate = attended(town)
    before, name = signed(certificate), keys.current()["kid"]
    set_settings(credential_key=base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode())
    after = signed(certificate)
    assert parts(after)[0]["kid"] != parts(before)[0]["kid"]
    assert len(keys.public_keys()) == 2
    for jwt in (before, after):
        header, _content, signature, text = parts(jwt)
        found = keys.public_key(header["kid"].rpartition("/")[2].removesuffix(".json"))
        Ed25519PublicKey.from_public_bytes(_bytes(found["x"])).verify(signature, text)
    assert keys.public_key(name)["kid"] == name
    with pytest.raises(keys.NoSuchKey):
        keys.public_key("other")


def test_the_credential_speaks_the_readers_language(town: Town) -> None:
    certificate = attended(town)
    with speaking("en"):
        words = credential.credential(certificate)["credentialSubject"]["achievement"]["criteria"]["narrative"]
    assert words.startswith("Was checked in by the organiser:")
    assert isinstance(said(certificate), Said)


def test_nobody_has_more_than_a_hundred(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engage.registrations.certificates.issuing._MOST", 1)
    attended(town)
    more = town.signed_up(town.occurrence(), email=ANNA)
    came(more)
    with pytest.raises(TooManyCertificates):
        ask(more)
