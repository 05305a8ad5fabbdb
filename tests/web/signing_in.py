"""Steps of signing in that several tests take."""

from flask_security import hash_password
from werkzeug.test import TestResponse

from engage.accounts import User
from engage.base.db import db
from tests.web.conftest import Visitor

PASSWORD = "havet er koldt i april"
SIGN_IN = "/konto/log-ind"
_hashes: dict[str, str] = {}


def with_password(user: User, password: str = PASSWORD) -> User:
    """The same account with a password; hashed once for all tests, since hashing is slow on purpose."""
    if password not in _hashes:
        _hashes[password] = hash_password(password)
    user.password = _hashes[password]
    db.session.commit()
    return user


def enter(visitor: Visitor, email: str, password: str, **more: str) -> TestResponse:
    """Send the sign-in form, whatever comes of it."""
    page = visitor.get(SIGN_IN)
    (form,) = [form for form in page.all("form") if form.get("action") == SIGN_IN]
    return visitor.client.post(SIGN_IN, data={**form.fields(), "email": email, "password": password, **more})
