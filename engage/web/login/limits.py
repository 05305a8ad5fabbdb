"""How often one may try to get in. A stranger who guesses is slowed down; the owner at another address hardly notices."""

import hashlib
import hmac
from datetime import datetime

from flask import request, session

from engage.base.config import current_settings
from engage.base.limits import Rate, take
from engage.web.login.signed_in import account_or_none
from engage.web.who import client_key

# Three buckets for a password: what one client may try at all, what it may try at one account, and what the whole world
# may try at one account. The last is wide, since whoever empties it also keeps the owner out (a passkey still gets in).
_CLIENT = Rate(burst=40, per_second=10 / 60)
_CLIENT_AT_ACCOUNT = Rate(burst=8, per_second=1 / 60)
_ACCOUNT = Rate(burst=50, per_second=4 / 60)
# Three of a million codes are right at any time, so this gives who knows the password 0.1 % a day.
_SECOND_STEP = Rate(burst=6, per_second=1 / 300)
_RESET = Rate(burst=3, per_second=1 / 1200)

_SECOND_STEPS = {"security.two_factor_token_validation", "security.mf_recovery"}
_AGAIN = {"security.verify", "security.change_password"}


def count_attempt(now: datetime) -> None:
    """Take what this attempt costs, or raise `TooOften`. Only sent forms count."""
    if request.method != "POST" or request.endpoint == "security.logout":
        return
    take(f"sign-in:client:{client_key()}", _CLIENT, now)
    if request.endpoint == "security.login":
        account = _hidden(request.form.get("email", ""))
        take(f"sign-in:account:{account}:{client_key()}", _CLIENT_AT_ACCOUNT, now)
        take(f"sign-in:account:{account}", _ACCOUNT, now)
    elif request.endpoint == "security.forgot_password":
        take(f"reset:{_hidden(request.form.get('email', ''))}", _RESET, now)
    elif request.endpoint in _SECOND_STEPS:
        take(f"second-step:{_hidden(str(session.get('tf_user_id', '')))}", _SECOND_STEP, now)
    elif request.endpoint in _AGAIN and (here := account_or_none()) is not None:
        take(f"again:{here.id}", _CLIENT_AT_ACCOUNT, now)


def _hidden(address: str) -> str:
    """A keyed hash: the table of buckets is no list of who tried to sign in."""
    key = current_settings().secret_key.encode()
    return hmac.new(key, address.strip().lower().encode(), hashlib.sha256).hexdigest()[:32]
