"""What the move and the transform tool share: something is picked up, shown elsewhere, put down.

While it is tried out nothing is changed: the canvas shows the document without it, and the tool
draws it over that, from a mip level that is fine enough for the screen. Any other change of the
document ends the attempt.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QImage, QPolygonF, QTransform

from app.jobs.document_work import Edit
from app.qt_images import wrap
from editing.errors import EditingError
from editing.floating import Floating, picked_up, put_down, scaled_by
from editing.geometry import Rect

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.jobs.document_work import DocumentWork
    from app.models.document_model import DocumentModel
    from app.tools.tool import Sight
    from editing.document import Document
    from editing.placing import Placer
    from editing.plane import Pixels
    from editing.structure import Structure
    from editing.warp import Points

LARGEST_IMAGE_PX = 4_000_000
"""Pixels of the picture that is drawn while something is tried out."""
_TINT = 0.5
_FINEST_ZOOM = 2.0


class Stage(Protocol):
    """What is told to the canvas."""

    def show_instead(self, structure: Structure | None, rect: Rect) -> None:
        """Show other layers and regions, or those of the document."""


class FloatingEdit(QObject):
    """At most one attempt at a time.

    Args:
        work: makes the edit in the end.
        stage: shows the document meanwhile.

    Signals:
        ended: the attempt is over, made or given up.
    """

    ended = Signal()

    def __init__(self, work: DocumentWork, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work, self._stage = work, stage
        self._model: DocumentModel | None = None
        self._document: Document | None = None
        self._floating: Floating | None = None
        self._image: QImage | None = None
        self._level = -1
        self._is_ending = False

    @property
    def is_active(self) -> bool:
        """Whether something is picked up."""
        return self._floating is not None

    @property
    def place(self) -> Rect:
        """Where it was picked up; empty if nothing is."""
        return Rect(0, 0, 0, 0) if self._floating is None else self._floating.place

    @property
    def is_busy(self) -> bool:
        """Whether it is being put down."""
        return self._work.is_busy

    def begin(self, model: DocumentModel) -> bool:
        """Pick up what the target and the selection say; False, with a sentence, if that fails."""
        document = model.document
        if document is None or self._work.is_busy or self.is_active:
            return False
        model.end_stroke()
        try:
            floating = picked_up(document)
        except EditingError as error:
            self._work.failed.emit(error.sentence)
            return False
        self._model, self._document, self._floating = model, document, floating
        self._image, self._level = None, -1
        for signal in (model.changed, model.document_replaced, model.active_changed):
            signal.connect(self.drop)
        self._stage.show_instead(floating.without(), floating.place)
        return True

    def drop(self) -> None:
        """Give up: the document is shown as it is."""
        floating, model = self._floating, self._model
        if floating is None or model is None:
            return
        for signal in (model.changed, model.document_replaced, model.active_changed):
            signal.disconnect(self.drop)
        self._floating = self._image = None
        if model.document is self._document:
            self._stage.show_instead(None, floating.place)
        self._model = self._document = None
        self.ended.emit()

    def put_down(self, placer: Placer, name: str, text: str, pixels: float) -> None:
        """Make the edit; until then it is shown as it was tried out.

        Args:
            placer: where it goes.
            name: in the history.
            text: what is going on, if it takes long.
            pixels: about how many will be looked at.
        """
        floating, document = self._floating, self._document
        if floating is None or document is None:
            return
        edit = Edit(
            text,
            lambda _: put_down(floating, placer),
            lambda result: result.commit_steps(document, name),
            pixels,
        )
        if not self._work.run(edit, lambda _: self.drop()):
            self.drop()

    def draw(self, painter: QPainter, sight: Sight, corners: Points) -> None:
        """Draw what is picked up so that its corners lie at four document points."""
        floating = self._floating
        if floating is None:
            return
        image = self._image_for(floating, sight)
        # The mip level covers a little more than the place.
        factor = 1 / (1 << self._level)
        place = floating.place
        covered = place.scale(factor)
        left, top = place.x * factor - covered.x, place.y * factor - covered.y
        source = QPolygonF(QRectF(left, top, place.width * factor, place.height * factor))
        source.removeLast()
        target = QPolygonF([sight.to_widget(float(x), float(y)) for x, y in corners])
        transform = QTransform()
        if not QTransform.quadToQuad(source, target, transform):
            return
        painter.save()
        painter.setTransform(transform, True)
        if sight.scale * (1 << self._level) < _FINEST_ZOOM:
            painter.setRenderHint(painter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(self._opacity(floating))
        painter.drawImage(0, 0, image)
        painter.restore()

    def _opacity(self, floating: Floating) -> float:
        if floating.layer_id is None:
            return _TINT
        layer = floating.structure.layer(floating.layer_id)
        return layer.opacity if floating.parts[0].plane is layer.plane else _TINT

    def _image_for(self, floating: Floating, sight: Sight) -> QImage:
        level = max(0, math.floor(math.log2(1 / max(sight.scale, 1e-6))))
        while floating.place.area >> (2 * level) > LARGEST_IMAGE_PX:
            level += 1
        level = min(level, len(floating.parts[0].plane.levels) - 1)
        if self._image is None or level != self._level:
            self._level = level
            self._image = _image_of(floating, level)
        return self._image


def _image_of(floating: Floating, level: int) -> QImage:
    part = floating.parts[0]
    rect = part.place.scale(1 / (1 << level))
    pixels = part.plane.level(level, rect)
    if part.inverted:
        pixels = np.asarray(cv2.bitwise_not(pixels), np.uint8)
    selection: Pixels | None = None
    if part.is_selected:
        selection = floating.structure.selection.level(level, rect)
    if pixels.ndim == 2:
        shown = _tinted(pixels, _colour(floating))
        straight = True
    else:
        shown, straight = pixels, level == 0
    if selection is not None:
        if straight:
            shown = scaled_by(shown, selection)
        else:
            shown = np.asarray(cv2.multiply(shown, cv2.merge([selection] * 4), scale=1 / 255))
    kinds = QImage.Format
    kind = kinds.Format_RGBA8888 if straight else kinds.Format_RGBA8888_Premultiplied
    return wrap(np.ascontiguousarray(shown, np.uint8), kind).copy()


def _colour(floating: Floating) -> tuple[int, int, int]:
    if floating.region_id is None:
        return 128, 128, 128
    return floating.structure.region(floating.region_id).colour


def _tinted(mask: Pixels, colour: tuple[int, int, int]) -> Pixels:
    result = np.empty((*mask.shape, 4), np.uint8)
    result[..., :3] = colour
    result[..., 3] = mask
    return result
