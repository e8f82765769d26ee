"""Move, free transform, crop, canvas size, layers and the history, by keys and mouse."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from editing.document import Document
from editing.plane import Pixels
from tests.end2end.hand import BOX, DISC, DISC_AT, PAPER, SIZE, Hand, layered_file, toy_picture
from tests.end2end.screen import Screen

pytestmark = pytest.mark.end2end

BLEND_BOX = (1050, 506)
HISTORY_TAB = (1122, 470)
FIRST_STEP = (1100, 498)
"""Places on the screen: the blend mode of the layer, and the beginning of the history."""


@pytest.fixture
def hand(screen: Screen, tmp_path: Path) -> Iterator[Hand]:
    hand = Hand.opening(screen, layered_file(tmp_path / "toy.ora"))
    yield hand
    hand.close()


def top(document: Document) -> Pixels:
    return document.layers[-1].plane.pixels


def pixel(document: Document, x: int, y: int) -> tuple[int, ...]:
    return tuple(map(int, top(document)[y, x]))


def select_disc(hand: Hand) -> None:
    hand.paint_on_layer()
    hand.keys("m")
    hand.drag((50, 70), (190, 210))
    hand.wait_for(lambda d: d.selection.pixels[140, 120], "a selection")


def test_move_transform_crop_and_canvas_size(hand: Hand) -> None:
    select_disc(hand)
    hand.keys("v")
    hand.drag((120, 140), (280, 100))
    moved = hand.wait_for(lambda d: pixel(d, 280, 100) == DISC, "the disc to be moved")
    assert (top(moved)[30:170, 210:350] == toy_picture()[70:210, 50:190]).all()
    assert not top(moved)[140, 120, 3]
    assert (moved.selection.pixels[30:170, 210:350] == 255).all()
    hand.keys("Down", "Down", "Down", "Return")
    nudged = hand.wait_for(lambda d: pixel(d, 215, 172) == PAPER, "the disc three pixels lower")
    assert (top(nudged)[33:173, 210:350] == toy_picture()[70:210, 50:190]).all()

    # The lower right corner of the frame, by half to the upper left.
    hand.keys("ctrl+t")
    hand.drag((350, 173), (280, 103))
    hand.keys("Return")
    scaled = hand.wait_for(lambda d: not pixel(d, 340, 160)[3], "the disc to be smaller")
    red = (top(scaled) == DISC).all(axis=2)
    rows, columns = np.nonzero(red)
    assert abs(columns.max() - columns.min() - 60) <= 2
    assert abs(rows.max() - rows.min() - 60) <= 2
    assert abs(columns.mean() - 245) <= 1

    hand.keys("ctrl+d", "shift+c")
    hand.drag((200, 20), (440, 320))
    hand.keys("Return")
    cropped = hand.wait_for(lambda d: d.size == (240, 300), "the picture to be cropped")
    assert (top(cropped) == top(scaled)[20:320, 200:440]).all()

    hand.keys("ctrl+alt+c")
    with hand.dialog("Canvas size"):
        hand.write("300\t340")
        hand.tick("alt+o")
        hand.keys("Return")
    larger = hand.wait_for(lambda d: d.size == (300, 340), "a larger canvas")
    assert (top(larger)[20:320, 30:270] == top(cropped)).all()
    border = np.full((340, 300), True)
    border[20:320, 30:270] = False
    assert (larger.mask.pixels[border] == 255).all()
    hand.keys("ctrl+z", "ctrl+z")
    hand.wait_for(lambda d: d.size == SIZE, "the size as it was")
    hand.keys("ctrl+q")
    assert hand.studio.process.wait(60) == 0
    assert hand.studio.log == ""


def test_layers_clipboard_and_history(hand: Hand) -> None:
    select_disc(hand)
    hand.keys("ctrl+c", "ctrl+v")
    pasted = hand.wait_for(lambda d: len(d.layers) == 2, "a pasted layer")
    assert (top(pasted)[70:210, 50:190] == toy_picture()[70:210, 50:190]).all()
    assert not top(pasted)[:, 190:, 3].any()

    hand.keys("ctrl+d", "ctrl+j", "v")
    hand.wait_for(lambda d: len(d.layers) == 3, "a second copy")
    hand.drag((120, 140), (340, 220))
    hand.wait_for(lambda d: pixel(d, 340, 220) == DISC, "the copy over the box")
    hand.screen.click(*BLEND_BOX)
    hand.keys("Down", "Return")
    blended = hand.wait_for(lambda d: d.layers[-1].blend == "multiply", "another blend mode")
    assert pixel(blended, 340, 220) == DISC
    hand.keys("ctrl+e")
    hand.wait_for(lambda d: len(d.layers) == 2, "two layers to be merged")
    hand.keys("ctrl+shift+e")
    flat = hand.wait_for(lambda d: len(d.layers) == 1, "one layer")
    product = tuple(round(a * b / 255) for a, b in zip(DISC, BOX, strict=True))
    difference = np.subtract(pixel(flat, 340, 220), product)
    assert np.abs(difference).max() <= 1
    assert pixel(flat, *DISC_AT) == DISC

    hand.screen.click(*HISTORY_TAB)
    hand.keys("ctrl+z")
    hand.wait_for(lambda d: len(d.layers) == 2, "a step back")
    # The list is scrolled to the present step: the wheel leads to the first one.
    hand.screen.do("mousemove", str(FIRST_STEP[0]), str(FIRST_STEP[1] + 40))
    hand.screen.do("click", "--repeat", "20", "4")
    hand.screen.click(*FIRST_STEP)
    first = hand.wait_for(lambda d: len(d.layers) == 1, "the picture as it was opened")
    assert (top(first) == toy_picture()).all()
    assert not first.selection.pixels.any()
    hand.keys("ctrl+q")
    assert hand.studio.process.wait(60) == 0
    assert hand.studio.log == ""
