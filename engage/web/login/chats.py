"""The chats of one's account: a code to be told there, the yes to the chat that told it, and letting one go."""

from flask import flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from engage.accounts import audit, chats
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.limits import Rate, take
from engage.channels import deep_links
from engage.web.login.account import blueprint
from engage.web.login.freshness import fresh
from engage.web.mine.views import channel_name
from engage.web.who import current_account, not_by_password_alone

_CODE = "account_chat_code"
_CODES = Rate(burst=5, per_second=1 / 120)


@blueprint.get("/chat")
@fresh
def chats_page() -> str | Response:
    """Which chats there are, and how to link one."""
    if (held := not_by_password_alone()) is not None:
        return held
    code, zone = session.pop(_CODE, ""), current_settings().city.zone
    found = [
        (each, channel_name(each.channel or ""), wording.dated_instant(each.claimed_at or each.made_at, zone))
        for each in chats.of(current_account(), now=utc_now())
    ]
    bot = next((url for channel, url in deep_links("start") if channel != "webchat"), "")
    return render_template("login/chats.html", found=found, code=code, bot=bot)


@blueprint.post("/chat")
@fresh
def new_chat_code() -> Response:
    """A code to be told in the chat, shown once."""
    if (held := not_by_password_alone()) is not None:
        return held
    account, now = current_account(), utc_now()
    take(f"chat-code:{account.id}", _CODES, now)
    with transaction():
        _made, session[_CODE] = chats.begin(account, now=now)
    return _back()


@blueprint.post("/chat/<chat>/ja")
@fresh
def confirm_chat(chat: str) -> Response:
    """It was this chat: from now on it does what the account may do."""
    if (held := not_by_password_alone()) is not None:
        return held
    account, now = current_account(), utc_now()
    try:
        with transaction():
            found = chats.confirm(account, chat, now=now)
            facts = {"channel": found.channel}
            audit.record(account, "account.chat_linked", f"account:{account.public_id}", facts, now)
        flash(_("The chat is linked."), "success")
    except Refusal as refusal:
        flash(str(refusal), "error")
    return _back()


@blueprint.post("/chat/<chat>/slut")
def unlink_chat(chat: str) -> Response:
    """Let a chat go."""
    account, now = current_account(), utc_now()
    with transaction():
        if chats.unlink(account, chat):
            audit.record(account, "account.chat_unlinked", f"account:{account.public_id}", {}, now)
    flash(_("The chat is not linked any more."), "success")
    return _back()


def _back() -> Response:
    return redirect(url_for(".chats_page"), 303)
