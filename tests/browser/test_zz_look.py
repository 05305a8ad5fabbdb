"""Scratch."""

from engage.activities.models import Kind
from engage.registrations import attendance, notices
from tests.accounts.cast import account
from tests.browser.test_check_in import *


def test_look(window: Open, places, room) -> None:
    date, guests = crowd(7)
    date.activity.kind = Kind.VOLUNTEER
    db.session.commit()
    keeper = attendance.Keeper(account("Bente Lund").id)
    for i, g in enumerate(guests[:2]):
        attendance.check_in(
            date.id,
            attendance.Scan(f"nonce-{g.public_id}", attendance.Way.LIST, sign_up=g.public_id),
            keeper=keeper,
            now=utc_now(),
        )
    attendance.mark_absent(
        date.id, guests[3].public_id, nonce="abs" + guests[3].public_id, keeper=keeper, now=utc_now()
    )
    db.session.commit()
    one = phone(window, date, "Ida")
    one.page.evaluate(SCAN, tickets.link(guests[4]))
    one.page.wait_for_selector(".door-yes")
    one.page.wait_for_timeout(400)
    one.page.screenshot(path="/tmp/day-1.png", full_page=True)
    one.page.evaluate(SCAN, tickets.link(guests[6]))
    one.page.wait_for_selector("[data-code=choose]")
    one.page.context.set_offline(True)
    state(one.page, connected="false")
    one.page.screenshot(path="/tmp/day-2.png")
    one.page.evaluate(SCAN, tickets.link(guests[4]))
    one.page.wait_for_selector("[data-code=already_in]")
    one.page.screenshot(path="/tmp/day-3.png")
    one.problems.clear()
    user = account("Ole Dam", member_of=[date.activity.organisation])
    big = room(user, width=1280)
    base = f"/organiser/aktiviteter/{date.activity.public_id}/datoer/{date.public_id}/tjek-ind"
    page = big.open(base)
    page.wait_for_selector("[data-started]")
    page.screenshot(path="/tmp/day-4.png", full_page=True)
    big.open(base + "/links").screenshot(path="/tmp/day-5.png", full_page=True)
    big.open(base + "/timer").screenshot(path="/tmp/day-6.png", full_page=True)
    small = window(width=390)
    small.open(f"/billet/{tickets.token(guests[5])}").screenshot(path="/tmp/day-7.png", full_page=True)
    small.open(f"/tilmelding/{notices.manage_token(guests[0].public_id)}").screenshot(
        path="/tmp/day-8.png", full_page=True
    )
    nojs = room(user, width=390, script=False)
    nojs.open(base).screenshot(path="/tmp/day-9.png", full_page=True)
    for w in (one, big, small, nojs):
        w.problems.clear()
