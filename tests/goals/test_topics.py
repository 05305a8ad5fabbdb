"""Topic words: what points to which goal, why, and that the curated file is in order."""

import pytest

from engage.goals.topics import LANGUAGES, find_mentions, fold, propose_sdgs, topics

DIMENSIONS = {"environmental", "cultural", "economic", "social"}


def goals(text: str, language: str) -> set[int]:
    return {sdg for mention in find_mentions(fold(text).split(), language) for sdg in mention.topic.sdgs}


def test_every_goal_and_every_dimension_has_words() -> None:
    assert {sdg for topic in topics() for sdg in topic.sdgs} == set(range(1, 18))
    assert {dimension for topic in topics() for dimension in topic.dimensions} == DIMENSIONS


def test_keys_are_unique() -> None:
    keys = [topic.key for topic in topics()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("text", ["Børn", "boern", "BÖRN", "børn"])
def test_all_spellings_of_a_letter_are_one(text: str) -> None:
    assert fold(text) == "boern"


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("da", "klimatilpasning", {13}),
        ("da", "regnvandsbede", {13}),
        ("da", "social ulighed", {10}),
        ("da", "drikkevand og spildevand", {6}),
        ("en", "clean water", {6}),
        ("en", "renewable energy", {7}),
        ("en", "food waste", {12}),
        ("de", "Klimaschutzworkshop", {13}),
        ("de", "sauberes Trinkwasser", {6}),
        ("de", "Kinderarmut", {1}),
    ],
)
def test_words_and_compounds_point_to_their_goal(language: str, text: str, expected: set[int]) -> None:
    assert goals(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("da", "fredag i havnen"),
        ("da", "sociale medier"),
        ("en", "state of the art"),
        ("de", "soziale Medien"),
        ("da", "jeg havde"),
    ],
)
def test_words_that_only_look_like_a_topic_point_nowhere(language: str, text: str) -> None:
    assert goals(text, language) == set()


def test_a_proposal_says_which_words_were_the_reason() -> None:
    text = "Vi bygger regnvandsbede og planter træer, så byen er klar til skybrud. Regnvand er en ressource."
    proposals = propose_sdgs(text, "da")
    assert [(proposal.sdg, proposal.reason) for proposal in proposals] == [
        (13, ("regnvandsbede", "skybrud", "regnvand")),
        (15, ("planter", "træer")),
    ]


def test_a_text_about_nothing_of_ours_proposes_nothing() -> None:
    assert propose_sdgs("Husk at låse døren.", "da") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_most_the_asked_number_of_goals_is_proposed(language: str) -> None:
    everything = "klima climate energi energie energy sundhed health gesundheit skole school schule"
    assert len(propose_sdgs(everything, language, limit=2)) == 2
