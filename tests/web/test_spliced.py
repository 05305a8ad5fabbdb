"""A page compressed once is, with any token put into it, what compressing the whole would have given."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from engage.web.spliced import Spliced

PLACE = "<here>"
_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="<>"))


@given(parts=st.lists(_TEXT, min_size=1, max_size=5), tokens=st.lists(_TEXT, min_size=1, max_size=3))
def test_any_token_goes_into_any_page(parts: list[str], tokens: list[str]) -> None:
    page = Spliced.of(PLACE.join(parts), PLACE)
    assert page.has_places == (len(parts) > 1)
    for token in tokens:
        whole = token.join(parts).encode()
        assert page.plain(token) == whole
        assert gzip.decompress(page.compressed(token)) == whole  # which also checks length and checksum


def test_a_long_page_is_small() -> None:
    part = "A paragraph like the one before it. " * 2_000
    page = Spliced.of(PLACE.join([part, part]), PLACE)
    assert len(page.compressed("token")) < len(part) / 50


def test_a_token_is_not_compressed_with_what_stands_around_it() -> None:
    """Else the length of an answer would tell whether a stranger guessed a part of it (the attack named BREACH)."""
    page = Spliced.of(f'a guess: 0123456789abcdef <input value="{PLACE}"> another: 0123456789abcdef', PLACE)
    right, wrong = page.compressed("0123456789abcdef"), page.compressed("zyxwvutsrqponmlk")
    assert len(right) == len(wrong)
    assert b"zyxwvutsrqponmlk" in wrong
