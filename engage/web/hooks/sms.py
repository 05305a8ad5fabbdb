"""What people answer to our SMS, as the gateway tells it: STOP and START are obeyed, all else is not read."""

import string

from flask import Blueprint, Response, request

from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.sms import HOOK
from engage.registrations import phone
from engage.web.security import csrf
from engage.web.who import sms_gateway

blueprint = Blueprint("sms", __name__)
blueprint.before_request(sms_gateway)
# No browser and no session: the gateway shows a secret instead.
csrf.exempt(blueprint)


@blueprint.post(HOOK)
def answered() -> Response:
    """One message: `from` (a number) and `text`, as JSON or a form. Told twice it is obeyed once."""
    told = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    if not isinstance(told, dict):
        return Response("no message\n", 400, mimetype="text/plain")
    sender, text = str(told.get("from") or ""), str(told.get("text") or "")
    said = text.strip(" .!\n\t\"'").partition(" ")[0].lower()
    if said in phone.STOP | phone.START:
        # Gateways write it with +, with 00, or with neither.
        number = "+" + "".join(letter for letter in sender if letter in string.digits).lstrip("0")
        with transaction():
            (phone.stop if said in phone.STOP else phone.start)(number, now=utc_now())
    return Response("read\n", mimetype="text/plain")
