"""Where anybody checks a certificate they were given, and where programs find the keys that credentials are verified with.

The page never names anybody. Whether a name is the right one is answered only where its person allowed it.
"""

from flask import Response, jsonify, make_response, render_template, request

from engage.base import links
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.registrations import certificates
from engage.registrations.application import LONGEST_NAME
from engage.registrations.certificates import credential, keys
from engage.registrations.certificates.status import NoSuchStatusList
from engage.web import certificate_view
from engage.web.public import blueprint


@blueprint.get(links.CERTIFICATE)
def certificate(certificate: str) -> Response:
    """What it certifies, and whether it is good."""
    return _page(certificate, None, "")


@blueprint.post(links.CERTIFICATE)
def check_name(certificate: str) -> Response:
    """Whether the name on the paper is the one it was issued to. Raises `TooOften` for who tries many."""
    name = request.form.get("name", "")[: 2 * LONGEST_NAME]
    matches = certificates.name_matches(certificates.public(certificate), name, now=utc_now()) if name.strip() else None
    return _page(certificate, matches, name)


@blueprint.get(links.CREDENTIAL_ISSUER)
def credential_issuer() -> Response:
    """Who issues credentials, as they name it."""
    return _for_programs({"@context": list(credential.CONTEXT), **credential.issuer()})


@blueprint.get(links.CREDENTIAL_KEYS)
def credential_keys() -> Response:
    """All public keys, as a JSON Web Key Set (RFC 7517)."""
    return _for_programs({"keys": keys.public_keys()})


@blueprint.get(links.CREDENTIAL_KEY)
def credential_key(key: str) -> Response:
    """One of them, as the credentials' `kid` names it."""
    return _for_programs(keys.public_key(key))


@blueprint.get(links.CREDENTIAL_STATUS)
def credential_status(number: str) -> Response:
    """A list of which certificates were taken back, as each credential names its own."""
    if not (number.isascii() and number.isdecimal() and len(number) < 5):
        raise NoSuchStatusList
    with transaction():  # the first signature of a key keeps its public half
        signed = credential.status_list(int(number), now=utc_now())
    answer = Response(signed, content_type=credential.JWT_TYPE)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def _page(public_id: str, matches: bool | None, name: str) -> Response:
    found = certificate_view.view(certificates.public(public_id))
    page = render_template(
        "public/certificate.html", certificate=found, matches=matches, name=name, longest=LONGEST_NAME
    )
    answer = make_response(page)
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _for_programs(content: object) -> Response:
    """Read by verifiers that run in a browser elsewhere as well, so for any origin."""
    answer = jsonify(content)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
