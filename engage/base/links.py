"""The addresses a message may lead to. The web doors take their routes from here, so a link in a mail cannot go stale."""

from dataclasses import dataclass

LISTING = "/aktiviteter"
ACTIVITY = "/aktiviteter/<activity>/<slug>"
OCCURRENCE = "/aktiviteter/<activity>/<slug>/<occurrence>"
CONFIRM = "/bekraeft/<token>"
REGISTRATION = "/tilmelding/<token>"
CANCEL = "/tilmelding/<token>/afmeld"
TICKET = "/billet/<token>"
DOOR = "/doer/<token>"
OFFER = "/tilbud/<token>"
COMING = "/kommer/<token>"
FEEDBACK = "/hvordan-var-det/<token>"
UNSUBSCRIBE = "/afmeld-breve/<kind>/<token>"
ORGANISATION = "/arrangoerer/<organisation>/<slug>"
OWN_ACTIVITY = "/organiser/aktiviteter/<activity>"
PRIVACY = "/privatliv"
CHAT = "/chat"
CONTACT = "/kontakt"
QUESTIONS = "/spoergsmaal"
DESK = "/staff/spoergsmaal"
PROPOSE = "/foreslaa"
CONFIRM_PROPOSAL = "/foreslaa/bekraeft/<token>"
PROPOSALS = "/forslag"
PROPOSAL = "/forslag/<proposal>"
OWN_PROPOSAL = "/mit-forslag/<token>"
MINE = "/mine"
OWN_DATA = "/mine/data"
TOPICS = "/mine/emner"
OWN_CERTIFICATES = "/mine/beviser"
CERTIFICATE = "/bevis/<certificate>"
# Verifiers read these for years: they stand where the service does, and never move.
CREDENTIAL_ISSUER = "/.well-known/credentials/issuer.json"
CREDENTIAL_KEYS = "/.well-known/credentials/keys.json"
CREDENTIAL_KEY = "/.well-known/credentials/keys/<key>.json"
CREDENTIAL_STATUS = "/.well-known/credentials/status/<number>.jwt"
FOLLOW = "/foelg"
BEGIN_TO_FOLLOW = "/foelg/<token>"
STOP_TOPICS = "/emner/stop/<token>"
ENTER = "/mine/ind/<token>"
LINK = "/mine/forbind/<token>"
OWN_CALENDAR = "/mine/kalender/<token>.ics"
PICTURE = "/billede/<picture>/<file>.webp"
SIGN_IN = "/konto/log-ind"
ACCOUNT = "/konto"
FORGOTTEN_PASSWORD = "/konto/ny-adgangskode"  # noqa: S105  (an address)
NEW_PASSWORD = "/konto/ny-adgangskode/<token>"  # noqa: S105  (an address)
INVITATION = "/konto/invitation/<token>"
EMAIL_CHANGE = "/konto/ny-adresse/<token>"
STOP_EMAIL_CHANGE = "/konto/ny-adresse/<token>/stop"


@dataclass(frozen=True)
class Links:
    """Full addresses under `base`, such as https://laering.example.org."""

    base: str

    def _to(self, path: str, **parts: str) -> str:
        for name, value in parts.items():
            path = path.replace(f"<{name}>", value)
        return self.base.rstrip("/") + path

    def listing(self, query: str = "") -> str:
        return self._to(LISTING) + (f"?{query}" if query else "")

    def activity(self, activity: str, slug: str) -> str:
        return self._to(ACTIVITY, activity=activity, slug=slug)

    def occurrence(self, activity: str, slug: str, occurrence: str) -> str:
        return self._to(OCCURRENCE, activity=activity, slug=slug, occurrence=occurrence)

    def organisation(self, organisation: str, slug: str) -> str:
        return self._to(ORGANISATION, organisation=organisation, slug=slug)

    def own_activity(self, activity: str) -> str:
        return self._to(OWN_ACTIVITY, activity=activity)

    def confirm(self, token: str) -> str:
        return self._to(CONFIRM, token=token)

    def registration(self, token: str) -> str:
        return self._to(REGISTRATION, token=token)

    def cancel(self, token: str) -> str:
        return self._to(CANCEL, token=token)

    def ticket(self, token: str) -> str:
        return self._to(TICKET, token=token)

    def door(self, token: str) -> str:
        return self._to(DOOR, token=token)

    def offer(self, token: str) -> str:
        return self._to(OFFER, token=token)

    def coming(self, token: str) -> str:
        return self._to(COMING, token=token)

    def feedback(self, token: str) -> str:
        return self._to(FEEDBACK, token=token)

    def unsubscribe(self, kind: str, token: str) -> str:
        return self._to(UNSUBSCRIBE, kind=kind, token=token)

    def privacy(self) -> str:
        return self._to(PRIVACY)

    def picture(self, picture: str, file: str) -> str:
        return self._to(PICTURE, picture=picture, file=file)

    def chat(self) -> str:
        return self._to(CHAT)

    def contact(self) -> str:
        return self._to(CONTACT)

    def questions(self) -> str:
        return self._to(QUESTIONS)

    def desk(self) -> str:
        return self._to(DESK)

    def propose(self) -> str:
        return self._to(PROPOSE)

    def confirm_proposal(self, token: str) -> str:
        return self._to(CONFIRM_PROPOSAL, token=token)

    def proposals(self) -> str:
        return self._to(PROPOSALS)

    def proposal(self, proposal: str) -> str:
        return self._to(PROPOSAL, proposal=proposal)

    def own_proposal(self, token: str) -> str:
        return self._to(OWN_PROPOSAL, token=token)

    def mine(self) -> str:
        return self._to(MINE)

    def own_data(self) -> str:
        return self._to(OWN_DATA)

    def topics(self) -> str:
        return self._to(TOPICS)

    def own_certificates(self) -> str:
        return self._to(OWN_CERTIFICATES)

    def certificate(self, certificate: str) -> str:
        return self._to(CERTIFICATE, certificate=certificate)

    def credential_issuer(self) -> str:
        return self._to(CREDENTIAL_ISSUER)

    def credential_keys(self) -> str:
        return self._to(CREDENTIAL_KEYS)

    def credential_key(self, key: str) -> str:
        return self._to(CREDENTIAL_KEY, key=key)

    def credential_status(self, number: int) -> str:
        return self._to(CREDENTIAL_STATUS, number=str(number))

    def begin_to_follow(self, token: str) -> str:
        return self._to(BEGIN_TO_FOLLOW, token=token)

    def stop_topics(self, token: str) -> str:
        return self._to(STOP_TOPICS, token=token)

    def enter(self, token: str) -> str:
        return self._to(ENTER, token=token)

    def link(self, token: str) -> str:
        return self._to(LINK, token=token)

    def own_calendar(self, token: str) -> str:
        return self._to(OWN_CALENDAR, token=token)

    def sign_in(self) -> str:
        return self._to(SIGN_IN)

    def account(self) -> str:
        return self._to(ACCOUNT)

    def forgotten_password(self) -> str:
        return self._to(FORGOTTEN_PASSWORD)

    def new_password(self, token: str) -> str:
        return self._to(NEW_PASSWORD, token=token)

    def invitation(self, token: str) -> str:
        return self._to(INVITATION, token=token)

    def email_change(self, token: str) -> str:
        return self._to(EMAIL_CHANGE, token=token)

    def stop_email_change(self, token: str) -> str:
        return self._to(STOP_EMAIL_CHANGE, token=token)
