"""Documents with a colour profile of their own look as they are meant to."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import CanvasView
from app.models.document_model import DocumentModel
from app.qt_images import to_array
from editing.color import to_srgb
from editing.document import Document, Metadata
from editing.geometry import Rect
from editing.recording import TileRecording
from tests.app.canvas_parts import settle
from tests.editing.photograph import photograph_rgba
from tests.editing.profiles import gamma_profile

SIDE = 300
Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


class Shown:
    """A canvas on the screen that shows a document at its actual size."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.model, self.canvas = qtbot, DocumentModel(), CanvasView()
        qtbot.addWidget(self.canvas)
        self.canvas.resize(SIDE + 60, SIDE + 60)
        self.canvas.show()
        self.canvas.set_model(self.model)

    def open(self, document: Document) -> None:
        self.model.set_document(document)
        self.canvas.show_profile(document.metadata.icc)
        self.canvas.actual_size()

    def pixels(self) -> Pixels:
        settle(self.qtbot, self.canvas)
        shown = to_array(self.canvas.grab().toImage())
        left, top = self.canvas.transform.origin_x, self.canvas.transform.origin_y
        return shown[top : top + SIDE, left : left + SIDE, :3]


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Shown]:
    shown = Shown(qtbot)
    yield shown
    shown.model.close()


@pytest.mark.parametrize("gamma", [1.0, 1.8])
def test_colours_are_converted_for_the_screen(shown: Shown, gamma: float) -> None:
    profile = gamma_profile(gamma)
    document = Document(photograph_rgba(SIDE, SIDE), metadata=Metadata(icc=profile))
    shown.open(document)
    expected = to_srgb(document.layers[0].plane.pixels, profile)[..., :3]
    difference = np.abs(shown.pixels().astype(int) - expected)
    assert difference.max() <= 2
    assert np.abs(document.layers[0].plane.pixels[..., :3].astype(int) - expected).max() > 10


def test_an_edit_repaints_as_a_full_repaint_does(shown: Shown) -> None:
    metadata = Metadata(icc=gamma_profile(1.8))
    document = Document(photograph_rgba(SIDE, SIDE), metadata=metadata)
    shown.open(document)
    before = shown.pixels()
    plane = document.layers[0].plane
    recording = TileRecording("picture", plane)
    rect = Rect(40, 50, 60, 30)
    recording.touch(rect)
    plane.pixels[rect.slices()] = (200, 100, 50, 255)
    plane.mark_dirty(rect)
    shown.model.push(recording.finish("Paint"))
    partial = shown.pixels()
    assert not np.array_equal(partial, before)
    shown.canvas.redraw()
    assert np.array_equal(partial, shown.pixels())


def test_srgb_is_shown_as_it_is(shown: Shown) -> None:
    shown.open(Document(photograph_rgba(SIDE, SIDE)))
    assert np.array_equal(shown.pixels(), photograph_rgba(SIDE, SIDE)[..., :3])
