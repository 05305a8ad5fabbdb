"""The annex to the record of processing (GDPR article 30): what is kept for which purpose, and for how long, as the code has it.

The document in `docs/` holds this annex word for word, which a test makes sure of; so the record cannot tell what is not true.
"""

from engage.base.declared import Purpose
from engage.privacy.forgetting import holdings

# Each purpose: of whom, until when, and the names of its periods under [retention] in the city file.
PERIODS: dict[Purpose, tuple[str, str, tuple[str, ...]]] = {
    Purpose.SIGN_UP: (
        "who signs up",
        "after the last date, or after it was given up; unconfirmed sign-ups: 60 minutes",
        ("sign_up_days",),
    ),
    Purpose.ANSWERS: (
        "who signs up, and who comes along (children too)",
        "after the last date, never longer than the sign-up",
        ("answer_days",),
    ),
    Purpose.STATISTICS: (
        "who signs up, where it is asked and if they want: age band and part of town, never a birth date",
        "after the last date; then the row stands for statistics without the person",
        ("sign_up_days",),
    ),
    Purpose.OWN_PAGE: (
        "citizens with a page of their own",
        "while anything else is kept of them; wishes, linked chats and what they follow longer, with a letter 30 days before",
        ("own_page_days",),
    ),
    Purpose.CALENDAR: ("who follows their own calendar", "after it was last read", ("own_calendar_days",)),
    Purpose.CERTIFICATE: (
        "who asks for a certificate",
        "after it was issued, or until they delete it",
        ("certificate_days",),
    ),
    Purpose.ENTRANCE: ("who opens their own page", "links: 30 minutes; visits: 12 hours; codes: 10 minutes", ()),
    Purpose.TALK: (
        "who talks in the chat or by Telegram",
        "after the last word; the number of what came in: 3 days",
        ("conversation_days",),
    ),
    Purpose.QUESTIONS: (
        "who asks staff a question",
        "after it was answered or put away; one that nobody answers: after it was asked",
        ("question_days",),
    ),
    Purpose.PROPOSALS: (
        "who proposes an activity, or wants to hear of one",
        "after it was published, declined or taken back; unconfirmed: one day; what lies still: one year",
        ("question_days",),
    ),
    Purpose.LETTERS: ("who is written to", "after it was sent: text and address", ("message_days",)),
    Purpose.SAFETY: (
        "anybody, by keyed hashes or numbers",
        "one day at most; limits that were met: 30 days, or while they are lifted; STOP from a telephone: until START",
        (),
    ),
    Purpose.ACCOUNT: ("organisers and staff", "after the account was closed", ("closed_account_days",)),
    Purpose.LOG: ("organisers and staff", "after it was done", ("audit_days",)),
    Purpose.ORGANISATION: ("contacts of organisations", "while the organisation takes part", ()),
    Purpose.IMPORT: (
        "contacts in calendars that are brought in",
        "files that were not brought in: one day; contacts: with the activity",
        (),
    ),
}


def annex() -> str:
    """The annex, as Markdown."""
    lines = [
        "| Purpose | Of whom | Kept until | Period in the city file | Columns |",
        "| --- | --- | --- | --- | --- |",
    ]
    for purpose, (whose, until, settings) in PERIODS.items():
        columns = [
            f"{each.table}: {', '.join(each.personal[purpose].split())}"
            for each in holdings()
            if purpose in each.personal
        ]
        period = ", ".join(f"`{name}`" for name in settings) or "fixed"
        lines.append(f"| `{purpose}` | {whose} | {until} | {period} | {'; '.join(columns)} |")
    return "\n".join(lines)
