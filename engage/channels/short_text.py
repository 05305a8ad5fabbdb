"""A letter in a few words: what fits into so many parts of an SMS, with the way to all the rest.

A part holds 160 letters of the GSM alphabet, or 70 of any other (3GPP TS 23.038); of several, each holds a little less.
"""

from engage.base.message import Message

# 3GPP TS 23.038, 6.2.1: the basic alphabet, and what costs two of its letters.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("^{}\\[~]|€\f")
# One of these makes every letter of a message cost more than twice as much, and says no more than what it becomes.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("“”„«»″", '"'), **dict.fromkeys("‘’‚`´′", "'"), **dict.fromkeys("–—−‑‐", "-"),
        **dict.fromkeys("\u00a0\u202f\u2009\t", " "), **dict.fromkeys("•·", "-"), "…": "...", "\u200d": "", "\ufe0f": "",
    }
)  # fmt: skip
_GSM, _UCS2 = (160, 153), (70, 67)


def plain(text: str) -> str:
    """`text` with typographer's signs as a telephone of 1992 has them."""
    return text.translate(_PLAIN).strip()


def segments(text: str) -> int:
    """How many parts `text` is sent in."""
    gsm = all(letter in _BASIC or letter in _DOUBLE for letter in text)
    one, several = _GSM if gsm else _UCS2
    costs = (
        [2 if letter in _DOUBLE else 1 for letter in text] if gsm else [1 + (ord(letter) > 0xFFFF) for letter in text]
    )
    if sum(costs) <= one:
        return 1
    parts, used = 1, 0
    for cost in costs:  # what costs two is never cut in two
        if used + cost > several:
            parts, used = parts + 1, 0
        used += cost
    return parts


def fitted(message: Message, most: int) -> str:
    """What `message` says in at most `most` parts: what it is about, then as much as fits, and one link."""
    link = next((button.url for button in message.buttons if button.url), "") or next(
        (card.url for card in message.cards if card.url), ""
    )
    first, *others = _lines(message)
    said = _cut(first, link, most)
    for line in others:
        longer = f"{said}\n{line}"
        if segments(_with(longer, link)) <= most:
            said = longer
    return _with(said, link)


def _lines(message: Message) -> list[str]:
    """The most important first. A greeting says nothing that a telephone does not."""
    text = [plain(line) for line in message.text if not line.endswith(",")]
    cards = [plain(line) for card in message.cards for line in _card(card.title, card.lines, message.subject)]
    lines = [plain(message.subject), *cards, *text] if message.subject else [*text, *cards]
    return [line for line in lines if line] or [""]


def _card(title: str, lines: tuple[str, ...], subject: str) -> tuple[str, ...]:
    return lines if title in subject else (title, *lines)


def _with(said: str, link: str) -> str:
    return f"{said}\n{link}" if link else said


def _cut(line: str, link: str, most: int) -> str:
    """As much of `line` as fits beside the link, which is never cut: half of one leads nowhere."""
    if segments(_with(line, link)) <= most:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if segments(_with(line[:middle].rstrip() + "...", link)) <= most else (low, middle - 1)
        )
    return line[:low].rstrip() + "..." if low else ""
