from collections.abc import Sequence

from pytestqt.qtbot import QtBot

from app.models.generation_model import GenerationModel
from app.models.word_times import order_complaint
from app.models.words_model import WordsModel
from asyndm.words import object_words


def real_words(prompt: str) -> list[str]:
    return [word.text for word in object_words(prompt)]


def lit(words: WordsModel) -> list[str]:
    return [word.text for word in words.words if word.is_object]


def test_objects_are_lit_and_small_words_are_left_out() -> None:
    model = GenerationModel()
    words = WordsModel(model, real_words)
    model.prompt = "a red umbrella and a blue couch"
    words.activate()
    assert [word.text for word in words.words] == ["red", "umbrella", "blue", "couch"]
    assert lit(words) == ["umbrella", "couch"]
    assert model.words is None


def test_a_click_overrules_and_survives_typing(qtbot: QtBot) -> None:
    model = GenerationModel()
    words = WordsModel(model, real_words)
    model.prompt = "a red umbrella and a blue couch"
    words.activate()
    words.toggle("couch", False)
    words.toggle("red", True)
    assert model.words == ("red", "umbrella")
    with qtbot.waitSignal(words.words_changed):
        model.prompt = "a red umbrella and a blue couch at night"
    assert "couch" not in lit(words)
    assert model.words is not None
    assert {"red", "umbrella"} <= set(model.words)
    model.prompt = "a house"
    words.refresh()
    assert model.words is None


def test_words_of_one_compound_are_lit_together() -> None:
    model = GenerationModel()
    words = WordsModel(model, lambda _: ["fire truck"])
    model.prompt = "a fire truck"
    words.activate()
    assert lit(words) == ["fire", "truck"]


def test_nothing_is_looked_for_before_activation() -> None:
    asked: list[str] = []

    def find(prompt: str) -> Sequence[str]:
        asked.append(prompt)
        return []

    model = GenerationModel()
    words = WordsModel(model, find)
    model.prompt = "a cat"
    words.refresh()
    assert asked == []


def test_marks_of_weights_are_no_part_of_the_words() -> None:
    model = GenerationModel()
    words = WordsModel(model, real_words)
    model.prompt = "a (red:1.3) [umbrella] BREAK a ((blue) couch:0.8)"
    words.activate()
    assert [word.text for word in words.words] == ["red", "umbrella", "blue", "couch"]
    assert lit(words) == ["umbrella", "couch"]


def times(words: WordsModel) -> dict[str, float]:
    return {word.text: round(word.concavity, 6) for word in words.words if word.is_object}


def active_words(prompt: str) -> tuple[GenerationModel, WordsModel]:
    model = GenerationModel()
    words = WordsModel(model, real_words)
    model.prompt = prompt
    words.activate()
    return model, words


def test_a_word_may_have_a_time_of_its_own() -> None:
    model, words = active_words("a red umbrella and a blue couch")
    assert words.curves() == []
    words.set_concavity("couch", 0.2)
    assert times(words) == {"umbrella": 0.7, "couch": 0.2}
    assert list(model.word_concavity) == [("couch", 0.2)]
    assert model.words is None
    assert [word.text for word in words.curves()] == ["umbrella", "couch"]
    assert len({word.colour for word in words.curves()}) == 2
    model.concavity = 0.5
    assert times(words) == {"umbrella": 0.5, "couch": 0.2}
    words.toggle("couch", False)
    assert list(model.word_concavity) == []
    words.toggle("couch", True)
    assert list(model.word_concavity) == [("couch", 0.2)]
    words.clear_concavity("couch")
    assert list(model.word_concavity) == []
    assert times(words) == {"umbrella": 0.5, "couch": 0.5}


def test_the_time_of_a_word_is_forgotten_with_the_word() -> None:
    model, words = active_words("a red umbrella and a blue couch")
    words.set_concavity("couch", 0.2)
    model.prompt = "a red umbrella"
    words.refresh()
    assert list(model.word_concavity) == []


def test_a_chip_stands_for_all_occurrences_of_its_word() -> None:
    model, words = active_words("a ball and another ball")
    words.set_concavity("ball", 0.2)
    assert model.word_concavity == (("ball", 0.2),) * 2


def test_an_order_lights_words_and_sets_their_times() -> None:
    model, words = active_words("a person riding a bike in the street")
    assert lit(words) == ["person", "bike"]
    model.order = "person > bike > street"
    assert times(words) == {"person": 0.7, "bike": 0.35, "street": 0.0}
    words.toggle("street", False)
    assert "street" in lit(words)  # it stands in the order
    words.set_concavity("bike", 0.9)
    assert times(words) == {"person": 0.7, "bike": 0.9, "street": 0.0}
    model.order = "person > bike >"  # half typed
    assert times(words) == {"person": 0.7, "bike": 0.9}


def test_what_is_wrong_with_an_order_is_told() -> None:
    prompt, regions = "a person on a bike", ["Region 1", "sky (far)"]
    for text in ("", "person > bike", "sky (far) > BIKE; region  1 > person"):
        assert order_complaint(text, prompt, regions) == ""
    assert "“boat”" in order_complaint("person > boat", prompt, regions)
    assert "in a circle" in order_complaint("person > bike > person", prompt, regions)
    assert "A name is missing" in order_complaint("person >", prompt, regions)
    assert "“Region 1”" in order_complaint("Region 1 > bike", prompt, [])


def test_marks_of_weights_and_parts_of_words_do_no_harm() -> None:
    model, words = active_words("a (person:1.2) on a [bike] and 3cats")
    model.order = "person > bike"
    assert times(words) == {"person": 0.7, "bike": 0.0}
    words.toggle("cats", True)
    words.set_concavity("bike", 0.3)
    assert times(words)["bike"] == 0.3
    assert order_complaint(model.order, model.prompt, []) == ""
