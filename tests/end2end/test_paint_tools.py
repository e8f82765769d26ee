"""Brush, eraser, clone stamp, gradient, fill by click and eyedropper, by keys and mouse."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from editing.document import Document
from editing.plane import Pixels
from tests.end2end.hand import BOX, BOX_AT, DISC, DISC_AT, PAPER, Hand, layered_file, toy_picture
from tests.end2end.screen import Screen

pytestmark = pytest.mark.end2end

GREEN = (0, 170, 68, 255)


@pytest.fixture
def hand(screen: Screen, tmp_path: Path) -> Iterator[Hand]:
    hand = Hand.opening(screen, layered_file(tmp_path / "toy.ora"))
    yield hand
    hand.close()


def pixel(document: Document, x: int, y: int, layer: int = -1) -> tuple[int, ...]:
    return tuple(map(int, document.layers[layer].plane.pixels[y, x]))


def background(document: Document) -> Pixels:
    return document.layers[0].plane.pixels


def test_brush_and_eraser_on_a_region(hand: Hand) -> None:
    hand.keys("b")
    hand.drag((60, 40), (200, 40))
    painted = hand.wait_for(lambda d: d.mask.pixels[40, 200], "paint on the region")
    assert (painted.mask.pixels[30:51, 60:201] == 255).all()
    assert not painted.mask.pixels[54:].any()

    hand.keys("e")
    hand.drag((120, 40), (140, 40))
    erased = hand.wait_for(lambda d: not d.mask.pixels[40, 140], "the region to be erased")
    assert not erased.mask.pixels[30:51, 120:141].any()
    assert erased.mask.pixels[40, 70] == erased.mask.pixels[40, 190] == 255

    # A click and a click with Shift: a straight line.
    hand.keys("b", "bracketleft")
    hand.click(60, 330)
    hand.click(420, 330, held=("shift",))
    line = hand.wait_for(lambda d: d.mask.pixels[330, 420], "a straight line")
    assert (line.mask.pixels[330, 60:421] == 255).all()
    assert (background(line) == toy_picture()).all()
    assert not line.selection.pixels.any()


def test_all_that_paints_on_a_layer(hand: Hand) -> None:
    hand.paint_on_layer()
    hand.choose_colour("#00aa44")
    hand.keys("b")
    hand.drag((60, 40), (200, 40))
    painted = hand.wait_for(lambda d: pixel(d, 200, 40) == GREEN, "paint on the layer")
    assert (background(painted)[30:51, 60:201] == GREEN).all()
    assert (background(painted)[54:] == toy_picture()[54:]).all()
    assert not painted.has_mask

    hand.keys("e")
    hand.drag((120, 40), (140, 40))
    hand.wait_for(lambda d: pixel(d, 130, 40)[3] == 0, "the layer to be erased")

    hand.keys("s")
    hand.click(*DISC_AT, held=("alt",))
    hand.drag((120, 300), (150, 300))
    cloned = hand.wait_for(lambda d: pixel(d, 150, 300) == DISC, "the clone stamp")
    assert (background(cloned)[290:311, 120:151] == DISC).all()
    assert pixel(cloned, 120, 320) == PAPER

    hand.keys("k")
    hand.click(*BOX_AT)
    filled = hand.wait_for(lambda d: pixel(d, *BOX_AT) == GREEN, "the box to be filled")
    # Its corners are softened.
    assert (background(filled)[182:298, 282:418] == GREEN).all()
    assert pixel(filled, *DISC_AT) == DISC
    assert pixel(filled, 440, 240) == PAPER

    hand.keys("ctrl+z")
    hand.wait_for(lambda d: pixel(d, *BOX_AT) == BOX, "the fill to be undone")
    hand.keys("ctrl+y")
    hand.wait_for(lambda d: pixel(d, *BOX_AT) == GREEN, "the fill again")

    hand.keys("i")
    hand.click(*DISC_AT)
    hand.keys("ctrl+shift+n", "alt+BackSpace")
    taken = hand.wait_for(
        lambda d: len(d.layers) == 2 and pixel(d, 5, 5) == DISC, "a layer of the taken colour"
    )
    assert (taken.layers[1].plane.pixels == DISC).all()

    hand.keys("d", "g")
    hand.drag((40, 180), (440, 180), held=("shift",))
    ramp = hand.wait_for(lambda d: pixel(d, 0, 180) == (0, 0, 0, 255), "a gradient")
    row = ramp.layers[1].plane.pixels[180, :, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert row[440:].min() == 255
    assert abs(row[240] - 128) <= 2
    assert (ramp.layers[1].plane.pixels[..., 0] == row).all()
    hand.keys("ctrl+q")
    assert hand.studio.process.wait(60) == 0
    assert hand.studio.log == ""
