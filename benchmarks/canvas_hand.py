"""A canvas and a hand: mouse events, each timed to the end of the frame that shows it."""

import math
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.canvas.canvas_view import CanvasView
from app.models.document_model import DocumentModel
from app.tools.tool import Pointer, Tool
from editing.brush import Stroke
from editing.brush_settings import Brush
from editing.document import Document
from editing.geometry import Rect
from editing.gesture import MOUSE, Pen
from editing.history import Change, Command
from editing.recording import TileRecording

FRAME_LIMIT_S = 5.0
LEFT = Qt.MouseButton.LeftButton
MIDDLE = Qt.MouseButton.MiddleButton
_NONE = Qt.MouseButton.NoButton


class Taken(NamedTuple):
    """Milliseconds: on the clock, and of the processor in this thread."""

    wall: float
    processor: float


class TimedCanvas(CanvasView):
    """A canvas that counts its frames."""

    frames = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, then count."""
        super().paintEvent(event)
        self.frames += 1


class Discs:
    """A gesture that writes opaque discs to the active layer: the least a colour brush can do."""

    def __init__(self, document: Document, radius: int) -> None:
        self._plane = document.active_layer.plane
        self._recording = TileRecording("picture", self._plane)
        self._radius = radius
        side = 2 * radius + 1
        self._stamp = np.zeros((side, side), np.uint8)
        cv2.circle(self._stamp, (radius, radius), radius, 255, -1)
        self._colour = np.full((side, side, 4), (250, 200, 40, 255), np.uint8)

    def move_to(self, x: float, y: float, pen: Pen = MOUSE) -> Change:  # noqa: ARG002
        """Put down one disc."""
        side = 2 * self._radius + 1
        whole = Rect(int(x) - self._radius, int(y) - self._radius, side, side)
        rect = whole.intersect(self._plane.bounds)
        if not rect.is_empty:
            self._recording.touch(rect)
            inside = rect.translate(-whole.x, -whole.y).slices()
            view = self._plane.pixels[rect.slices()]
            cv2.copyTo(self._colour[inside], self._stamp[inside], view)
            self._plane.mark_dirty(rect)
        return Change("picture", rect, self._plane)

    def finish(self) -> Command | None:
        """End the stroke."""
        return self._recording.finish("Discs")

    def abort(self) -> Change:
        """Take it back."""
        return Change("picture", self._recording.restore(), self._plane)


class HandTool(Tool):
    """Strokes on the region, or discs on the layer."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self.radius = 20
        self.paints_layer = False

    @property
    def is_active(self) -> bool:
        """Whether a stroke is under way."""
        return self._model is not None and self._model.is_painting

    @property
    def ring_radius(self) -> float:
        """Of the brush."""
        return float(self.radius)

    def press(self, pointer: Pointer) -> None:
        """Begin."""
        if self._model is None or self._model.document is None:
            return
        document = self._model.document
        if self.paints_layer:
            self._model.begin_stroke(Discs(document, self.radius))
        else:
            self._model.begin_stroke(Stroke(document, Brush(radius_px=self.radius)))
        self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        """Go on."""
        if self._model is not None:
            self._model.stroke_to(pointer.x, pointer.y)

    def release(self, pointer: Pointer) -> None:  # noqa: ARG002
        """End."""
        if self._model is not None:
            self._model.end_stroke()

    def cancel(self) -> None:
        """Take the stroke back."""
        if self._model is not None:
            self._model.abort_stroke()


class Hand:
    """A canvas on a large document, and what a hand does to it."""

    def __init__(self, width: int, height: int) -> None:
        self.model = DocumentModel()
        self.canvas = TimedCanvas()
        self.canvas.resize(width, height)
        self.canvas.set_model(self.model)
        self.tool = HandTool(self.canvas)
        self.canvas.set_tool(self.tool)
        self.canvas.show()
        self._middle = QPointF(width / 2, height / 2)

    def settle(self) -> None:
        """Wait until all is shown and no frame has been painted for a moment."""
        quiet_since, frames = time.perf_counter(), self.canvas.frames
        while time.perf_counter() - quiet_since < 0.05 or self.canvas.is_refining:
            QApplication.processEvents()
            if self.canvas.frames != frames:
                quiet_since, frames = time.perf_counter(), self.canvas.frames

    def settle_for(self, seconds: float) -> None:
        """Let events come for a while, without asking for them all the time."""
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def timed(self, act: Callable[[], object], *, wholly: bool = False) -> Taken:
        """Time from an action to the end of the frame that shows it, at once or wholly."""
        frames = self.canvas.frames
        started, own_started = time.perf_counter(), time.thread_time()
        act()
        while self.canvas.frames == frames or (wholly and self.canvas.is_refining):
            QApplication.processEvents()
            if time.perf_counter() - started > FRAME_LIMIT_S:
                raise RuntimeError("the canvas did not paint")
        now, own = time.perf_counter(), time.thread_time()
        return Taken((now - started) * 1000, (own - own_started) * 1000)

    def show_middle(self, zoom: float) -> None:
        """Show the middle of the document, so that all of a path lies on it."""
        self.canvas.fit()
        self.canvas.set_zoom(zoom)
        self.settle()

    def drag(self, button: Qt.MouseButton, path: Iterable[QPointF]) -> list[Taken]:
        """Press, time each move along the path, release."""
        places = list(path)
        self._mouse(QEvent.Type.MouseButtonPress, places[0], button, button)
        self.settle()
        move = partial(self._mouse, QEvent.Type.MouseMove, button=_NONE, held=button)
        wholly = button == LEFT
        times = [self.timed(partial(move, place), wholly=wholly) for place in places[1:]]
        self._mouse(QEvent.Type.MouseButtonRelease, places[-1], button, _NONE)
        self.settle()
        return times

    def wheel(self, notches: int) -> None:
        """Turn the wheel in the middle of the view."""
        event = QWheelEvent(
            self._middle,
            self.canvas.mapToGlobal(self._middle),
            QPoint(),
            QPoint(0, 120 * notches),
            _NONE,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.canvas, event)

    def wave(self, count: int) -> list[QPointF]:
        """A hand's path round the middle of the view: about 13 pixels from place to place."""
        return [
            self._middle
            + QPointF(400 * math.sin(k / 40), 250 * math.sin(k / 23) + 3 * math.cos(k) + 0.6)
            for k in range(count)
        ]

    def _mouse(
        self, kind: QEvent.Type, place: QPointF, button: Qt.MouseButton, held: Qt.MouseButton
    ) -> None:
        place = QPointF(place)
        where = self.canvas.mapToGlobal(place)
        event = QMouseEvent(kind, place, where, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.canvas, event)
