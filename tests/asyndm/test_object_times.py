"""Which concavity each object has, from words, regions and the order among them."""

import numpy as np
import pytest

from asyndm.errors import RequestError
from asyndm.object_order import parse_order
from asyndm.object_times import check_names, timed_regions, with_named_words, word_concavities
from asyndm.request import Region, Request
from asyndm.words import Word, occurrences, words_from_list, words_in_turn

PROMPT = "a rider on a bike in the street, a bike and a fire truck"
MASK = np.ones((8, 8), np.float32)


def words_of(*texts: str) -> list[Word]:
    return words_from_list(PROMPT, texts)


def concavities(request: Request, *texts: str) -> dict[str, float | None]:
    words = with_named_words(request, words_of(*texts))
    found = word_concavities(request, words)
    return {f"{word.text}@{word.start}": w for word, w in zip(words, found, strict=True)}


def test_without_order_or_entries_no_word_has_a_concavity_of_its_own() -> None:
    request = Request(prompt=PROMPT)
    assert with_named_words(request, words_of("rider", "bike")) == words_of("rider", "bike")
    assert set(concavities(request, "rider", "bike").values()) == {None}


def test_the_nth_mention_is_the_nth_occurrence() -> None:
    own = (("bike", 0.3), ("rider", 0.5), ("bike", 0.6))
    found = concavities(Request(prompt=PROMPT, word_concavity=own), "bike")
    assert found == {"rider@2": 0.5, "bike@13": 0.3, "bike@35": 0.6}


def test_an_order_holds_for_all_occurrences_of_a_name_that_are_objects() -> None:
    request = Request(prompt=PROMPT, concavity=0.8, order=parse_order("rider > bike > street"))
    found = concavities(request, "rider", "bike", "bike", "fire truck")
    assert found == {
        "rider@2": 0.8, "bike@13": 0.4, "street@25": 0.0, "bike@35": 0.4, "fire truck@46": None,
    }  # fmt: skip


def test_a_name_that_is_no_object_word_becomes_one_at_its_first_occurrence() -> None:
    request = Request(prompt=PROMPT, order=parse_order("rider > BIKE"))
    assert concavities(request, "rider") == {"rider@2": 0.7, "bike@13": 0.0}


def test_a_part_of_a_compound_names_the_object() -> None:
    request = Request(prompt=PROMPT, order=parse_order("truck > rider"))
    assert concavities(request, "fire truck") == {"rider@2": 0.0, "fire truck@46": 0.7}
    request = Request(prompt=PROMPT, word_concavity=(("fire", 0.2), ("truck", 0.4)))
    assert concavities(request, "fire truck") == {"fire truck@46": 0.4}


def test_marks_of_weights_are_no_part_of_names() -> None:
    request = Request(
        prompt="a (red rider:1.3) on a [bike]",
        order=parse_order("red rider > bike"),
        word_concavity=(("bike", 0.2),),
    )
    words = with_named_words(request, [])
    assert [word.text for word in words] == ["red rider", "bike"]
    assert word_concavities(request, words) == [0.7, 0.2]


def test_an_entry_wins_over_the_order() -> None:
    request = Request(
        prompt=PROMPT, order=parse_order("rider > bike > street"), word_concavity=(("bike", 0.9),)
    )
    assert concavities(request) == {"rider@2": 0.7, "bike@13": 0.9, "street@25": 0.0}


def test_an_order_of_regions_reaches_up_to_the_latest_of_them() -> None:
    regions = (Region(mask=MASK, concavity=0.2, name="Arm"),
               Region(mask=MASK, concavity=0.6, name="shirt"),
               Region(mask=MASK, concavity=0.3, name="sky"))  # fmt: skip
    request = Request(regions=regions, order=parse_order("arm > shirt"), concavity=0.9)
    check_names(request)
    assert [r.concavity for r in timed_regions(request, attends=False)] == [0.6, 0.0, 0.3]
    assert timed_regions(request.with_(order=()), attends=False) == regions
    timed = timed_regions(request, attends=False)
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(timed, regions, strict=True))


def test_words_and_regions_in_one_order_reach_up_to_the_latest_of_all() -> None:
    region = Region(mask=MASK, concavity=0.4, name="helmet")
    order = parse_order("helmet > rider > bike")
    request = Request(prompt=PROMPT, regions=(region,), order=order, concavity=0.8)
    assert timed_regions(request, attends=True)[0].concavity == 0.8
    assert concavities(request) == {"rider@2": 0.4, "bike@13": 0.0}
    # Where words take no part they set no bounds either.
    assert timed_regions(request, attends=False)[0].concavity == 0.4


def test_a_region_may_carry_the_name_of_a_word() -> None:
    region = Region(mask=MASK, concavity=0.5, name="bike")
    request = Request(prompt=PROMPT, regions=(region,), order=parse_order("bike > rider"))
    assert timed_regions(request, attends=True)[0].concavity == 0.7
    assert concavities(request, "bike", "rider") == {"rider@2": 0.0, "bike@13": 0.7}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"order": (("rider", "boat"),)}, "The order names “boat”, which is neither in the prompt"),
        ({"order": (("ride", "bike"),)}, "“ride”"),
        ({"word_concavity": (("boat", 0.5),)}, "“boat” is not in the prompt"),
        ({"word_concavity": (("rider", 0.5),) * 2}, "given more often"),
    ],
)
def test_unknown_names_are_refused(changes: dict[str, object], sentence: str) -> None:
    request = Request(prompt=PROMPT).with_(**changes)
    for refuse in (check_names, lambda request: with_named_words(request, [])):
        with pytest.raises(RequestError, match=sentence) as error:
            refuse(request)
        assert str(error.value).endswith(".")


def test_words_in_turn_keep_their_turn() -> None:
    texts = ["street", "bike", " ", "fire  TRUCK", "bike"]
    assert [word.start for word in words_in_turn(PROMPT, texts)] == [25, 13, 46, 35]
    assert [word.start for word in words_from_list(PROMPT, texts)] == [13, 25, 35, 46]
    assert occurrences(PROMPT, "  ") == []
