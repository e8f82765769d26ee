"""Requests: what they refuse, and that a record brings back exactly what was sent."""

import json
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from asyndm.errors import RequestError
from asyndm.records import from_json, to_json
from asyndm.request import MASK_LEVELS, Region, Request

PICTURE = np.arange(8 * 6 * 3, dtype=np.uint8).reshape(8, 6, 3)
MASK = np.linspace(0, 1, 48, dtype=np.float32).reshape(8, 6)

unit = st.floats(0, 1, width=32)
masks = hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=unit)
regions = st.builds(
    Region,
    mask=masks,
    concavity=st.floats(0, 1),
    prompt=st.none() | st.text(),
    name=st.text(),
)
words = st.text(min_size=1).filter(lambda text: bool(text.strip()))
orders = st.integers(0, 4).map(
    lambda count: tuple((f"thing {k + 1}", f"thing {k}") for k in range(count))
)
requests = st.builds(
    Request,
    prompt=st.text(),
    negative_prompt=st.text(),
    model=st.none() | st.text(),
    seed=st.integers(0, 2**63 - 1),
    steps=st.integers(1, 1000),
    guidance=st.floats(0, 100),
    method=st.sampled_from(["standard", "concave", "asyndm", "asyndm_fixed"]),
    schedule=st.sampled_from(["linear", "quadratic", "piecewise_linear", "exponential"]),
    concavity=st.floats(0, 1),
    eta=st.floats(0, 1),
    sampler=st.sampled_from(["ddim", "ddpm"]),
    words=st.none() | st.lists(st.text()).map(tuple),
    word_concavity=st.lists(st.tuples(words, st.floats(0, 1)), max_size=3).map(tuple),
    order=orders,
    mask_smoothing=st.floats(0, 1, exclude_max=True),
    minimum_area=st.floats(0, 1, exclude_max=True),
    mask_source=st.sampled_from([None, "painted", "attention", "union", "intersection"]),
    strength=st.floats(0, 1, exclude_min=True),
    count=st.integers(1, 1000),
    whole_picture=st.booleans(),
)


@given(requests)
def test_a_record_in_text_gives_the_request_back(request: Request) -> None:
    text = to_json(request.to_record())
    assert Request.from_record(from_json(text)) == request


@given(regions)
def test_a_region_survives_exactly(region: Region) -> None:
    restored = Region.from_record(from_json(to_json(region.to_record())))
    assert restored == region
    np.testing.assert_array_equal(restored.mask, region.mask)


@given(masks)
def test_a_mask_is_never_lost_and_never_softer(mask: np.ndarray[Any, Any]) -> None:
    frozen = Region(mask=mask).mask
    assert frozen.dtype == np.float32
    # A faint value that rounds to nothing in float32 arithmetic counts as none.
    assert ((frozen > 0) | (mask <= 1e-5)).all()
    assert (frozen[mask == 0] == 0).all()
    assert (frozen >= mask - 1e-5).all()
    assert (frozen - mask <= 1 / MASK_LEVELS).all()
    np.testing.assert_array_equal(frozen * MASK_LEVELS, np.rint(frozen * MASK_LEVELS))
    np.testing.assert_array_equal(Region(mask=frozen).mask, frozen)


def test_pictures_and_regions_survive() -> None:
    request = Request(
        task="inpaint",
        image=PICTURE,
        regions=(Region(mask=MASK, concavity=0.25, prompt="a cat", name="cat"), Region(mask=MASK)),
    )
    restored = Request.from_record(from_json(to_json(request.to_record())))
    assert restored == request
    np.testing.assert_array_equal(restored.image, PICTURE)
    assert restored.regions[0].prompt == "a cat"
    assert restored.has_painted_pixels
    json.loads(to_json(request.to_record()))


def test_the_request_that_made_a_picture_travels_along() -> None:
    made = Request(prompt="a cat", seed=3, method="concave", regions=(Region(mask=MASK),))
    repair = Request(task="repair", image=PICTURE, regions=(Region(mask=MASK),), recorded=made)
    restored = Request.from_record(from_json(to_json(repair.to_record())))
    assert restored == repair
    assert restored.recorded == made
    assert restored != repair.with_(recorded=made.with_(seed=4))
    assert restored != repair.with_(recorded=None)
    with pytest.raises(RequestError, match="task generate"):
        repair.with_(recorded=repair)


@pytest.mark.parametrize(
    "change",
    [
        {"image": PICTURE + np.uint8(1)},
        {"regions": (Region(mask=MASK),)},
        {"regions": (Region(mask=MASK, concavity=0.3),) * 2},
        {"prompt": "another"},
        {"words": ()},
        {"word_concavity": (("cat", 0.5),)},
        {"order": (("cat", "dog"),)},
        {"mask_smoothing": 0.5},
        {"minimum_area": 0.01},
    ],
)
def test_requests_that_differ_are_not_equal(change: dict[str, Any]) -> None:
    request = Request(task="inpaint", image=PICTURE, regions=(Region(mask=MASK),) * 2)
    assert request == request.with_()
    assert request != request.with_(**change)


def test_a_request_cannot_be_changed_through_its_arrays() -> None:
    picture, mask = PICTURE.copy(), MASK.copy()
    request = Request(task="inpaint", image=picture, regions=(Region(mask=mask),))
    picture[:] = 0
    mask[:] = 0
    np.testing.assert_array_equal(request.image, PICTURE)
    assert request.has_painted_pixels
    assert request.image is not None
    for array in (request.image, request.regions[0].mask):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"task": "paint"}, "'paint' is no task"),
        ({"method": "fast"}, "'fast' is no method"),
        ({"schedule": "cubic"}, "'cubic' is no schedule"),
        ({"sampler": "euler"}, "'euler' is no sampler"),
        ({"mask_source": "guess"}, "'guess' is no mask_source"),
        ({"steps": 0}, "number of steps is 0"),
        ({"steps": 1001}, "number of steps is 1001"),
        ({"steps": "many"}, "number of steps is many"),
        ({"steps": True}, "number of steps is True"),
        ({"guidance": -1.0}, "guidance scale is -1"),
        ({"guidance": float("nan")}, "guidance scale is nan"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**63}, "seed is"),
        ({"count": 0}, "number of pictures is 0"),
        ({"concavity": 1.5}, "concavity is 1.5"),
        ({"eta": 2.0}, "eta is 2"),
        ({"mask_smoothing": 1.0}, "mask smoothing is 1"),
        ({"mask_smoothing": -0.1}, "mask smoothing is -0.1"),
        ({"minimum_area": 1.0}, "minimum area is 1"),
        ({"word_concavity": (("cat", 2.0),)}, "concavity of “cat” is 2"),
        ({"order": (("a", "b"), ("b", "a"))}, "in a circle"),
        ({"strength": 0.0}, "strength is 0"),
        ({"strength": 1.1}, "strength is 1.1"),
        ({"width": 4}, "width is 4"),
        ({"height": 99999}, "height is 99999"),
        ({"task": "repair"}, "To repair, a picture is needed"),
        ({"task": "inpaint"}, "To inpaint, a picture is needed"),
        ({"image": PICTURE[..., 0]}, "8-bit RGB"),
        ({"image": PICTURE.astype(np.float32)}, "8-bit RGB"),
        ({"image": PICTURE[:0]}, "8-bit RGB"),
        ({"image": PICTURE, "regions": (Region(mask=MASK.T),)}, "mask is 8 x 6 pixels"),
        ({"width": 64, "height": 64, "regions": (Region(mask=MASK),)}, "picture is 64 x 64"),
    ],
)
def test_a_bad_request_is_refused_in_a_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence) as error:
        Request(**change)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((2, 2, 3), np.float32),
        np.zeros((0, 4), np.float32),
        np.full((2, 2), 1.5, np.float32),
        np.full((2, 2), -0.1, np.float32),
        np.full((2, 2), np.nan, np.float32),
    ],
)
def test_a_bad_mask_is_refused(mask: np.ndarray[Any, Any]) -> None:
    with pytest.raises(RequestError):
        Region(mask=mask)


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({}, "no version number"),
        ({"version": "1"}, "no version number"),
        ({"version": 0}, "no version number"),
        ({"version": 99}, "newer AsynDM Studio"),
        ({"version": 1, "regions": [{"levels": None}]}, "holds no mask"),
        ({"version": 1, "steps": None}, "number of steps"),
    ],
)
def test_a_bad_record_is_refused(record: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        Request.from_record(record)


def test_unknown_fields_of_a_record_are_left_out() -> None:
    record = {"version": 1, "prompt": "a cat", "model_hash": "abc", "flavour": 3}
    assert Request.from_record(record) == Request(prompt="a cat")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"a": {"dtype": "uint8", "shape": [3], "zlib": "!!!"}}',
        '{"a": {"dtype": "uint8", "shape": [3], "zlib": "eJwDAAAAAAE="}}',
        '{"a": {"dtype": "object", "shape": [1], "zlib": ""}}',
        '{"a": {"dtype": "uint8", "shape": [-1], "zlib": ""}}',
        '{"a": {"dtype": "float32", "shape": [65536, 65536], "zlib": ""}}',
        '{"a": {"dtype": "uint8", "shape": [Infinity], "zlib": ""}}',
        "[" * 100_000,
    ],
)
def test_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="damaged"):
        from_json(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"regions": 3},
        {"regions": [7]},
        {"regions": [{"levels": [[1]]}]},
        {"words": 5},
        {"word_concavity": {"cat": 0.5}},
        {"order": [["cat"]]},
        {"mask_smoothing": "much"},
        {"recorded": 4},
        {"recorded": {"version": 1, "task": "repair"}},
        {"prompt": None},
        {"model": 5},
        {"words": "cat"},
        {"steps": 2.5},
        {"negative_prompt": 3},
        {"steps": "many"},
        {"image": "picture"},
    ],
)
def test_wrongly_typed_records_are_one_sentence(changes: dict[str, object]) -> None:
    record = {**Request(prompt="a cat").to_record(), **changes}
    with pytest.raises(RequestError) as error:
        Request.from_record(record)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("name", ["steps", "seed", "count", "width", "height"])
def test_whole_numbers_are_whole(name: str) -> None:
    request = Request().with_(**{name: np.int64(8)})
    assert type(getattr(request, name)) is int
    with pytest.raises(RequestError, match="must be a whole number"):
        Request().with_(**{name: 8.5})


def test_words_are_a_list() -> None:
    with pytest.raises(RequestError, match="list of texts"):
        Request(words=cast("tuple[str, ...]", "cat"))
