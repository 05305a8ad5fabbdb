"""Flask-Security's forms, with what this city leaves out of them and what it asks besides."""

from typing import Any

from flask import g, session
from flask_security import LoginForm, TwoFactorRescueForm, WebAuthnRegisterForm, WebAuthnSigninResponseForm
from wtforms import RadioField, SelectChoice  # type: ignore[import-untyped]

from engage.web.login.words import NOT_KNOWN


class SignInForm(LoginForm):
    """E-mail and password. Nobody is remembered beyond their session: the session list is the one place that knows."""

    remember = None


class NewKeyForm(WebAuthnRegisterForm):
    """Add a passkey ("first") or a second step ("secondary"). The base class spells its choices in a way WTForms gives up."""

    usage = RadioField(choices=[SelectChoice("first", ""), SelectChoice("secondary", "")], default="first")


class NoRescueForm(TwoFactorRescueForm):
    """Flask-Security makes this form with each code; the page that would show it is closed."""

    help_setup = RadioField(choices=[])


class PasskeyForm(WebAuthnSigninResponseForm):
    """A passkey's answer."""

    def validate(self, **facts: Any) -> bool:
        """As the base does, and: a second step belongs to whoever took the first, and a closed account stays closed.

        The base class signs in the owner of the key that answered. In a second step that lets a stolen key in
        without its owner's password, behind the password of any other account.
        """
        if not super().validate(**facts):
            return False
        first_step = session.get("tf_user_id") if self.is_secondary else None
        mismatched = self.is_secondary and (self.user is None or self.user.fs_uniquifier != first_step)
        if self.user is None or not self.user.is_active or mismatched:
            self.credential.errors = [str(NOT_KNOWN)]
            return False
        g.device_checked_person = self.mf_check
        return True
