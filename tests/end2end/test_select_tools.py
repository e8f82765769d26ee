"""Each way to select, and what is done with a selection, by keys and mouse."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from editing.document import Document
from tests.end2end.hand import BOX, BOX_AT, DISC, DISC_AT, SIZE, Hand, layered_file, toy_picture
from tests.end2end.screen import Screen

pytestmark = pytest.mark.end2end

Mask = NDArray[np.bool_]
TRIANGLE = ((60, 320), (220, 320), (140, 220))


@pytest.fixture
def hand(screen: Screen, tmp_path: Path) -> Iterator[Hand]:
    hand = Hand.opening(screen, layered_file(tmp_path / "toy.ora"))
    yield hand
    hand.close()


def selected(document: Document) -> Mask:
    return document.selection.pixels >= 128


def painted(colour: tuple[int, ...]) -> Mask:
    return np.asarray((toy_picture() == colour).all(axis=2), bool)


def rectangle(left: int, top: int, right: int, bottom: int) -> Mask:
    mask = np.zeros(SIZE[::-1], bool)
    mask[top:bottom, left:right] = True
    return mask


def triangle() -> Mask:
    image = Image.new("1", SIZE)
    ImageDraw.Draw(image).polygon(TRIANGLE, 1)
    return np.array(image)


def overlap(one: Mask, other: Mask) -> float:
    """How much two masks have in common: 1 if they are equal, 0 if nothing."""
    return float((one & other).sum() / max(1, (one | other).sum()))


def wait_for(hand: Hand, mask: Mask, what: str, share: float = 0.95) -> Document:
    """Wait until a mask is selected, but for its rim."""
    return hand.wait_for(lambda d: overlap(selected(d), mask) >= share, what)


def test_shapes(hand: Hand) -> None:
    hand.keys("m")
    hand.drag((20, 20), (120, 100))
    box = rectangle(20, 20, 120, 100)
    wait_for(hand, box, "a rectangle")
    hand.drag((200, 20), (260, 60), held=("shift",))
    both = box | rectangle(200, 20, 260, 60)
    wait_for(hand, both, "a second rectangle beside it")
    hand.drag((20, 60), (60, 140), held=("alt",))
    wait_for(hand, both & ~rectangle(20, 60, 60, 140), "a rectangle taken away")

    hand.keys("shift+m")
    hand.drag((300, 20), (460, 140))
    image = Image.new("1", SIZE)
    ImageDraw.Draw(image).ellipse((300, 20, 460, 140), 1)
    wait_for(hand, np.array(image), "an ellipse in place of them")

    hand.keys("ctrl+d", "l")
    hand.drag(*TRIANGLE, TRIANGLE[0])
    wait_for(hand, triangle(), "a lasso")

    hand.keys("ctrl+d", "shift+l")
    hand.wait_for(lambda d: not selected(d).any(), "nothing to be selected")
    for corner in TRIANGLE:
        hand.click(*corner)
    hand.keys("Return")
    wait_for(hand, triangle(), "a polygon")

    hand.keys("ctrl+shift+i")
    wait_for(hand, ~triangle(), "the rest of the picture")
    hand.keys("ctrl+a")
    hand.wait_for(lambda d: (d.selection.pixels == 255).all(), "all to be selected")


def test_colours_and_objects(hand: Hand) -> None:
    hand.keys("w")
    hand.click(*BOX_AT)
    wait_for(hand, painted(BOX), "the box by the wand")
    hand.keys("shift+w")
    hand.click(*DISC_AT)
    wait_for(hand, painted(DISC), "the disc by its colour")
    hand.keys("ctrl+d", "q")
    hand.wait_for(lambda d: not selected(d).any(), "nothing to be selected")
    hand.drag((40, 60), (200, 220))
    wait_for(hand, painted(DISC), "the disc as an object", 0.9)
    hand.keys("Return")
    hand.click(*BOX_AT)
    wait_for(hand, painted(BOX), "the box as an object", 0.9)

    before = hand.saved().selection.pixels.copy()
    hand.keys("ctrl+shift+r")
    region = hand.wait_for(lambda d: len(d.regions) == 2 or d.has_mask, "a region")
    assert any((each.mask.pixels == before).all() for each in region.regions)
    assert not region.selection.pixels.any()

    # A selection confines the brush.
    hand.keys("m")
    hand.drag((200, 20), (240, 60))
    wait_for(hand, rectangle(200, 20, 240, 60), "a rectangle")
    hand.paint_on_layer()
    hand.keys("b")
    hand.drag((160, 40), (280, 40))
    hand.wait_for(lambda d: tuple(d.layers[0].plane.pixels[40, 220, :3]) == (0, 0, 0), "paint")
    hand.keys("Delete")
    cleared = hand.wait_for(lambda d: not d.layers[0].plane.pixels[40, 220, 3], "it to be cleared")
    pixels = cleared.layers[0].plane.pixels
    assert not pixels[20:60, 200:240, 3].any()
    kept = ~rectangle(200, 20, 240, 60)
    assert (pixels[kept] == toy_picture()[kept]).all()
    hand.keys("ctrl+q")
    assert hand.studio.process.wait(60) == 0
    assert hand.studio.log == ""
