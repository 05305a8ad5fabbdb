"""What an organiser writes at the door: who comes, leaves or is not there, and how many come without a sign-up.

The three languages are read alike, since two who stand at one door need not write the same one.
"""

import re
from dataclasses import dataclass
from enum import StrEnum, auto

from engage.dialog.understanding.lexicon import LANGUAGES, lexicon
from engage.goals.topics import fold

# More at once is a misread number; of a group nobody comes with more (`largest_class` is the rule, and refuses).
_MOST = 999


class Doing(StrEnum):
    """What is to be noted."""

    IN = auto()
    OUT = auto()
    ABSENT = auto()
    WALK_IN = auto()
    UNDO = auto()
    ASKED = auto()  # nothing: it was asked how somebody stands
    LIST = auto()  # nothing: it was asked who is missing


@dataclass(frozen=True, slots=True)
class Told:
    """What to note, of how many (None where it is not said), and of whom: a name as it was typed, or ""."""

    doing: Doing
    seats: int | None
    name: str


_UNDO = r"fortryd|undo|take (?:it )?back|tag (?:det )?tilbage|rückgängig(?: machen)?|zurücknehmen"
_WALK_IN = (
    r"uden (?:at være |en |nogen )?tilmeld\w+|(?:er |som )?ikke (?:er )?tilmeldt\w*|utilmeldt\w*|uanmeldt\w*"
    r"|without (?:a |an |any |having )?(?:sign(?:ed|ing)?[- ]?ups?|registrations?|registering)"
    r"|(?:is |are )?not (?:signed up|registered)"
    r"|walk(?:ed)?[- ]?ins?|drop[- ]?ins?"
    r"|ohne (?:eine )?anmeldung\w*|(?:ist |sind )?nicht angemeldet\w*|unangemeldet\w*|spontan\w*"
)
_ABSENT = (
    r"(?:er |har |mødte |dukkede |kom |kommer )+ikke(?: (?:her|kommet|mødt|dukket|op|alligevel))*"
    r"|ikke (?:her|kommet|mødt|dukket op)"
    r"|udebl(?:ev|evet|iver)|mangler|fraværende"
    r"|(?:did|has|is|are|does)(?:n['’]?t| not) (?:come|coming|here|there|show(?:n)?(?: up)?|turn(?:ed)?(?: up)?)"
    r"|not (?:here|there|coming|come)|no[- ]?shows?|absent|missing"
    r"|(?:ist |sind )?nicht (?:da|hier|gekommen|erschienen|aufgetaucht)|(?:kommt|kam|kommen|kamen) nicht|fehl(?:t|en)|abwesend"
)
_OUT = (
    r"(?:er |har )?(?:gået|forladt|smuttet|taget)(?: (?:hjem|igen|nu))*|går(?: (?:hjem|igen|nu))*|tager hjem|kørt(?: hjem)?"
    r"|(?:has |have |is |are )?(?:leaves?|left|leaving|gone|goes|going)(?: (?:home|now|again))*"
    r"|(?:ist |sind )?(?:geht|gehen|ging|gegangen|weg)(?: (?:nach hause|heim|jetzt|wieder))*|nach hause"
    r"|check(?:ed|s)? out|auschecken|ausgecheckt|checkt aus|(?:ud|out|raus)(?=\W*$)"
)
_IN = (
    r"(?:er )?(?:kommet|ankommet|kom|kommer|mødt(?: op)?|her)|(?:tjekkes?|tjekket) ind"
    r"|(?:is |are |has |have )?(?:here|came|come|comes|arrived)|check(?:ed|s)? in"
    r"|(?:ist |sind )?(?:da|hier|gekommen|angekommen|kommt|kommen)|einchecken|eingecheckt|checkt ein"
)
# The order counts: "is not here" has "here" in it, "is missing" the "is" of those who are here.
_PHRASES = tuple(
    (doing, re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE))
    for doing, words in (
        (Doing.UNDO, _UNDO), (Doing.WALK_IN, _WALK_IN), (Doing.ABSENT, _ABSENT), (Doing.OUT, _OUT), (Doing.IN, _IN),
    )
)  # fmt: skip
# "tjek Anna ud": the two halves stand around the name.
_AROUND = (
    (Doing.OUT, re.compile(r"(?:tjek|check|checke) (.+) (?:ud|out|aus)", re.IGNORECASE)),
    (Doing.IN, re.compile(r"(?:tjek|check|checke) (.+) (?:ind|in|ein)", re.IGNORECASE)),
)
_MORE = re.compile(
    r"(?<!\w)(?:flere|mere|ekstra|more|extra|additional|mehr|weitere[rn]?|zusätzlich\w*|noch)(?!\w)", re.IGNORECASE
)
_ONE = {"en", "et", "one", "ein", "eine", "einer", "einen"}
_PLUS = re.compile(r"\+ ?(\d{1,3})")
_WHO = {"hvem", "hvem der", "who", "wer"}
# Around a name or a number; within a name they are a part of it ("Kim og Bo").
_PASSED_OVER = frozenset({
    "af", "fra", "of", "from", "von", "aus", "og", "and", "und", "der", "som", "which", "that", "die", "er", "is", "are",
    "ist", "sind", "har", "has", "have", "hat", "haben", "nu", "now", "jetzt", "lige", "just", "gerade", "kun", "only", "nur",
    "til", "personer", "person", "people", "persons", "personen", "leute", "folk", "mand", "gæster", "guests", "gäste", "kom",
    "kommer", "came", "come", "kommen", "kamen", "med", "with", "mit", "tak", "please", "bitte", "the", "den", "her", "here",
    "de", "hedder", "called", "heißt", "heißen", "they", "sie",
})  # fmt: skip


def heard(text: str) -> Told | None:
    """What `text` tells the door; None where it is no more than a name, or something else."""
    for doing, around in _AROUND:
        if match := around.fullmatch(text.strip(" .!")):
            return Told(doing, *_whom(match[1]))
    for doing, phrase in _PHRASES:
        if phrase.search(text):
            seats, name = _whom(phrase.sub(" ", text))
            if name.casefold() in _WHO:
                return Told(Doing.LIST, None, "")
            # Nobody is noted by a question.
            return Told(Doing.ASKED if text.rstrip().endswith("?") and name else doing, seats, name)
    seats, name = _whom(text)
    if seats is None:
        return None
    if _PLUS.search(text) or (_MORE.search(text) and not name):
        return Told(Doing.WALK_IN, seats, name)
    return Told(Doing.IN, seats, name) if name else None


def number(text: str) -> int | None:
    """A number, in digits or as a word, and nothing besides."""
    seats, name = _whom(text)
    return seats if not name else None


def _whom(text: str) -> tuple[int | None, str]:
    """The one number in a text, and what is left of it as a name. Of two numbers none is meant more than the other."""
    words = _MORE.sub(" ", text.replace("+", " ")).replace(",", " ").strip(" .!?:").split()
    seats: list[int] = []
    name: list[str] = []
    for word in words:
        bare = word.strip(".:;!?")
        found = _numbered(bare)
        if found is not None:
            seats.append(found)
        elif bare:
            name.append(bare)
    while name and name[0].casefold() in _PASSED_OVER:
        name.pop(0)
    while name and name[-1].casefold() in _PASSED_OVER:
        name.pop()
    only = seats[0] if len(seats) == 1 and 0 < seats[0] <= _MOST else None
    return only, " ".join(name)


def _numbered(word: str) -> int | None:
    if word.isascii() and word.isdecimal():
        return int(word) if len(word) < 4 else None
    folded = fold(word)
    if folded in _ONE:
        return 1
    return next((known[folded] for known in (lexicon(each).numbers for each in LANGUAGES) if folded in known), None)
