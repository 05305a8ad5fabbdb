"""The post office: keeps each message as a row, sends it when it is due, and never asks what it means."""

from engage.outbox import at_once, chats, enquiries, rerouting
from engage.outbox.delivery import deliver_due, rehearse
from engage.outbox.forgetting import forget
from engage.outbox.models import Letter, Priority, Status
from engage.outbox.post import (
    Draft,
    about_talk,
    answered,
    put,
    put_all,
    put_draft,
    rewrite,
    take_back,
    void,
    withdraw,
    withdraw_letters,
)

__all__ = [
    "Draft", "Letter", "Priority", "Status", "about_talk", "answered", "at_once", "chats", "deliver_due", "enquiries", "forget",
    "put", "put_all", "put_draft", "rehearse", "rerouting", "rewrite", "take_back", "void", "withdraw", "withdraw_letters",
]  # fmt: skip
