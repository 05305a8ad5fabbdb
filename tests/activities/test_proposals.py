"""Goals, dimensions and Key Features proposed from an activity's words, each with the words that gave the reason."""

from flask import Flask

from engage.activities.models import Kind
from engage.activities.proposals import Proposals, Proposed, proposals


def keys(found: tuple[Proposed, ...]) -> list[str]:
    return [each.key for each in found]


def test_the_words_of_a_text_give_the_goal_and_the_goal_its_dimension(app: Flask) -> None:
    found = proposals({"da": "Vi måler vandkvalitet i åen og lærer om grundvand"})
    assert keys(found.sdgs)[0] == "6" and found.dimensions[0] == Proposed("environmental", sdg=6)
    assert set(found.sdgs[0].words) >= {"vandkvalitet", "grundvand"}


def test_a_key_feature_tells_the_words_it_was_found_by(app: Flask) -> None:
    found = proposals({"da": "Læseklub for ordblinde"})
    assert found.features[0].key == "kf-literacy" and set(found.features[0].words) == {"læseklub", "ordblinde"}


def test_who_lends_a_hand_gives_a_voluntary_contribution(app: Flask) -> None:
    found = proposals({"da": "Vi renser stranden"}, Kind.VOLUNTEER)
    assert found.features[0] == Proposed("kf-volunteering", volunteering=True)


def test_each_language_is_read_as_itself_and_they_add_up(app: Flask) -> None:
    german, english = {"de": "Wir sprechen über Klimaschutz"}, {"en": "We talk about climate action"}
    assert keys(proposals(german).sdgs) == keys(proposals(english).sdgs) == ["13"]
    both = proposals({**german, **english}).sdgs[0].words
    assert len(both) > len(proposals(german).sdgs[0].words)


def test_there_are_never_too_many_and_none_from_nothing(app: Flask) -> None:
    everything = (
        "klima vand energi job skole sundhed mad hav skov fred ligestilling fattigdom festival teater bibliotek"
    )
    found = proposals({"da": everything})
    assert len(found.sdgs) == 3 and len(found.dimensions) <= 3 and len(found.features) == 3
    assert proposals({"da": "Kom og vær med på tirsdag"}) == Proposals()


def test_where_no_word_names_a_feature_it_follows_from_the_goal(app: Flask) -> None:
    found = proposals({"da": "Rygning og søvn"})
    assert keys(found.sdgs) == ["3"] and found.features == (Proposed("kf-recreation", sdg=3),)
