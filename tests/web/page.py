"""A page as a test reads it: parsed strictly, with its forms ready to be filled in and sent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)


@dataclass
class Element:
    """An element with its attributes; text stands among the children."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)
    parent: "Element | None" = field(default=None, repr=False)

    def __iter__(self) -> Iterator["Element"]:
        """Every element below this one, in the order of the page."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    def get(self, name: str, otherwise: str = "") -> str:
        return self.attributes.get(name, otherwise)

    def has(self, name: str) -> bool:
        return name in self.attributes

    @property
    def classes(self) -> set[str]:
        return set(self.get("class").split())

    @property
    def text(self) -> str:
        """All words in it, with single spaces."""
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(parts).split())

    def all(self, tag: str = "", **attributes: str) -> list["Element"]:
        """Elements with this tag and these attributes; `class_` asks for one class of several."""
        wanted = attributes.pop("class_", None)
        return [
            each
            for each in self
            if (not tag or each.tag == tag)
            and (wanted is None or wanted in each.classes)
            and all(each.get(name.replace("_", "-"), "\0") == value for name, value in attributes.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> "Element":
        """The only such element; fails when there are none or several."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of <{tag} {attributes}>"
        return found[0]

    def language(self) -> str:
        """The language a screen reader would speak this element in."""
        here: Element | None = self
        while here is not None:
            if here.get("lang"):
                return here.get("lang")
            here = here.parent
        return ""

    def fields(self) -> dict[str, str]:
        """What a form would send if it were sent untouched, its buttons apart."""
        found = {}
        for each in self:
            if each.tag == "input" and each.get("name"):
                if each.get("type") not in {"checkbox", "radio"} or each.has("checked"):
                    found[each.get("name")] = each.get("value")
            elif each.tag == "select":
                options = each.all("option")
                chosen = [option for option in options if option.has("selected")] or options[:1]
                found[each.get("name")] = chosen[0].get("value")
            elif each.tag == "textarea":
                found[each.get("name")] = each.text
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document")
        self.here = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _value in attrs]
        assert len(names) == len(set(names)), f"<{tag}> names an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, parent=self.here)
        self.here.children.append(element)
        if tag not in _VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> ends <{self.here.tag} {self.here.attributes}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def parse(html: str) -> Element:
    """The page as a tree; fails where an element is not closed properly or an attribute stands twice."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.here is reader.root, f"<{reader.here.tag}> is never closed"
    return reader.root
