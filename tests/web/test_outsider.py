"""The outsider on every route: what is not public answers a stranger with sign-in, and an organiser of another
organisation with no. A new route is refused here until it stands in a table or behind a gate."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from engage.accounts import Rights, RoleName, invitations
from engage.activities.importing.models import Format, ImportRun, ImportSource, RunState
from engage.activities.models import ActivityState
from engage.base.clock import utc_now
from engage.base.db import db
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor, browser

# What anybody may open. Links with a token carry their own proof; the development room asks for loopback.
PUBLIC = {
    "account": set(),
    "chat": {"page", "say", "lines", "file"},
    "city": {"start", "back"},
    "hooks": {"telegram"},  # shows a secret instead, see test_hooks
    "sms": {"answered"},  # likewise, see test_phone
    "entrance": {
        "page", "ask", "ask_from_sign_up", "sent", "left", "forgotten", "door", "enter", "link_page", "link", "own_calendar",
    },
    "development": {"mails", "mail", "attachment", "html", "codes"},
    "invited": {"invitation", "accept"},
    "new_address": {"confirm_email_page", "confirm_email", "stop_email_page", "stop_email"},
    "public": {
        "accept", "accessibility", "activities", "activity", "calendar_file", "cancel", "cancel_page", "change", "come_again",
        "confirm", "confirm_page", "decline", "offer", "rejoin", "take",
        "contact", "health", "home", "occurrence", "picture", "privacy", "received", "registration",
        "registration_calendar", "robots", "sign_up", "volunteer", "was",
        "ask", "asked", "answers", "said_helped",
        "propose_page", "propose", "proposed", "confirm_proposal_page", "confirm_proposal", "proposals", "proposal", "would_come",
        "would_not_come", "own_proposal", "answer_proposal", "withdraw_proposal",
        "picture_proposal",
        "organisation", "calendar_feed", "atom_feed", "telegram_code", "filtered_calendar", "subscribe", "subscribe_code",
        "follow_page", "follow", "begin_page", "begin", "stop_page", "stop_following",
        "data", "year_of_data", "ticket", "ticket_code", "coming", "come", "feedback", "give_feedback", "unsubscribe_page", "unsubscribe",
        "certificate", "check_name", "credential_issuer", "credential_keys", "credential_key", "credential_status",
    },
    "security": {
        "login", "logout", "forgot_password", "reset_password", "wan_signin", "wan_signin_response",
    },
    "statics": {"static", "theme"},
}  # fmt: skip
# Pages of one's own account: every account has them, and nobody reaches anybody else's through them.
OWN = {"account", "security"}
# One's own page as a citizen, which has a way in of its own; that nobody reaches anybody else's is tried in test_mine.
CITIZENS = {"mine"}
# Who has a link opens this one; that one without, or one that was taken back, opens nothing is tried in test_check_in.
BY_LINK = {"door"}
# Rooms of organisers and staff: an outsider of the organisation is refused or finds nothing.
STAFF = {"staff"}
# Pages of the organisers' room that show and change only what is one's own, so that each organiser may open them.
OWN_ROOM = {
    "organiser.home", "organiser.activities", "organiser.new", "organiser.begin", "organiser.imports", "organiser.import_upload",
    "organiser.feeds", "organiser.feed_add", "organiser.members", "organiser.proposals",
}  # fmt: skip
REFUSED = {302, 403, 404}


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route with each method it answers."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def is_public(rule: Rule) -> bool:
    room, _, name = rule.endpoint.partition(".")
    return name in PUBLIC.get(room, set())


def address(rule: Rule, facts: dict[str, str]) -> str:
    """The route with its parts filled in: with real names where the test knows one."""

    def part(match: re.Match[str]) -> str:
        kind, _, name = match[1].rpartition(":")
        return facts.get(name, "1" if kind.startswith("int") else "x")

    return re.sub(r"<([^>]+)>", part, rule.rule)


@pytest.fixture
def facts(town: Town) -> dict[str, str]:
    """Real things of somebody else's organisation."""
    theirs = town.organisation("Andres")
    date = town.occurrence(town.activity(organisation=theirs, state=ActivityState.DRAFT))
    member = account(member_of=[theirs])
    source = ImportSource(public_id="source22", organisation_id=theirs.id, name="Deres kalender", created_at=utc_now())
    run = ImportRun(
        public_id="run22222",
        source=source,
        state=RunState.PLANNED,
        format=Format.ICS,
        first_at=utc_now(),
        created_at=utc_now(),
    )
    db.session.add(run)
    invited = invitations.invite(
        "ole@example.org", by=None, now=utc_now(), language="da", organisation_id=theirs.id, rights=Rights.EDITOR
    )
    guest = town.signed_up(town.occurrence(town.activity(organisation=theirs)))
    db.session.commit()
    return {
        "sign_up": guest.public_id,
        "run": run.public_id,
        "source": source.public_id,
        "activity": date.activity.public_id,
        "occurrence": date.public_id,
        "organisation": theirs.public_id,
        "public_id": date.activity.public_id,
        "account": member.public_id,
        "user": member.public_id,
        "invitation": invited.invitation.public_id,
    }


def test_every_route_that_is_not_public_sends_a_stranger_to_sign_in(app: Flask, facts: dict[str, str]) -> None:
    visitor = Visitor(browser(app))
    token = visitor.get("/konto/log-ind").all("input", name="csrf_token")[0].get("value")
    looked = 0
    for rule, method in rules(app):
        if is_public(rule):
            continue
        data = {"csrf_token": token} if method != "GET" else None
        answer = visitor.client.open(address(rule, facts), method=method, data=data)
        assert answer.status_code in REFUSED, (method, rule.rule, rule.endpoint, answer.status_code)
        if answer.status_code == 302:
            way_in = "/mine/ind" if rule.endpoint.startswith("mine.") else "/konto/log-ind"
            assert answer.location.startswith(way_in), (rule.rule, answer.location)
        looked += 1
    assert looked > 20


def test_an_organiser_of_another_organisation_reaches_nothing_of_this_one(
    app: Flask, town: Town, facts: dict[str, str]
) -> None:
    own = town.organisation("Egne")
    db.session.commit()
    visitor = Visitor(signed_in(app, account(member_of={own: Rights.EDITOR})))
    token = visitor.get("/konto").one("form", action="/konto").fields()["csrf_token"]
    looked = 0
    for rule, method in rules(app):
        room = rule.endpoint.partition(".")[0]
        if (
            is_public(rule)
            or room in OWN | CITIZENS
            or rule.endpoint in OWN_ROOM
            or (room not in STAFF and not rule.arguments)
        ):
            continue
        data = {"csrf_token": token} if method != "GET" else None
        answer = visitor.client.open(address(rule, facts), method=method, data=data)
        assert answer.status_code in {403, 404}, (method, rule.rule, rule.endpoint, answer.status_code)
        looked += 1
    assert looked > 80


def test_what_is_somebody_elses_is_not_reached_through_an_activity_of_ones_own(
    app: Flask, town: Town, facts: dict[str, str]
) -> None:
    own = town.activity(organisation=town.organisation("Egne"), state=ActivityState.DRAFT)
    visitor = Visitor(signed_in(app, account(member_of=[own.organisation])))
    token = visitor.get("/konto").one("form", action="/konto").fields()["csrf_token"]
    mixed = {**facts, "activity": own.public_id}
    looked = 0
    for rule, method in rules(app):
        if rule.endpoint.startswith("organiser.") and {"activity"} < rule.arguments:
            data = {"csrf_token": token} if method != "GET" else None
            answer = visitor.client.open(address(rule, mixed), method=method, data=data)
            assert answer.status_code in {403, 404}, (method, rule.rule, answer.status_code)
            looked += 1
    assert looked > 4


def test_staff_without_a_second_step_reach_no_room(app: Flask, facts: dict[str, str]) -> None:
    visitor = Visitor(signed_in(app, account(roles=[RoleName.STAFF]), second_factor=False))
    token = visitor.get("/konto").one("form", action="/konto").fields()["csrf_token"]
    looked = 0
    for rule, method in rules(app):
        if is_public(rule) or rule.endpoint.partition(".")[0] in OWN | CITIZENS | BY_LINK:
            continue
        data = {"csrf_token": token} if method != "GET" else None
        answer = visitor.client.open(address(rule, facts), method=method, data=data)
        assert answer.status_code == 302 and answer.location.startswith("/konto/andet-trin"), (method, rule.rule)
        looked += 1
    assert looked > 80


def test_every_room_has_a_gate(app: Flask) -> None:
    for name in app.blueprints:
        if name != "statics":
            assert app.before_request_funcs.get(name), name


def test_the_table_names_no_route_that_is_gone(app: Flask) -> None:
    names = {rule.endpoint for rule in app.url_map.iter_rules()}
    known = {f"{room}.{name}" for room, found in PUBLIC.items() for name in found} | OWN_ROOM
    assert known - names == set()
