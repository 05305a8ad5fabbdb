"""Text as Telegram's HTML: escaped, measured as Telegram measures it, and never cut inside a tag or a character.

A limit counts UTF-16 units of what is left when the tags are gone (core.telegram.org/bots/api#formatting-options).
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

MESSAGE, CAPTION = 4096, 1024
_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text, bold or as code where `tag` says so, leading to `url` where there is one."""

    text: str
    tag: str = ""
    url: str = ""

    def html(self) -> str:
        words = html.escape(self.text, quote=False)
        if self.tag:
            words = f"<{self.tag}>{words}</{self.tag}>"
        return f'<a href="{html.escape(self.url)}">{words}</a>' if self.url else words


Block = Sequence[Span]


def length(text: str) -> int:
    """UTF-16 units: two for a character beyond the basic plane, such as most pictograms."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def measure(spans: Iterable[Span]) -> int:
    """The length of what is read."""
    return sum(length(span.text) for span in spans)


def as_html(spans: Iterable[Span]) -> str:
    """The spans as one text with tags."""
    return "".join(span.html() for span in spans)


def join(blocks: Iterable[Block]) -> list[Span]:
    """Blocks with a line between them; empty ones are passed over."""
    spans: list[Span] = []
    for block in blocks:
        if any(span.text.strip() for span in block):
            spans += [Span(_GAP), *block] if spans else block
    return spans


def pages(blocks: Iterable[Block], most: int = MESSAGE) -> list[list[Span]]:
    """Blocks put together into as few texts as hold them; a block stays whole where it fits into one."""
    found: list[list[Span]] = []
    for block in blocks:
        together = join([found[-1], block]) if found else list(block)
        if found and measure(together) <= most:
            found[-1] = together
        else:
            found += _cut(block, most)
    return [page for page in found if any(span.text.strip() for span in page)]


def shortened(blocks: Iterable[Block], most: int) -> list[Span]:
    """As much of the blocks as fits, with an ellipsis where something is left out."""
    spans = join(blocks)
    if measure(spans) <= most:
        return spans
    return [*_cut(spans, most - 1)[0], Span("…")]


def _cut(spans: Block, most: int) -> list[list[Span]]:
    """A long run of spans as several, each no longer than `most`."""
    cut: list[list[Span]] = [[]]
    for span in spans:
        rest = span.text
        while rest:
            room = most - measure(cut[-1])
            head = _head(rest, room)
            if head:
                cut[-1].append(replace(span, text=head))
            rest = rest[len(head) :]
            if rest:
                cut.append([])
    return cut


def _head(text: str, room: int) -> str:
    """As much of the text as has room, up to a space where one is near."""
    if length(text) <= room:
        return text
    head = text[:room]
    while length(head) > room:
        head = head[:-1]
    space = max(head.rfind(" "), head.rfind("\n")) + 1
    return head[:space] if space > len(head) * 2 // 3 else head
