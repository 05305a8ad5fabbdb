"""Who is at the door: gates of the blueprints, and how often one client may knock."""

import hashlib
import hmac
import ipaddress

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import User, access
from engage.base import limits
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.people import Visit
from engage.registrations import caps
from engage.registrations.attendance import DoorShut, door_links
from engage.registrations.caps import Limit
from engage.web import visiting
from engage.web.login.signed_in import account_or_none, current_session

# A person with an account may send this many forms a minute; a page that saves by itself sends one every few seconds.
_FORMS_A_MINUTE = 120


def client_key() -> str:
    """A keyed hash that stands for where a request came from, and changes every day.

    An IPv6 subscriber has a /64 of addresses (RFC 6177), so only that part counts.
    """
    settings = current_settings()
    text = request.remote_addr or "unknown"
    try:
        address = ipaddress.ip_address(text)
        if address.version == 6:
            text = str(ipaddress.ip_network((address, 64), strict=False))
    except ValueError:
        pass
    day = utc_now().date().isoformat()
    return hmac.new(settings.secret_key.encode(), f"{day} {text}".encode(), hashlib.sha256).hexdigest()[:32]


def everybody() -> None:
    """The gate of the public pages: all may look; forms may be sent only so often. Raises `TooOften`."""
    if request.method == "POST":
        a_minute = current_settings().forms_per_client_minute
        rate, client = limits.Rate(burst=a_minute, per_second=a_minute / 60), client_key()
        caps.take_pace(f"form:{client}", rate, caps.network(client, Limit.FORMS), utc_now())


def telegram() -> None:
    """The gate of Telegram's updates: whoever shows the secret Telegram was told when it was given our address."""
    settings = current_settings().telegram
    if settings is None or not settings.webhook_url:
        abort(404)
    shown = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    # In constant time, so that the secret cannot be found letter by letter.
    if not hmac.compare_digest(shown.encode(), settings.webhook_secret.encode()):
        abort(403)


def sms_gateway() -> None:
    """The gate of what people answer to an SMS: whoever shows the secret the gateway was given."""
    settings = current_settings().sms
    if settings is None or not settings.hook_secret:
        abort(404)
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.headers.get("X-Hook-Secret", "")
    if not hmac.compare_digest(shown.encode(), settings.hook_secret.encode()):
        abort(403)


def citizens() -> Response | None:
    """The gate of one's own page: whoever came by a one-time link. Everybody else is asked for their address first."""
    visit = visiting.current()
    if visit is None:
        visiting.remember_wanted(_wanted())
        return redirect(url_for("entrance.page"))
    if request.method == "POST":
        rate = limits.Rate(burst=_FORMS_A_MINUTE, per_second=_FORMS_A_MINUTE / 60)
        limits.take(f"form:visit:{visit.id}", rate, utc_now())
    return None


def current_visit() -> Visit:
    """The visit behind this request. Only for pages behind the gate of citizens, which has made sure that there is one."""
    visit = visiting.current()
    if visit is None:
        abort(401)
    return visit


def current_account() -> User:
    """The account behind this request. Only for pages behind a gate, which has made sure that there is one."""
    account = account_or_none()
    if account is None:
        abort(401)
    return account


def account_holders() -> Response | None:
    """The gate of one's own account: whoever is signed in, and nothing is asked of their second factor."""
    if (account := account_or_none()) is None:
        return _to_sign_in()
    _count_forms(account)
    return None


def organisers() -> Response | None:
    """The gate of the organisers' room: members of an organisation, and staff with their second factor."""
    if (held := _signed_in_fully()) is not None:
        return held
    account = current_account()
    access.allow(bool(account.memberships) or access.may_review(account))
    return None


def staff() -> Response | None:
    """The gate of the staff's room: staff and admins who have shown their second factor in this session."""
    if (held := _signed_in_fully()) is not None:
        return held
    access.allow(access.may_review(current_account()))
    return None


def not_by_password_alone() -> Response | None:
    """Before what changes how one signs in: who works for the city and has a second step shows it first.

    Whoever has the password could otherwise add a second step of their own, and need that of its owner no more. None for
    somebody who may go on.
    """
    session = current_session()
    if session is None or not session.user.works_for_the_city or session.has_second_factor:
        return None
    return _to_second_step() if session.user.has_second_factor else None


def door_helpers() -> None:
    """The gate of helpers at the door: whoever has a link that is good now. Raises `DoorShut`."""
    now = utc_now()
    token = (request.view_args or {}).get("token", "")
    try:
        link, _occurrence = door_links.opened(token, now=now)
    except DoorShut:
        # Nobody tries secrets at leisure.
        limits.take(f"door:{client_key()}", limits.Rate(burst=20, per_second=0.2), now)
        raise
    if request.method == "POST":
        rate = limits.Rate(burst=_FORMS_A_MINUTE, per_second=_FORMS_A_MINUTE / 60)
        limits.take(f"form:door:{link.id}", rate, now)


def _signed_in_fully() -> Response | None:
    """None for somebody who may go on. Who works for the city is first led to their second factor."""
    session = current_session()
    if session is None:
        return _to_sign_in()
    _count_forms(session.user)
    if not session.user.works_for_the_city or session.has_second_factor:
        return None
    return _to_second_step()


def _to_second_step() -> Response:
    """Set up, but not shown here: only signing in anew asks for it. Not set up: that comes before everything else."""
    endpoint = "account.sign_in_anew" if current_account().has_second_factor else "account.second_step"
    return redirect(url_for(endpoint, next=_wanted()))


def _to_sign_in() -> Response:
    return redirect(url_for("security.login", next=_wanted()))


def _wanted() -> str | None:
    """Where to go on afterwards: the page that was asked for, but never a form that was sent."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def _count_forms(account: User) -> None:
    if request.method == "POST":
        rate = limits.Rate(burst=_FORMS_A_MINUTE, per_second=_FORMS_A_MINUTE / 60)
        limits.take(f"form:account:{account.id}", rate, utc_now())
