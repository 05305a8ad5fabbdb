"""Organisations: the list with its search, one's own page, and the form in which it is made and changed."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import Organisation, OrganisationKind, declarations, invitations, members, registry
from engage.accounts.registry import NameTaken, OrganisationInput
from engage.activities import typed
from engage.base import i18n, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.web.staff import blueprint, said
from engage.web.staff.said import Errors
from engage.web.who import current_account

Answer = str | Response | tuple[str, int]
_LONGEST_PRESENTATION = 2000


@blueprint.get("/organisationer")
def organisations() -> str:
    """All of them, by name, with what was searched for."""
    words, year = said.asked_words(), _year()
    found = registry.search(words)
    declared = declarations.declared(year)
    return render_template(
        "staff/organisations.html",
        q=words,
        total=ngettext("%(number)s organisation", "%(number)s organisations", len(found)),
        organisations=[(each, kind_name(each.kind), _lacks(each, declared)) for each in found],
        year=year,
    )


@blueprint.get("/organisationer/ny")
def new_organisation() -> str:
    """An empty form."""
    return _form(None, {"kind": OrganisationKind.ASSOCIATION.value})


@blueprint.post("/organisationer/ny")
def create_organisation() -> Answer:
    """Make it, and go on to its page, where its first member is invited."""
    told, errors = _told()
    if not errors:
        try:
            with transaction():
                made = registry.create(told, by=current_account(), now=utc_now()).public_id
        except NameTaken as refusal:
            errors.append(("name", str(refusal)))
        else:
            flash(_("The organisation is made. Now invite somebody who may publish for it."), "success")
            return redirect(url_for(".organisation", organisation=made), 303)
    return _form(None, request.form, errors), 422


@blueprint.get("/organisationer/<organisation>")
def organisation(organisation: str) -> str:
    """One of them: who they are, who may publish for them, what they declared."""
    return organisation_page(found_organisation(organisation))


@blueprint.get("/organisationer/<organisation>/ret")
def change_page(organisation: str) -> str:
    """The form with what is known."""
    found = found_organisation(organisation)
    words = {f"presentation_{code}": text for code, text in found.presentation.items()}
    plain = {name: getattr(found, name) for name in ("name", "sector", "email", "phone", "url")}
    return _form(found, {**plain, **words, "kind": found.kind, **({"trusted": "1"} if found.trusted else {})})


@blueprint.post("/organisationer/<organisation>/ret")
def change_organisation(organisation: str) -> Answer:
    """Write what was changed."""
    found = found_organisation(organisation)
    told, errors = _told()
    if not errors:
        try:
            with transaction():
                registry.change(found, told, by=current_account(), now=utc_now())
        except NameTaken as refusal:
            errors.append(("name", str(refusal)))
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".organisation", organisation=organisation), 303)
    return _form(found, request.form, errors), 422


def found_organisation(public_id: str) -> Organisation:
    """The organisation with this public id. Answers 404 when there is none."""
    found = registry.by_public_id(public_id)
    if found is None:
        abort(404)
    return found


def organisation_page(
    found: Organisation, errors: Errors | None = None, values: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The page of one organisation, with what is wrong in one of its two small forms."""
    now, year = utc_now(), _year()
    given = declarations.declarations_of(found.id)
    return render_template(
        "staff/organisation.html",
        organisation=found,
        kind=kind_name(found.kind),
        presentation=in_language(found.presentation) if found.presentation else "",
        members=[(each.user, each.rights) for each in members.members_of(found.id)],
        pending=[(each, said.day(each.expires_at)) for each in invitations.pending(now=now, organisation_id=found.id)],
        # Only associations must; one that was an association when it declared still shows what it did.
        declares=found.kind == OrganisationKind.ASSOCIATION or bool(given),
        declarations=[(each, said.day(each.declared_on)) for each in given],
        lacks=_lacks(found, frozenset(each.organisation_id for each in given if each.year == year)),
        year=year,
        years=[str(number) for number in range(year + 1, year - 5, -1)],
        today=now.astimezone(current_settings().city.zone).date().isoformat(),
        public_url=url_for("public.organisation", organisation=found.public_id, slug=wording.slug(found.name)),
        room_url=url_for("organiser.home", organisation=found.public_id),
        log_url=url_for(".log", organisation=found.public_id),
        mail_languages=_languages(),
        errors=errors or [],
        values={"language": i18n.current_language(), "year": str(year), **values},
    )


def kind_name(kind: str) -> str:
    """What sort of organiser it is, in a word."""
    names = {
        OrganisationKind.SCHOOL: _("School"),
        OrganisationKind.ASSOCIATION: _("Association"),
        OrganisationKind.COMPANY: _("Company"),
        OrganisationKind.DEPARTMENT: _("Department of the municipality"),
    }
    return names[OrganisationKind(kind)]


def _lacks(organisation: Organisation, declared: frozenset[int]) -> bool:
    return organisation.kind == OrganisationKind.ASSOCIATION and organisation.id not in declared


def _year() -> int:
    return utc_now().astimezone(current_settings().city.zone).year


def _languages() -> list[tuple[str, str]]:
    return [(code, i18n.NAMES.get(code, code)) for code in current_settings().city.languages]


def _told() -> tuple[OrganisationInput, Errors]:
    """What the form says, and what is wrong with it."""
    errors: Errors = []
    name = typed.line(request.form.get("name", ""))[:160]
    kinds = set(OrganisationKind)
    kind = request.form.get("kind", "")
    if not name:
        errors.append(("name", _("Write the organisation's name.")))
    if kind not in kinds:
        errors.append(("kind", _("Choose what sort of organisation it is.")))
    presentation = {
        code: text[:_LONGEST_PRESENTATION]
        for code in current_settings().city.languages
        if (text := typed.paragraphs(request.form.get(f"presentation_{code}", "")))
    }
    told = OrganisationInput(
        name=name,
        kind=OrganisationKind(kind) if kind in kinds else OrganisationKind.ASSOCIATION,
        sector=typed.line(request.form.get("sector", ""))[:40],
        email=said.read("email", typed.read_email, errors, ""),
        phone=said.read("phone", typed.read_phone, errors, ""),
        url=said.read("url", typed.read_online, errors, ""),
        presentation=presentation,
        trusted=request.form.get("trusted") == "1",
    )
    return told, errors


def _form(found: Organisation | None, values: Mapping[str, str], errors: Errors | None = None) -> str:
    return render_template(
        "staff/organisation_form.html",
        organisation=found,
        values=values,
        errors=errors or [],
        kinds=[(kind.value, kind_name(kind)) for kind in OrganisationKind],
        text_languages=_languages(),
        longest_presentation=_LONGEST_PRESENTATION,
    )
