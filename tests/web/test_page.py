"""A page is read as a browser reads it, and what a browser would mend is refused."""

import pytest

from tests.web.page import Element, parse

SAID = """<!doctype html>
<p class="a b" title='1 &lt; 2' hidden data-x=y>A &amp; b<br>c<br/>&nbsp;d<!-- <i> --><b>e</b></p>
<script>if (1 < 2) "</p>".length</script><SCRIPT src="/x"></SCRIPT>"""


def test_what_stands_there_is_read() -> None:
    page = parse(SAID)
    p = page.one("p")
    assert p.attributes == {"class": "a b", "title": "1 < 2", "hidden": "", "data-x": "y"}
    said = [child.tag if isinstance(child, Element) else child for child in p.children]
    assert said == ["A & b", "br", "c", "br", "\xa0d", "b"]
    assert [each.tag for each in page] == ["p", "br", "br", "b", "script", "script"]
    inline, fetched = page.all("script")
    assert inline.children == ['if (1 < 2) "</p>".length'] and fetched.children == [] and fetched.parent is page


@pytest.mark.parametrize(
    "wrong",
    [
        "<p><b></p></b>",
        "<p>",
        "</p>",
        "<p class=a CLASS=b>x</p>",
        "<p>1 < 2</p>",
        '<p a="1"b="2">x</p>',
        "<p a='1>x</p>",
        "<p",
    ],
)
def test_what_is_wrong_is_refused(wrong: str) -> None:
    with pytest.raises(AssertionError):
        parse(wrong)
