from collections.abc import Sequence

from pytestqt.qtbot import QtBot

from app.models.generation_model import GenerationModel
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
