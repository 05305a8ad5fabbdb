"""Text as the world sends it: bytes in some encoding, HTML, and more of it than a page should hold."""

import re
import unicodedata
from html.parser import HTMLParser

from engage.activities.importing.events import CannotRead, Words

LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_BODY = 160, 300, 20_000
# A line of 100,000 characters is no text a person wrote (a whole novel's chapter has half as many).
LONGEST_LINE = 100_000
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
))  # fmt: skip
_SILENT = frozenset(("head", "script", "style", "template", "title", "noscript", "svg", "iframe"))
_LOOKS_LIKE_HTML = re.compile(
    r"<(?:p|br|div|span|a|b|i|u|strong|em|ul|ol|li|h[1-6]|html|table|img|script|style)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
# Three letters before the point, so that "kl. 19" and "1. november" are no ends, and a capital or a sign after it.
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{3})[.!?…](?=\s+[^\Wa-zæøåäöü\d]|$)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALVES = re.compile("[\ud800-\udfff]")


def decoded(content: bytes) -> str:
    """The text of a file: by its byte order mark, else UTF-8, else Windows-1252, which Excel in Denmark writes."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _clean(content.decode(encoding, "replace"))
    if b"\0" in content[:1000]:
        raise CannotRead("unknown_format")
    try:
        return _clean(content.decode("utf-8"))
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows-1252; they are shown as such rather than refusing the whole file.
        return _clean(content.decode("windows-1252", "replace"))


def _clean(text: str) -> str:
    """`text` with one kind of line end and without the control characters no database keeps."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def keepable(text: str) -> str:
    """`text` without what no database keeps: control characters, and halves of surrogate pairs, which JSON can spell."""
    return _HALVES.sub("", _CONTROL.sub("", text))


def check_lines(text: str) -> None:
    """Raise `CannotRead` when a line is longer than any person or program writes."""
    if len(text) <= LONGEST_LINE:
        return
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            raise CannotRead("line_too_long", line=number, most=LONGEST_LINE)


def words(title: str, summary: str, body: str) -> Words:
    """The words of an event as a page can show them: plain, of bounded length, nothing said twice.

    Without a summary, a short first paragraph is it, or the first sentences of a long one, which stays whole below.
    """
    paragraphs = [part for part in plain(body).split("\n\n") if part]
    lead = " ".join(plain(summary).split())
    if paragraphs and (not lead or " ".join(paragraphs[0].split()) == lead):
        first = " ".join(paragraphs[0].split())
        if len(first) <= LONGEST_SUMMARY:
            lead, paragraphs = first, paragraphs[1:]
        elif not lead:
            lead = _first_sentences(first)
    return Words(
        title=shortened(" ".join(plain(title).split()), LONGEST_TITLE),
        summary=shortened(lead, LONGEST_SUMMARY),
        body=shortened("\n\n".join(paragraphs), LONGEST_BODY),
    )


def _first_sentences(text: str) -> str:
    """As many whole sentences as a summary holds, or the beginning of the first."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text[: LONGEST_SUMMARY + 1])]
    return text[: ends[-1]] if ends else shortened(text, LONGEST_SUMMARY)


def shortened(text: str, most: int) -> str:
    """`text`, or its first words and "…" where it is longer than `most` characters."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut[: cut.rfind(" ")] if " " in cut[most // 2 :] else cut).rstrip(" ,.;:-") + "…"


def plain(text: str) -> str:
    """`text` without markup: paragraphs apart by an empty line, no other white space that is not meant."""
    # Longer than any page: what a person could not read need not be taken apart first.
    text = unicodedata.normalize("NFC", text[: LONGEST_BODY * 5])
    if _LOOKS_LIKE_HTML.search(text) or re.search(r"&(?:[a-z]{2,8}|#\d{2,5});", text):
        reader = _Reader()
        reader.feed(text)
        reader.close()
        text = "".join(reader.parts)
    lines = [" ".join(line.split()) for line in _CONTROL.sub("", text).replace("\xa0", " ").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Collects the words of HTML. What a browser would run or hide is dropped with all that stands in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.parts)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._links:
            href, began = self._links.pop()
            said = "".join(self.parts[began:]).strip()
            if href.startswith(("https://", "http://")) and href.rstrip("/") not in said:
                self.parts.append(f" ({href})")
        elif tag in _BLOCKS and tag != "li":
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # A line end in HTML is a space; only the elements tell where a line ends.
            self.parts.append(data.replace("\n", " "))
