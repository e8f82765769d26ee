"""Documents with a colour profile of their own look as they are meant to."""

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
from tests.editing.photograph import photograph_rgba
from tests.editing.profiles import gamma_profile

SIDE = 300


def canvas_of(qtbot: QtBot, document: Document) -> tuple[CanvasView, DocumentModel]:
    model = DocumentModel()
    canvas = CanvasView()
    qtbot.addWidget(canvas)
    canvas.resize(SIDE + 60, SIDE + 60)
    canvas.show()
    canvas.set_model(model)
    model.set_document(document)
    canvas.show_profile(document.metadata.icc)
    canvas.actual_size()
    return canvas, model


def on_screen(canvas: CanvasView) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    shown = to_array(canvas.grab().toImage())
    left, top = round(canvas.transform.origin_x), round(canvas.transform.origin_y)
    return shown[top : top + SIDE, left : left + SIDE, :3]


@pytest.mark.parametrize("gamma", [1.0, 1.8])
def test_colours_are_converted_for_the_screen(qtbot: QtBot, gamma: float) -> None:
    profile = gamma_profile(gamma)
    document = Document(photograph_rgba(SIDE, SIDE), metadata=Metadata(icc=profile))
    canvas, _ = canvas_of(qtbot, document)
    expected = to_srgb(document.layers[0].plane.pixels, profile)[..., :3]
    difference = np.abs(on_screen(canvas).astype(int) - expected)
    assert difference.max() <= 2
    assert np.abs(document.layers[0].plane.pixels[..., :3].astype(int) - expected).max() > 10


def test_an_edit_repaints_as_a_full_repaint_does(qtbot: QtBot) -> None:
    metadata = Metadata(icc=gamma_profile(1.8))
    canvas, model = canvas_of(qtbot, Document(photograph_rgba(SIDE, SIDE), metadata=metadata))
    on_screen(canvas)
    document = model.document
    assert document is not None
    plane = document.layers[0].plane
    recording = TileRecording("picture", plane)
    rect = Rect(40, 50, 60, 30)
    recording.touch(rect)
    plane.pixels[rect.slices()] = (200, 100, 50, 255)
    plane.mark_dirty(rect)
    command = recording.finish("Paint")
    assert command is not None
    model.push(command)
    partial = on_screen(canvas)
    canvas.redraw()
    assert np.array_equal(partial, on_screen(canvas))


def test_srgb_is_shown_as_it_is(qtbot: QtBot) -> None:
    canvas, _ = canvas_of(qtbot, Document(photograph_rgba(SIDE, SIDE)))
    assert np.array_equal(on_screen(canvas), photograph_rgba(SIDE, SIDE)[..., :3])
