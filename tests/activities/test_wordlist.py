"""Many words as one text: asked as a set of words would be."""

import random

from engage.activities.wordlist import Words


def test_it_answers_as_a_set_of_words_does() -> None:
    chance = random.Random(4)
    words = {"".join(chance.choices("abæ\u0411🌱", k=chance.randint(1, 5))) for _word in range(300)}
    listed = Words([*words, *words, ""])
    assert list(listed) == sorted(words)
    assert len(listed) == len(words)
    for letters in ("a", "ab", "æa", "🌱b", "\u0411", "abab", "no such letters"):
        assert set(listed.having(letters)) == {word for word in words if letters in word}, letters
        assert set(listed.beginning(letters)) == {word for word in words if word.startswith(letters)}, letters
        assert (letters in listed) == (letters in words), letters


def test_a_list_of_nothing_has_nothing() -> None:
    nothing = Words()
    assert (list(nothing), len(nothing), "" in nothing, "a" in nothing) == ([], 0, False, False)
    assert [*nothing.having("a"), *nothing.beginning("a")] == []
