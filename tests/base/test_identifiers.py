"""Public names of rows."""

from engage.base.identifiers import ALPHABET, public_id


def test_a_public_name_can_be_read_aloud_and_copied() -> None:
    assert not set("0o1li") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert all(set(public_id(12)) <= set(ALPHABET) for _try in range(50))


def test_public_names_have_the_length_asked_for_and_differ() -> None:
    assert len(public_id()) == 8
    assert len(public_id(12)) == 12
    assert len({public_id() for _try in range(2000)}) == 2000
