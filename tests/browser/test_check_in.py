"""Checking in on telephones while the network comes and goes: nothing is lost, nothing is told that is not so, and two devices meet."""

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace

from playwright.sync_api import Page
from sqlalchemy import func, select

from engage.accounts import Rights
from engage.activities.models import Occurrence
from engage.base.clock import utc_now
from engage.base.db import db
from engage.registrations import Registration, State, tickets
from engage.registrations.attendance import Attendance, CheckIn, door_links
from engage.web.assets import asset_url
from tests.accounts.cast import account
from tests.browser.conftest import PHONE, Open, Watched
from tests.town import Town

SCAN = "text => document.dispatchEvent(new CustomEvent('code-read', { detail: text }))"


def crowd(number: int) -> tuple[Occurrence, list[Registration]]:
    """A date that begins soon, and so many who are signed up, the last of them with two more."""
    town = Town(utc_now())
    date = town.occurrence(town.activity("Fællesspisning"), capacity=None, starts_in=timedelta(minutes=30))
    before = town.now - timedelta(days=1)
    guests = [town.signed_up(date, now=before, name=f"Gæst {each:02d}") for each in range(number - 1)]
    guests.append(town.signed_up(date, now=before, name="Familien Dam", seats=3))
    db.session.commit()
    return date, guests


def phone(window: Open, date: Occurrence, label: str) -> Watched:
    """A telephone with a link of its own, ready to lose its connection."""
    _link, secret = door_links.make(date.id, label, by=account().id, now=utc_now())
    db.session.commit()
    one = window(width=PHONE)
    one.open(f"/doer/{secret}").wait_for_selector("[data-ready]")
    return one


def scan(page: Page, guests: Sequence[Registration]) -> None:
    for guest in guests:
        page.evaluate(SCAN, tickets.link(guest))


def state(page: Page, **facts: object) -> None:
    """Wait until the line over the page says so. What a slow moment kept from the server is tried again soon."""
    wanted = "".join(f"[data-{name}='{value}']" for name, value in facts.items())
    page.wait_for_selector(f"[data-state]{wanted}", timeout=45_000)


def counted(date: Occurrence, what: type[Attendance | CheckIn]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(what).where(what.occurrence_id == date.id)) or 0


def test_thirty_people_and_two_telephones_with_the_network_off_in_the_middle(
    window: Open, places: SimpleNamespace
) -> None:
    date, guests = crowd(30)
    first, second = phone(window, date, "Ida"), phone(window, date, "Bo")
    one, two = first.page, second.page
    scan(one, guests[:10])
    one.wait_for_function("() => document.querySelectorAll('.door-line-in').length === 10")
    assert counted(date, CheckIn) == 10
    for page in (one, two):
        page.context.set_offline(True)
        state(page, connected="false")
    scan(one, guests[10:22])
    state(one, waiting=12)
    assert one.locator(".door-answer").get_attribute("data-code") == "ok"
    assert one.locator(".door-answer").inner_text().count("\n") >= 2, "it says that it is not sent yet"
    assert counted(date, CheckIn) == 10, "there is no network"
    # The browser is closed and opened again in the middle: the page comes from the device, and so does what waits.
    one.reload()
    one.wait_for_selector("[data-started]")
    state(one, waiting=12, connected="false")
    assert one.locator(".door-line-in").count() == 22
    scan(one, guests[10:11])
    one.wait_for_selector(".door-answer[data-code=already_in]")
    scan(one, guests[22:25])
    state(one, waiting=15)
    # The other telephone has not heard of any of them since it was loaded.
    scan(two, guests[15:29])
    state(two, waiting=14)
    two.evaluate(SCAN, tickets.link(guests[29]))
    two.locator(".door-answer[data-code=choose] button", has_text="2").click()
    state(two, waiting=15)
    two.locator("[data-walk-in] summary").click()
    two.fill("#walk-name", "Per Kom Forbi")
    two.locator("[data-walk-in] button").click()
    state(two, waiting=16)
    for page in (one, two):
        page.context.set_offline(False)
        state(page, waiting=0, failed=0, connected="true")
    db.session.rollback()
    marks = dict(
        db.session.execute(
            select(Attendance.registration_id, Attendance.seats).where(Attendance.occurrence_id == date.id)
        ).all()  # type: ignore[arg-type]
    )
    (walked,) = db.session.scalars(
        select(Registration).where(Registration.occurrence_id == date.id, Registration.walk_in)
    )
    assert (walked.name, marks.pop(walked.id)) == ("Per Kom Forbi", 1)
    assert marks == {guest.id: 2 if guest is guests[29] else 1 for guest in guests}
    noted = db.session.scalars(select(CheckIn).where(CheckIn.occurrence_id == date.id)).all()
    assert len(noted) == 10 + 15 + 15 + 1, "each scan that was told as done is there"
    assert sorted(each.conflict for each in noted if each.conflict) == ["already_in"] * 10
    two.wait_for_function("() => document.querySelectorAll('.door-line-in').length === 30")
    for each in (first, second):
        each.problems[:] = [words for words in each.problems if "ERR_INTERNET_DISCONNECTED" not in words]


def test_what_could_not_be_sent_is_tried_again_soon(window: Open, places: SimpleNamespace) -> None:
    date, (guest, *_others) = crowd(2)
    page = phone(window, date, "Ida").page
    page.wait_for_selector("[data-started]")
    page.evaluate("""() => {
      const usual = fetch;
      let lost = 2;
      globalThis.fetch = (to, how) => (how?.method === "POST" && lost-- > 0 ? Promise.reject(new TypeError("lost")) : usual(to, how));
    }""")
    scan(page, [guest])
    state(page, waiting=1, connected="false")
    # Well before the look that the page takes every 20 s whatever happens.
    page.wait_for_selector("[data-state][data-waiting='0'][data-connected=true]", timeout=12_000)
    assert counted(date, CheckIn) == 1


def test_two_quick_taps_are_one_and_the_answer_is_seen_far_down_the_list(window: Open, places: SimpleNamespace) -> None:
    date, guests = crowd(20)
    page = phone(window, date, "Ida").page
    line = page.locator(f"[data-list] [data-id='{guests[-2].public_id}']")
    line.locator("[data-do=entry]").scroll_into_view_if_needed()
    box = line.locator("[data-do=entry]").bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + 20, box["y"] + 20)
    page.wait_for_selector(".door-answer[data-code=ok]")
    page.mouse.click(box["x"] + 20, box["y"] + 20)
    assert page.evaluate("() => document.querySelector('.door-answer').getBoundingClientRect().top >= 0")
    assert page.evaluate("() => scrollY") > 400
    page.wait_for_timeout(800)
    assert line.get_attribute("class") == "door-line door-line-in"
    assert counted(date, CheckIn) == 1
    # What is typed as a whole name of eight letters is no code.
    for typed, found in (("gæst 0123", 10), ("familien", 1)):
        page.fill("#find", typed)
        page.keyboard.press("Enter")
        page.wait_for_function(f"() => document.querySelectorAll('[data-list] [data-id]').length === {found}")
        assert page.locator(".door-answer").count() == 0


def test_what_was_let_in_without_a_connection_is_taken_back_once(window: Open, places: SimpleNamespace) -> None:
    date, guests = crowd(2)
    watched = phone(window, date, "Ida")
    page, family = watched.page, f"[data-list] [data-id='{guests[1].public_id}']"
    page.locator(f"{family} select").select_option("1")
    page.locator(f"{family} button[data-do=entry]").click()
    page.wait_for_selector(".door-answer[data-code=ok]")
    page.context.set_offline(True)
    state(page, connected="false")
    page.wait_for_timeout(800)  # what comes sooner is taken for a second tap
    page.locator(f"{family} button[data-do=entry]").click()
    state(page, waiting=1)
    page.wait_for_timeout(800)
    page.locator(f"{family} button[data-do=undo]").click()
    state(page, waiting=2)
    assert page.locator(f"{family} select option").count() == 2, "one of three is in again, as before"
    page.context.set_offline(False)
    state(page, waiting=0, failed=0, connected="true")
    db.session.rollback()
    (mark,) = db.session.scalars(select(Attendance).where(Attendance.occurrence_id == date.id))
    assert mark.seats == 1
    assert counted(date, CheckIn) == 2
    watched.problems[:] = [words for words in watched.problems if "ERR_INTERNET_DISCONNECTED" not in words]


def test_one_cancels_and_one_moves_up_and_the_telephone_sees_it(window: Open, places: SimpleNamespace) -> None:
    date, (gone, stays) = crowd(2)
    page = phone(window, date, "Ida").page
    db.session.refresh(gone)
    gone.state = State.CANCELLED_BY_PERSON
    town = Town(utc_now())
    town.signed_up(date, now=town.now - timedelta(days=1), name="Rykket Op")
    db.session.commit()
    scan(page, [stays])
    page.locator(".door-answer[data-code=choose] button", has_text="3").click()
    page.wait_for_function("() => document.querySelector('[data-list]').textContent.includes('Rykket')")
    assert "Gæst" not in page.locator("[data-list]").inner_text()


def test_a_group_that_signed_up_since_is_asked_how_many_came(window: Open, places: SimpleNamespace) -> None:
    date, _guests = crowd(1)
    page = phone(window, date, "Ida").page
    town = Town(utc_now())
    late = town.signed_up(
        date, now=town.now - timedelta(days=1), name="Sent Tilmeldte", seats=4, email="sent@example.org"
    )
    db.session.commit()
    scan(page, [late])
    page.locator(".door-answer[data-code=choose] button", has_text="3").click()
    page.wait_for_selector(".door-answer[data-code=ok]")
    db.session.rollback()
    assert db.session.scalar(select(Attendance.seats).where(Attendance.registration_id == late.id)) == 3
    # Of somebody who was there and has cancelled since it is told how they stand, not that they are in.
    line = page.locator(f"[data-list] [data-id='{late.public_id}']")
    page.wait_for_timeout(800)
    line.locator("[data-do=entry]").click()
    page.wait_for_selector(".door-line-in")
    page.wait_for_timeout(800)
    line.locator("[data-of=exit]").select_option("1")
    line.locator("[data-do=exit]").click()
    page.wait_for_selector(".door-answer[data-code=left]")
    assert "3 af 4" in line.inner_text()
    page.wait_for_timeout(800)
    line.locator("[data-do=exit]").click()
    page.wait_for_function("() => document.querySelector('.door-answer').innerText.includes('0 af 4')")
    db.session.get_one(Registration, late.id).state = State.CANCELLED_BY_PERSON
    db.session.commit()
    page.evaluate("() => dispatchEvent(new Event('online'))")
    page.wait_for_selector(".door-line-off")
    assert "Er gået" in line.inner_text()


def test_names_leave_the_telephone_on_whatever_page_its_owner_opens(window: Open, places: SimpleNamespace) -> None:
    date, _guests = crowd(2)
    page = phone(window, date, "Ida").page
    assert kept_lists(page) == 1
    address = page.url
    page.goto(address.split("/doer/")[0] + "/")
    assert kept_lists(page) == 1, "the date is not over"
    # As it is on the device two days later.
    page.evaluate(
        """() => new Promise((resolve) => {
          const request = indexedDB.open("engage-check-in", 1);
          request.onsuccess = () => {
            const store = request.result.transaction("sheets", "readwrite").objectStore("sheets");
            store.openCursor().onsuccess = ({ target }) => {
              if (!target.result) return resolve();
              target.result.update({ ...target.result.value, wipeAt: Date.now() - 1 });
              target.result.continue();
            };
          };
        })"""
    )
    page.evaluate("() => { for (const name of Object.keys(localStorage)) localStorage[name] = Date.now() - 1; }")
    page.reload()
    page.wait_for_function("() => !localStorage.length")
    assert kept_lists(page) == 0


def test_a_ticket_opened_when_the_door_is_not_is_shown_and_nothing_is_noted(
    window: Open, places: SimpleNamespace
) -> None:
    date, guests = crowd(1)
    date.starts_at, date.ends_at = date.starts_at + timedelta(hours=6), date.ends_at + timedelta(hours=6)
    guests[0].seats = 1
    db.session.commit()
    page = phone(window, date, "Ida").page
    page.goto(f"{page.url}?billet={tickets.token(guests[0])}")
    page.wait_for_selector(".door-answer[data-code=found] button")
    assert "Familien" in page.locator(".door-answer").inner_text()
    assert counted(date, CheckIn) == 0


def test_who_comes_without_a_sign_up_is_never_lost(window: Open, places: SimpleNamespace) -> None:
    date, _guests = crowd(1)
    watched = phone(window, date, "Ida")
    page = watched.page
    page.locator("[data-walk-in] summary").click()

    def walks(name: str, seats: str = "1") -> None:
        page.fill("#walk-name", name)
        page.fill("#walk-seats", seats)
        page.locator("[data-walk-in] button").click()

    walks("For Mange", "900")
    page.wait_for_selector(".door-answer[data-code=seats_not_possible]")
    walks("Per Forbi")
    page.wait_for_selector(".door-answer[data-code=ok]")
    page.wait_for_function("() => document.querySelector('[data-list]').textContent.includes('Per F.')")
    # The line is dead and the device does not know it yet.
    page.route("**/synk", lambda route: route.abort())
    walks("Ulla Forbi")
    state(page, waiting=1)
    page.unroute("**/synk")
    page.route("**/synk", lambda route: route.fulfill(json=refused(route.request.post_data_json)))
    page.evaluate("() => dispatchEvent(new Event('online'))")
    state(page, waiting=0, failed=1)
    assert "Ulla Forbi: Nej" in page.locator("[data-unsent]").inner_text()
    page.unroute("**/synk")
    page.locator("[data-unsent] button").click()
    state(page, waiting=0, failed=0)
    page.wait_for_function("() => document.querySelector('[data-list]').textContent.includes('Ulla F.')")
    assert counted(date, CheckIn) == 2
    watched.problems[:] = [words for words in watched.problems if "ERR_FAILED" not in words]


def refused(sent: dict[str, list[dict[str, str]]]) -> dict[str, object]:
    results = [{"nonce": each["nonce"], "error": "not_open", "words": "Nej"} for each in sent["items"]]
    now = int(utc_now().timestamp() * 1000)
    return {"now": now, "csrf": "", "results": results, "standing": [], "conflicts": [], "edition": ""}


def test_a_link_that_is_taken_back_lets_nobody_in_and_shows_nobody(window: Open, places: SimpleNamespace) -> None:
    date, guests = crowd(2)
    page = phone(window, date, "Ida").page
    (link,) = door_links.of_date(date.id)
    door_links.revoke(date.id, link.public_id, now=utc_now())
    db.session.commit()
    scan(page, guests[:1])
    page.wait_for_selector(".door-answer[data-code=shut]")
    assert "Gæst" not in page.locator("[data-list]").inner_text()
    assert counted(date, CheckIn) == 0
    assert kept_lists(page) == 0


def test_a_shut_door_that_is_opened_again_leaves_nothing_on_the_telephone(
    window: Open, places: SimpleNamespace
) -> None:
    date, _guests = crowd(2)
    watched = phone(window, date, "Ida")
    page = watched.page
    assert kept_lists(page) == 1
    (link,) = door_links.of_date(date.id)
    door_links.revoke(date.id, link.public_id, now=utc_now())
    db.session.commit()
    page.goto(page.url)
    page.wait_for_selector("[data-shut]")
    assert page.evaluate("async () => !await caches.match(`${location.pathname}?skal=1`)")
    assert kept_lists(page) == 0
    watched.problems[:] = [words for words in watched.problems if "404" not in words]


def test_who_signs_out_leaves_no_list_and_everything_unsent(room: Open, places: SimpleNamespace) -> None:
    date, guests = crowd(2)
    watched = room(user=account(member_of={date.activity.organisation: Rights.EDITOR}))
    page = watched.page
    watched.open(f"/organiser/aktiviteter/{date.activity.public_id}/datoer/{date.public_id}/tjek-ind")
    page.wait_for_selector("[data-ready]")
    assert kept_lists(page) == 1
    page.route("**/synk", lambda route: route.abort())
    scan(page, guests[:1])
    state(page, waiting=1)
    page.locator("form[data-sign-out] button").first.click()
    page.wait_for_url(lambda url: "tjek-ind" not in url)
    assert (kept_lists(page), kept_lists(page, "scans")) == (0, 1)
    watched.problems[:] = [words for words in watched.problems if "ERR_FAILED" not in words]


def kept_lists(page: Page, store: str = "sheets") -> int:
    """How many lists, or scans, lie on the device."""
    found: int = page.evaluate(
        """(name) => new Promise((resolve) => {
          const request = indexedDB.open("engage-check-in", 1);
          request.onsuccess = () => {
            const count = request.result.transaction(name).objectStore(name).count();
            count.onsuccess = () => resolve(count.result);
          };
        })""",
        store,
    )
    return found


def test_a_picture_of_a_ticket_is_read_in_the_page(window: Open, places: SimpleNamespace) -> None:
    date, guests = crowd(1)
    page = phone(window, date, "Ida").page
    told = page.evaluate(
        """async ([scanning, decoder, address]) => {
          const { read } = await import(scanning);
          const picture = new Image(600, 600);
          picture.src = address;
          await picture.decode();
          return read(picture, decoder);
        }""",
        [asset_url("scanning.js"), asset_url("qr-decode.js"), f"/billet/{tickets.token(guests[0])}/kode.svg"],
    )
    assert told.endswith(f"/billet/{tickets.token(guests[0])}")


def test_names_lie_on_the_device_encrypted_and_the_kept_page_has_none(window: Open, places: SimpleNamespace) -> None:
    date, _guests = crowd(2)
    page = phone(window, date, "Ida").page
    kept = page.evaluate(
        """async () => {
          const base = await new Promise((resolve) => {
            const request = indexedDB.open("engage-check-in", 1);
            request.onsuccess = () => resolve(request.result);
          });
          const all = (name) => new Promise((resolve) => {
            const request = base.transaction(name).objectStore(name).getAll();
            request.onsuccess = () => resolve(request.result);
          });
          const sheets = await all("sheets");
          const [key] = await all("keys");
          const texts = [new TextDecoder("latin1").decode(sheets[0].data)];
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) texts.push(await (await cache.match(request)).text());
          }
          return { extractable: key.extractable, named: texts.some((text) => text.includes("Familien")), kept: texts.length };
        }"""
    )
    assert kept["kept"] > 5
    assert (kept["extractable"], kept["named"]) == (False, False)
