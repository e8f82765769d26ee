"""What the tests of the canvas share: documents with content, mouse events, pictures taken."""

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import CanvasView
from app.canvas.compositor import Compositor
from app.models.document_model import DocumentModel
from app.qt_images import to_array
from app.tools.brush_tool import BrushTool
from editing.brush import Brush
from editing.document import Document

LEFT = Qt.MouseButton.LeftButton
MIDDLE = Qt.MouseButton.MiddleButton
NONE = Qt.MouseButton.NoButton
NO_KEY = Qt.KeyboardModifier.NoModifier

Pixels = npt.NDArray[np.uint8]


def noise_document(width: int, height: int, *, transparent: bool = False) -> Document:
    """Strong contrast from pixel to pixel: the worst case for scaling."""
    random = np.random.default_rng(width + height)
    pixels = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
    if not transparent:
        pixels[..., 3] = 255
    return Document(pixels)


def grey_document(width: int, height: int, grey: int = 128) -> Document:
    return Document.blank(width, height, (grey, grey, grey, 255))


def shown_canvas(
    qtbot: QtBot, document: Document | None, size: tuple[int, int] = (400, 300)
) -> tuple[CanvasView, DocumentModel]:
    """A canvas on the screen; close the model at the end of the test."""
    model = DocumentModel()
    canvas = CanvasView()
    qtbot.addWidget(canvas)
    canvas.resize(*size)
    canvas.set_model(model)
    canvas.show()
    qtbot.waitExposed(canvas)
    model.set_document(document)
    use_brush(canvas, Brush(radius_px=10, hardness=1))
    return canvas, model


def use_brush(canvas: CanvasView, brush: Brush) -> None:
    """Paint the active region with this brush from now on."""
    tool = canvas.tool if isinstance(canvas.tool, BrushTool) else BrushTool(canvas)
    canvas.set_tool(tool)
    tool.brush = brush


def mouse(
    canvas: CanvasView,
    kind: QEvent.Type,
    x: float,
    y: float,
    button: Qt.MouseButton = NONE,
    held: Qt.MouseButton = NONE,
    keys: Qt.KeyboardModifier = NO_KEY,
) -> None:
    """Send one mouse event at a place in the widget."""
    place = QPointF(x, y)
    event = QMouseEvent(kind, place, canvas.mapToGlobal(place), button, held, keys)
    QApplication.sendEvent(canvas, event)


def press(
    canvas: CanvasView,
    x: float,
    y: float,
    button: Qt.MouseButton = LEFT,
    keys: Qt.KeyboardModifier = NO_KEY,
) -> None:
    mouse(canvas, QEvent.Type.MouseButtonPress, x, y, button, button, keys)


def move(canvas: CanvasView, x: float, y: float, held: Qt.MouseButton = LEFT) -> None:
    mouse(canvas, QEvent.Type.MouseMove, x, y, NONE, held)


def release(
    canvas: CanvasView,
    x: float,
    y: float,
    button: Qt.MouseButton = LEFT,
    held: Qt.MouseButton = NONE,
) -> None:
    mouse(canvas, QEvent.Type.MouseButtonRelease, x, y, button, held)


def leave(canvas: CanvasView) -> None:
    """Take the pointer away, and its ring with it."""
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))


def settle(qtbot: QtBot, canvas: CanvasView) -> None:
    """Wait until every tile in view is there and painted, and nothing is left to do."""

    def is_settled() -> bool:
        # The frame that shows the last tiles may find on a busy machine that time is up again.
        QApplication.processEvents()
        was_idle = canvas.is_idle
        QApplication.processEvents()
        return was_idle and canvas.is_idle

    qtbot.waitUntil(is_settled)


def on_screen(canvas: CanvasView) -> Pixels:
    """What the widget shows now, by whatever partial painting led to it: RGB (h, w, 3)."""
    image: QImage = canvas.screen().grabWindow(canvas.winId()).toImage()
    return to_array(image)[..., :3]


def repainted(canvas: CanvasView) -> Pixels:
    """What the widget shows if it is made anew from the document."""
    canvas.redraw()
    canvas.repaint()
    return on_screen(canvas)


def count_compositions(patch: pytest.MonkeyPatch) -> list[str]:
    """Note from now on what of the document is composed; nothing is, until the patch ends."""
    composed: list[str] = []
    for name in ("compose_layers", "compose_picked", "tint_films"):

        def noted(*_: object, name: str = name) -> None:
            composed.append(name)
            raise AssertionError(name)

        patch.setattr(Compositor, name, noted)
    return composed
