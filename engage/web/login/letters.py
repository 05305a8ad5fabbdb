"""Flask-Security's mails become our letters: worded in the account's language, put into the outbox, sent by the worker."""

# ruff: noqa: ARG002  (the library decides what its tools are called with)

from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_security import EmailValidateException, MailUtil

from engage.accounts import User, letters
from engage.base.clock import utc_now
from engage.base.i18n import LazyText
from engage.web.login.words import MESSAGES


class LettersInstead(MailUtil):
    """Takes every mail Flask-Security wants sent, by the name of its template. Its links name whatever host the request
    claimed, so they are made anew from the token."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **facts: Any,
    ) -> None:
        """Queue the letter in the request's transaction. A template nobody worded here is a defect, and raises."""
        user, now = _itself(facts["user"]), utc_now()
        name = template.rsplit("/", 1)[-1]
        if name == "reset_instructions":
            within = current_app.config["SECURITY_RESET_PASSWORD_WITHIN"]
            letters.new_password(user, facts["reset_token"], within, now)
        elif name in {"reset_notice", "change_notice"}:
            letters.password_changed(user, now)
        else:
            raise NotImplementedError(template)

    def normalize(self, email: str) -> str:
        """As accounts keep addresses: in lower case."""
        try:
            return validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized.lower()
        except EmailNotValidError as error:
            raise EmailValidateException(str(_NOT_AN_ADDRESS)) from error

    def validate(self, email: str) -> str:
        """The same: whether the address receives mail is found out by writing to it."""
        return self.normalize(email)


_NOT_AN_ADDRESS: LazyText = MESSAGES["INVALID_EMAIL_ADDRESS"][0]


def _itself(user: Any) -> User:
    """The account behind Flask-Login's stand-in."""
    found: User = user._get_current_object() if hasattr(user, "_get_current_object") else user
    return found
