"""Which passwords are good enough: long rather than strange, and not the first thing somebody would try."""

from typing import Any

from flask import current_app
from flask_security import PasswordUtil

from engage.base.config import current_settings
from engage.web.login.words import MESSAGES

# NIST SP 800-63B, 5.1.1: length counts, rules about kinds of characters do not. Eight is its floor; desks are shared here.
SHORTEST = 10
_FEWEST_DIFFERENT = 5
_TRIED_FIRST = ("password", "adgangskode", "kodeord", "passwort", "1234567890", "qwertyuiop")


class LongPasswords(PasswordUtil):
    """What Flask-Security asks when a password is chosen."""

    def validate(self, password: str, is_register: bool, **facts: Any) -> tuple[list[str] | None, str]:
        """What is wrong with it, if anything, and the password as it is kept."""
        problems, normal = super().validate(password, is_register, **facts)
        user = facts.get("user")
        of_person = [user.email, *user.name.split()] if user is not None else []
        if not problems and easy(normal, of_person):
            problems = [str(MESSAGES["PASSWORD_TOO_SIMPLE"][0])]
        return problems, normal


def checked(password: str, of_person: list[str]) -> tuple[list[str], str]:
    """What is wrong with the first password of an account that is just being made, and the password as it is kept."""
    if not password:
        return [str(MESSAGES["PASSWORD_NOT_PROVIDED"][0])], ""
    rules: LongPasswords = current_app.extensions["security"].password_util
    problems, normal = rules.validate(password, True)
    if not problems and easy(normal, of_person):
        problems = [str(MESSAGES["PASSWORD_TOO_SIMPLE"][0])]
    return problems or [], normal


def easy(password: str, of_person: list[str]) -> bool:
    """Whether it has hardly any different characters, or is little more than the person, the service or the city."""
    small = password.lower()
    if len(set(small)) < _FEWEST_DIFFERENT:
        return True
    city = current_settings().city
    known = [city.name, *city.title.split(), *_TRIED_FIRST, *of_person]
    known += [word.partition("@")[0] for word in of_person]
    for word in sorted(known, key=len, reverse=True):
        if len(word) >= 4:
            small = small.replace(word.lower(), "")
    return len(small) < SHORTEST // 2
