"""What Flask-Security says, in this city's voice. It asks for a text by its own key; those it never says here are left out."""

from collections.abc import Iterable
from typing import Any

from engage.base.i18n import LazyText, gettext
from engage.base.i18n import lazy_gettext as _l

_WRONG, _DONE, _NOTE = "error", "success", "info"

# The same words whether the address is unknown, the password wrong or the account closed.
NOT_KNOWN = _l("We do not know this e-mail address and password together. Check both, or choose a new password.")
_NO_PASSWORD = _l("Write your password.")
_ANEW = _l("That took too long. Start again.")

MESSAGES: dict[str, tuple[LazyText, str]] = {
    "API_ERROR": (_l("We could not read what was sent. Start again."), _WRONG),
    "GENERIC_AUTHN_FAILED": (NOT_KNOWN, _WRONG),
    "USER_DOES_NOT_EXIST": (NOT_KNOWN, _WRONG),
    "INVALID_PASSWORD": (_l("That is not your password. Try again."), _WRONG),
    "DISABLED_ACCOUNT": (NOT_KNOWN, _WRONG),
    "EMAIL_NOT_PROVIDED": (_l("Write your e-mail address."), _WRONG),
    "INVALID_EMAIL_ADDRESS": (_l("Write your e-mail address as name@example.dk."), _WRONG),
    "PASSWORD_NOT_PROVIDED": (_NO_PASSWORD, _WRONG),
    "PASSWORD_INVALID_LENGTH": (_l("Choose a password with at least %(length)s characters."), _WRONG),
    "PASSWORD_BREACHED": (_l("This password is known from a leak. Choose another one."), _WRONG),
    "PASSWORD_TOO_SIMPLE": (_l("This password is easy to guess. Choose another one."), _WRONG),
    "PASSWORD_IS_THE_SAME": (_l("Choose a password that is not the one you have."), _WRONG),
    "RETYPE_PASSWORD_MISMATCH": (_l("Write the same password in both fields."), _WRONG),
    "PASSWORD_CHANGE": (_l("Your password is changed. You are signed out in all other browsers."), _DONE),
    "PASSWORD_RESET_NO_LOGIN": (_l("Your new password is saved. Sign in with it."), _DONE),
    "PASSWORD_RESET_REQUEST": (
        _l("If %(email)s has an account here, we have sent it a link. Look in your mailbox, also in the junk folder."),
        _NOTE,
    ),
    "PASSWORD_RESET_EXPIRED": (
        _l("The link is too old. Write your e-mail address, and we send you a new one."),
        _WRONG,
    ),
    "INVALID_RESET_PASSWORD_TOKEN": (
        _l("The link does not work any more. Write your e-mail address, and we send you a new one."),
        _WRONG,
    ),
    "UNAUTHENTICATED": (_l("Sign in to see this page."), _NOTE),
    "REAUTHENTICATION_REQUIRED": (_l("Show once more that it is you. Then you can go on."), _NOTE),
    "REAUTHENTICATION_SUCCESSFUL": (_l("Thank you, it is you."), _DONE),
    "INVALID_REDIRECT": (_l("We could not read what was sent. Start again."), _WRONG),
    "TWO_FACTOR_INVALID_TOKEN": (_l("That code does not fit. Write the six digits your app shows right now."), _WRONG),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (_l("You are signed in."), _DONE),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (_l("Your app is set up. From now on we ask for its code."), _DONE),
    "TWO_FACTOR_PERMISSION_DENIED": (_l("Start by writing your e-mail address and password."), _NOTE),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (_l("This is not possible for your account."), _WRONG),
    "TWO_FACTOR_DISABLED": (_l("Your second step is turned off."), _DONE),
    "TWO_FACTOR_SETUP_EXPIRED": (_ANEW, _WRONG),
    "INVALID_RECOVERY_CODE": (_l("That code does not fit, or it was used already. Try another one."), _WRONG),
    "NO_RECOVERY_CODES_SETUP": (_l("You have no spare codes yet."), _NOTE),
    "WEBAUTHN_EXPIRED": (_ANEW, _WRONG),
    "WEBAUTHN_NAME_REQUIRED": (_l('Give it a name, such as "My phone".'), _WRONG),
    "WEBAUTHN_NAME_INUSE": (_l("You have one called %(name)s already. Choose another name."), _WRONG),
    "WEBAUTHN_NAME_NOT_FOUND": (_l("You have none called %(name)s."), _WRONG),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (_l("Use letters, numbers and spaces in the name."), _WRONG),
    "INVALID_INPUT": (_l("We could not read what was sent. Start again."), _WRONG),
    "INVALID_INPUT_LENGTH": (_l("Write at most %(length)s characters."), _WRONG),
    "WEBAUTHN_CREDENTIAL_DELETED": (_l("%(name)s is removed."), _DONE),
    "WEBAUTHN_REGISTER_SUCCESSFUL": (_l("%(name)s is saved. You can use it the next time you sign in."), _DONE),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": (_l("This device is saved already."), _WRONG),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (_l("We do not know this passkey. Use another one, or your password."), _WRONG),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": (_l("We do not know this passkey. Use another one, or your password."), _WRONG),
    "WEBAUTHN_NO_VERIFY": (_l("The passkey could not be checked. Try again, or use your password."), _WRONG),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": (_l("This one cannot be used here. Try another one."), _WRONG),
    "WEBAUTHN_MISMATCH_USER_HANDLE": (_l("We do not know this passkey. Use another one, or your password."), _WRONG),
    "ANONYMOUS_USER_REQUIRED": (_l("You are signed in already."), _NOTE),
}


class Words:
    """Stands where Flask-Security keeps its own catalogue: its texts are worded by ours."""

    @staticmethod
    def gettext(text: object, **facts: Any) -> str:
        """`text` in the current language; ours are lazy and word themselves, its own are never shown."""
        worded = str(text) if isinstance(text, LazyText) else gettext(str(text))
        return worded % facts if facts else worded

    @staticmethod
    def ngettext(singular: str, plural: str, number: int, **facts: Any) -> str:
        """Flask-Security has no texts with a number that are shown here."""
        return (singular if number == 1 else plural) % {"num": number, **facts}

    @staticmethod
    def format_list(items: Iterable[str], **_facts: Any) -> str:
        """Used by features that are turned off."""
        return ", ".join(items)
