"""Certificates that citizens ask for: that they came, or their hours as a volunteer. Nothing is issued by itself."""

from engage.registrations.certificates.counting import issued
from engage.registrations.certificates.earned import Earned, earned
from engage.registrations.certificates.issuing import (
    HoursPeriodNotPossible,
    NoHours,
    NotEarned,
    TooManyCertificates,
    delete,
    issue,
    issue_hours,
)
from engage.registrations.certificates.models import Certificate, CertificateKind
from engage.registrations.certificates.reading import (
    NoSuchCertificate,
    expire,
    name_matches,
    of_person,
    of_registration,
    own,
    public,
)
from engage.registrations.certificates.taking_back import NoReason, give_back, take_back

__all__ = [
    "Certificate", "CertificateKind", "Earned", "HoursPeriodNotPossible", "NoHours", "NoReason", "NoSuchCertificate",
    "NotEarned", "TooManyCertificates", "delete", "earned", "expire", "give_back", "issue", "issue_hours", "issued",
    "name_matches", "of_person", "of_registration", "own", "public", "take_back",
]  # fmt: skip
