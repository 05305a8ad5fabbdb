"""Every verdict, change and reason of an import in words, in the language of whoever reads it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from engage.activities.importing.events import Note
from engage.base import wording
from engage.base.i18n import LazyText
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l

_REASONS: dict[str, LazyText] = {
    # Why a file is refused.
    "too_large": _l("The file is larger than %(megabytes)s MB. Save a shorter period, or leave pictures out."),
    "too_many_events": _l("There are more than %(most)s events in it. Split it up, a year at a time."),
    "too_many_dates": _l("It gives more than %(most)s dates. Split it up, a year at a time."),
    "too_slow": _l("It takes too long to read, so we stopped. Save it anew from your calendar, or split it up."),
    "too_much_memory": _l(
        "It takes too much room to read, so we stopped. Save it anew from your calendar, or split it up."
    ),
    "not_kept": _l("The file is not kept any more. Upload it once again."),
    "unreadable": _l("We could not read this file. Save it anew, and try again."),
    "empty": _l("The file is empty."),
    "old_workbook": _l("This is a workbook of an older kind (.xls). Save it as .xlsx, then it will work."),
    "unknown_format": _l(
        "We can read calendars (.ics), tables (.csv, .xlsx) and feeds (.json). This is something else."
    ),
    "web_page": _l(
        "This is a web page, not a calendar or a feed. Look for the address that ends in .ics or gives JSON."
    ),
    "line_too_long": _l("Line %(line)s has more than %(most)s characters. No calendar or table needs such lines."),
    "calendar_empty": _l("There is no event in this calendar."),
    "table_unreadable": _l("The table breaks off near line %(line)s. Perhaps a quotation mark is missing."),
    "table_empty": _l("The table needs one row of headings, and below it at least one row with an event."),
    "workbook_unreadable": _l("The workbook cannot be read. Open it, save it anew as .xlsx, and try again."),
    "not_a_workbook": _l("This is an archive, but no workbook. Send the .xlsx file itself."),
    "encrypted": _l("The workbook is locked with a password. Save it without one."),
    "bomb": _l("Unpacked, this workbook would be far larger than any list of events. It is not opened."),
    "json_unreadable": _l("This is not JSON as it should be: it breaks off near line %(line)s."),
    "too_deep": _l("It has more than %(most)s levels inside each other. No feed of events needs that."),
    "list_missing": _l("We cannot find a list of events in it."),
    "list_not_there": _l("There is no list of events at “%(path)s”. Choose one of those there are."),
    "columns_missing": _l("We do not find any more where the title and the day stand. Look at it, and choose anew."),
    # Why one row is not read.
    "title_missing": _l("It has no title."),
    "date_missing": _l("It has no date."),
    "date_unreadable": _l("The date or time “%(text)s” cannot be read."),
    "dates_unlikely": _l("From %(start)s to %(end)s: that cannot be right. Check the years."),
    "ends_before_start": _l("It ends before it starts."),
    "formula": _l("A cell holds a formula (%(text)s). Write what it shows instead."),
    "same_as_row": _l("It is the same event at the same time as row %(row)s."),
    "same_as_line": _l("It is the same event at the same time as in line %(line)s."),
    "entry_cut_off": _l("The entry breaks off in the middle."),
    "entry_unreadable": _l("The entry is not written as a calendar entry should be."),
    "rule_unreadable": _l("The rule for its repetition cannot be read: %(text)s"),
    "rule_too_often": _l("It repeats several times a day. Choose single dates instead."),
    "rule_endless": _l("Its rule never gives a date, or gives them without end."),
    # Why one row is left out, which is as it should be.
    "private": _l("A private entry, or one that only says that a room is taken."),
    "over": _l("It is over."),
    "cancelled_unknown": _l("It is called off, and we never had it."),
    "deleted_here": _l("You have deleted it here, so it stays away."),
    "called_off_here": _l("You have called it off here, so it stays called off."),
    # What is to be known about a row.
    "all_day": _l("It has no time, so it stands as the whole day."),
    "end_missing": _l("It does not say when it ends."),
    "end_before_start": _l("Its end stood before its start; we read them the other way round."),
    "zone_unknown": _l("The time zone “%(zone)s” is unknown; the time is read as local time here."),
    "dates_cut": _l("It repeats without end or very often; the first %(most)s dates are taken."),
    "price_unclear": _l("The price “%(price)s” is not clear. Set it before it is published."),
    "own_text": _l("One of its dates has a text of its own; the common one is shown for all."),
    "first_sheet": _l("Only the first sheet, “%(sheet)s”, is read."),
    "guests_told": _l("Those who have signed up are told."),
    "goes_ahead": _l("The source had called it off and takes that back. Who had signed up is asked anew."),
    "begun_already": _l("The date has begun, so it stays as it is."),
    "moved_into_past": _l("The new time is in the past, so the date stays as it is."),
    "in_review": _l("It is being reviewed right now; the reviewer sees the new words."),
    # Why an address is not read.
    "not_http": _l("The address must begin with https:// or http://."),
    "address_wrong": _l("That is not an address on the net."),
    "port_not_allowed": _l("Addresses with the port %(port)s are not read."),
    "host_unknown": _l("There is nothing by the name of %(host)s on the net."),
    "not_public": _l("%(host)s is not on the public net, so we do not read it."),
    "too_many_redirects": _l("The address leads on to other addresses more than %(most)s times."),
    "not_reachable": _l("%(host)s does not answer."),
    "not_trusted": _l("%(host)s cannot show that it is who it says it is (its certificate is not valid)."),
    "answered_slowly": _l("%(host)s took too long to answer."),
    "answered_with": _l("%(host)s answered with error %(status)s."),
    "not_found": _l("%(host)s says that there is nothing at this address any more (%(status)s)."),
    "not_allowed_there": _l("%(host)s does not let us read this address (%(status)s)."),
    "answer_broken": _l("%(host)s gave an answer that cannot be read."),
}

_FIELDS: dict[str, LazyText] = {
    "title": _l("title"),
    "summary": _l("summary"),
    "body": _l("text"),
    "starts_at": _l("start"),
    "ends_at": _l("end"),
    "place": _l("place"),
    "online_url": _l("address on the net"),
    "price": _l("price"),
    "price_note": _l("price"),
    "capacity": _l("number of places"),
    "contact_email": _l("e-mail"),
    "contact_phone": _l("telephone"),
    "cancelled": _l("called off"),
    "dates": _l("dates"),
    "own_title": _l("title of single dates"),
}


def reason(note: Note | Mapping[str, Any]) -> str:
    """A note in words."""
    code, facts = (note.code, note.facts) if isinstance(note, Note) else (note["code"], note.get("facts", {}))
    text = str(_REASONS[code])
    return text % {name: _shown(value) for name, value in facts.items()} if facts else text


def _shown(value: object) -> object:
    """A day inside a note is told as people write it."""
    if isinstance(value, str) and len(value) == 10 and value[4:5] == "-":
        try:
            return wording.long_date(date.fromisoformat(value), year=True)
        except ValueError:
            return value
    return value


def fields(names: list[str]) -> str:
    """What changed: "title and start". A text in one language is named with it."""
    words: dict[str, None] = {}
    for name in names:
        field, _point, language = name.partition(".")
        plain = str(_FIELDS.get(field, field))
        words[f"{plain} ({wording.spoken_name(language)})" if language and field != "price_note" else plain] = None
    return wording.listing(list(words))


def verdict(row: Mapping[str, Any]) -> str:
    """What becomes, or became, of a row, in a few words."""
    code, done = row["verdict"], row.get("done", False)
    if code == "new":
        return _("Created") if done else _("New")
    if code == "changed":
        return _("Changed: %(fields)s", fields=fields(row["changed"]))
    if code == "unchanged":
        return _("Unchanged")
    if code == "left_out":
        return _("Left out")
    if code == "vanished":
        return _("No longer in the source")
    return _("Cannot be read")


def details(row: Mapping[str, Any]) -> list[str]:
    """Everything else to be said about a row, one sentence each."""
    said = [reason(note) for note in row.get("notes", ())]
    if row.get("kept"):
        said.append(_("You have changed this by hand, so it keeps your own: %(fields)s.", fields=fields(row["kept"])))
    if row["verdict"] == "vanished":
        said.append(_("It stays here until you call it off or delete it."))
    return list(dict.fromkeys(said))
