"""Orders: what they say, how they are written, and what is refused."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asyndm.errors import RequestError
from asyndm.object_order import (
    check_order,
    check_word_concavity,
    depths,
    name_key,
    order_concavities,
    order_text,
    parse_order,
)

names = st.sampled_from(["rider", "bike", "street", "fire truck", "Dog", "ball"])
pairs = st.lists(st.tuples(names, names), max_size=12)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", ()),
        (" ; ,\n", ()),
        ("rider > bike", (("rider", "bike"),)),
        ("rider>bike>street", (("rider", "bike"), ("bike", "street"))),
        ("rider > bike; dog > bike", (("rider", "bike"), ("dog", "bike"))),
        ("rider > bike, dog > bike,", (("rider", "bike"), ("dog", "bike"))),
        ("rider > bike\ndog > bike", (("rider", "bike"), ("dog", "bike"))),
        ("a > b; a > b > c", (("a", "b"), ("b", "c"))),
        (" fire   truck >Region 1 ", (("fire truck", "Region 1"),)),
    ],
)
def test_an_order_as_a_person_writes_it(text: str, order: tuple[tuple[str, str], ...]) -> None:
    assert parse_order(text) == order
    assert parse_order(order_text(order)) == order


def test_an_order_is_written_in_chains() -> None:
    order = parse_order("rider > bike; bike > street; dog > bike")
    assert order_text(order) == "rider > bike > street; dog > bike"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rider", "says nothing that “rider” waits for"),
        ("rider > bike; dog", "“dog”"),
        ("rider > > bike", "A name is missing in the order “rider > > bike”"),
        ("> bike", "A name is missing"),
        ("rider >", "A name is missing"),
        (">", "A name is missing"),
        ("bike > Bike", "“bike” waits for itself"),
        ("a > b > c > a", "in a circle: "),
        ("rider > bike > street; street > Rider", "in a circle: "),
    ],
)
def test_what_is_no_order_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        parse_order(text)
    assert sentence in str(error.value)
    assert str(error.value).endswith(".")


def test_a_circle_is_named_in_its_own_direction() -> None:
    with pytest.raises(RequestError) as error:
        parse_order("dog > ball; Rider > bike > street > rider")
    circle = str(error.value).removeprefix("The order goes in a circle: ").split(";")[0]
    steps = circle.split(" > ")
    assert steps[0] == steps[-1]
    assert {tuple(map(name_key, pair)) for pair in pairwise(steps)} == {
        ("rider", "bike"),
        ("bike", "street"),
        ("street", "rider"),
    }


def test_depth_is_the_longest_chain_of_what_is_waited_for() -> None:
    order = parse_order("rider > bike > street; rider > street; dog > street; helmet > rider")
    assert depths(order) == {"street": 0, "bike": 1, "dog": 1, "rider": 2, "helmet": 3}


def test_depth_sets_concavity_evenly() -> None:
    found = order_concavities(parse_order("rider > bike > street; dog > street"), 0.8)
    assert found == {"street": 0.0, "bike": 0.4, "dog": 0.4, "rider": 0.8}
    assert order_concavities((), 0.8) == {}


def test_repeated_pairs_and_other_spellings_change_nothing() -> None:
    once = parse_order("rider > fire truck")
    assert depths((*once, *once, ("RIDER", "fire  Truck"))) == depths(once)


@given(pairs)
def test_what_waits_is_deeper_or_there_is_a_circle(found: list[tuple[str, str]]) -> None:
    order = tuple(found)
    # A circle is found by walking too: from some name back to it.
    reach = {name: {b for a, b in order if a == name} for name, _ in order}
    for _ in order:
        for seen in reach.values():
            seen |= {b for a, b in order if a in seen}
    if any(name in seen for name, seen in reach.items()):
        with pytest.raises(RequestError, match=r"circle|itself"):
            depths(order)
        return
    depth = depths(order)
    for later, earlier in order:
        assert depth[name_key(later)] > depth[name_key(earlier)]
    assume(order)
    w = order_concavities(order, 0.7)
    assert max(w.values()) == pytest.approx(0.7)
    assert min(w.values()) == 0
    assert parse_order(order_text(order)) == tuple(dict.fromkeys(order))


@pytest.mark.parametrize(
    "order",
    [None, "rider", 3, ("rider",), (("a", "b", "c"),), (("a", 1),), (("a", " "),), {"a": 1}],
)
def test_an_order_from_outside_is_pairs_of_names(order: object) -> None:
    with pytest.raises(RequestError, match="list of pairs of names"):
        check_order(order)
    assert check_order([["a", "b"]]) == (("a", "b"),)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (None, "list of pairs"),
        ("cat", "list of pairs"),
        ((("cat",),), "list of pairs"),
        ((("cat", "0.5"),), "list of pairs"),
        ((("cat", True),), "list of pairs"),
        (((" ", 0.5),), "list of pairs"),
        ((("cat", 1.5),), "concavity of “cat” is 1.5"),
        ((("cat", float("nan")),), "concavity of “cat” is nan"),
    ],
)
def test_concavities_of_words_are_pairs(found: object, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        check_word_concavity(found)
    assert check_word_concavity([["cat", 1]]) == (("cat", 1.0),)
