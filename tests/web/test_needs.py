"""Where help is most needed, on the list and on the start page."""

from datetime import timedelta

from engage.activities.models import Kind
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from tests.town import Town
from tests.web.conftest import Visitor, address
from tests.web.page import Element

LIST = "/aktiviteter?kind=volunteer&needed=1"


def cards(page: Element) -> list[str]:
    return [link.get("href") for title in page.all("h3", class_="activity-title") for link in title.all("a")]


def needed(number: int) -> str:
    return ngettext("%(number)s more needed", "%(number)s more needed", number)


def test_the_list_of_tasks_leads_to_where_help_is_most_needed(town: Town, visitor: Visitor) -> None:
    later = town.occurrence(town.activity("Havedag", kind=Kind.VOLUNTEER), capacity=4, starts_in=timedelta(days=20))
    soon = town.occurrence(town.activity("Suppe", kind=Kind.VOLUNTEER), capacity=4, starts_in=timedelta(days=2))
    full = town.occurrence(town.activity("Kor", kind=Kind.VOLUNTEER), capacity=1, starts_in=timedelta(days=1))
    town.signed_up(full)
    page = visitor.get("/aktiviteter?kind=volunteer")
    assert cards(page) == [address(full), address(soon), address(later)], "the ordinary list goes by day"
    assert page.all("a", href=LIST)
    page = visitor.get(LIST)
    assert cards(page) == [address(soon), address(later)]
    assert page.one("h2", class_="day-heading").text.startswith(_("Where help is most needed"))
    assert page.all("span", class_="places-free")[0].text == needed(4)
    (form,) = page.all("form", class_="calendar")
    assert form.fields()["needed"] == "1", "filters keep it"
    assert page.all("a", class_="tag-chosen")[0].get("href") == "/aktiviteter?kind=volunteer"


def test_a_list_about_learning_says_nothing_of_hands(town: Town, visitor: Visitor) -> None:
    town.occurrence()
    for path in ("/aktiviteter", "/aktiviteter?kind=learning", "/aktiviteter?kind=learning&kind=volunteer"):
        assert not [link for link in visitor.get(path).all("a") if "needed" in link.get("href")]


def test_the_order_follows_each_sign_up_though_the_pages_own_dates_are_as_they_were(
    town: Town, visitor: Visitor
) -> None:
    shift = town.activity("Strandrens", kind=Kind.VOLUNTEER)
    date = town.occurrence(shift, starts_in=timedelta(days=3))
    role = town.role(shift, "Poser", 2)
    other = town.occurrence(town.activity("Suppe", kind=Kind.VOLUNTEER), capacity=2, starts_in=timedelta(days=4))
    assert cards(visitor.get(LIST)) == [address(date), address(other)]
    town.signed_up(date, role=role.public_id)
    assert cards(visitor.get(LIST)) == [address(other), address(date)]
    town.signed_up(date, role=role.public_id)
    assert cards(visitor.get(LIST)) == [address(other)]


def test_when_nobody_is_missing_the_list_says_what_else_there_is(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(kind=Kind.VOLUNTEER), capacity=1)
    town.signed_up(date)
    page = visitor.get(LIST)
    assert cards(page) == []
    assert page.one("section", aria_labelledby="nothing").all("a", href="/aktiviteter?kind=volunteer")


def test_the_start_page_has_a_small_section_when_there_is_need(town: Town, visitor: Visitor) -> None:
    def section() -> Element:
        return visitor.get("/").one("section", aria_labelledby="lend-a-hand")

    assert section().one("h2").text == _("Lend a hand")
    date = town.occurrence(town.activity("Suppe", kind=Kind.VOLUNTEER), capacity=1, starts_in=timedelta(days=2))
    assert section().one("h2").text == _("Where help is most needed")
    assert needed(1) in section().text and section().all("a", href=LIST)
    town.signed_up(date)
    assert section().one("h2").text == _("Lend a hand")
    assert section().all("a", href=address(date)), "what comes next may still be joined"


def test_a_volunteer_date_says_what_is_missing_and_not_what_is_free(town: Town, visitor: Visitor) -> None:
    town.occurrence(town.activity(kind=Kind.VOLUNTEER), capacity=3)
    assert visitor.get("/aktiviteter").one("span", class_="places-free").text == needed(3)
