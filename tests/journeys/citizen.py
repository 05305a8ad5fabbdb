"""A citizen with a browser that knows forms, links and cookies, and nothing of JavaScript; over real HTTP."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

from tests.web.page import Element, parse


@dataclass
class Citizen:
    """Opens pages at `base`, presses buttons, and remembers every status it was ever answered with."""

    base: str
    name: str = "Anna Holm"
    statuses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        jar = http.cookiejar.CookieJar()
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.page = Element("document")
        self.path = ""

    @property
    def email(self) -> str:
        return self.name.lower().replace(" ", ".") + "@example.org"

    def open(self, path: str, data: dict[str, str] | None = None) -> "Citizen":
        """Go to `path`, or send `data` there; redirects are followed, whatever comes is taken."""
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        address = path if path.startswith("http") else self.base + path
        request = urllib.request.Request(address, data=body)
        try:
            answer = self._browser.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.statuses.append(answer.status)
            self.path = urllib.parse.urlsplit(answer.url).path
            text = answer.read().decode()
            self.raw = text
            self.page = parse(text) if "html" in answer.headers.get("Content-Type", "") else Element("document")
        return self

    def follow(self, part: str) -> "Citizen":
        """Follow the first link whose address contains `part`."""
        return self.open(next(link.get("href") for link in self.page.all("a") if part in link.get("href")))

    def submit(self, part: str, **fields: str) -> "Citizen":
        """Fill in and send the form whose address contains `part`."""
        form = next(form for form in self.page.all("form") if part in form.get("action"))
        sent = {**form.fields(), **fields}
        if form.get("method") == "post":
            return self.open(form.get("action"), sent)
        return self.open(f"{form.get('action')}?{urllib.parse.urlencode(sent)}")

    def write(self, text: str) -> "Citizen":
        """Write a line in the chat."""
        form = next(form for form in self.page.all("form") if form.has("data-composer"))
        return self.open(form.get("action"), {**form.fields(), "text": text})

    def button(self, part: str) -> Element | None:
        """The chat's button that leads to `part`, if there is one."""
        return next(
            (each for each in self.page.all("button", name="action") if each.get("value").startswith(part)), None
        )

    def press(self, part: str) -> "Citizen":
        """Press a button of the chat."""
        button = self.button(part)
        assert button is not None, (part, self.page.one("main").text[-600:])
        form = button.parent
        while form is not None and form.tag != "form":
            form = form.parent
        assert form is not None
        return self.open(form.get("action"), {**form.fields(), "action": button.get("value")})
