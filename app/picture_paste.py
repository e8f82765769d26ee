"""Pictures that come into the open document as layers: pasted or dropped."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF

from app.canvas.canvas_view import CanvasView
from app.edit_lock import when_free
from app.jobs.background import Background
from app.models.document_model import DocumentModel
from app.models.run_model import Message, RunModel
from editing.color import from_srgb
from editing.errors import EditingError
from editing.geometry import Rect
from editing.layer import Layer
from editing.layer_commands import insert_layer
from editing.pixel_transfer import Lifted, centred, layer_of

Read = Callable[[], NDArray[np.uint8]]


class PicturePaste(QObject):
    """Makes layers off the UI thread and puts them above the active one."""

    def __init__(
        self,
        document: DocumentModel,
        canvas: CanvasView,
        run: RunModel,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._canvas, self._run = document, canvas, run
        self._background = background

    def add(
        self,
        read: Read,
        name: str,
        place: Rect | None = None,
        *,
        profile: bytes | None = None,
        step: str = "Paste",
    ) -> None:
        """Add a layer to the open document.

        Args:
            read: gives the pixels (H, W, 4), on another thread.
            name: of the layer.
            place: where the pixels were in a document of this size; None is the middle of the view.
            profile: colour space of the pixels, None for sRGB.
            step: name in the history list.
        """
        document = self._document.document
        if document is None:
            return
        bounds, own_profile = document.bounds, document.metadata.icc
        middle = self._canvas.to_document(QPointF(self._canvas.rect().center()))

        def make() -> tuple[Layer, Rect]:
            pixels = read()
            if profile != own_profile:
                pixels = from_srgb(pixels, own_profile)
            size = (pixels.shape[1], pixels.shape[0])
            rect = centred(size, *middle, bounds) if place is None else place
            shape = (bounds.height, bounds.width)
            return layer_of(Lifted(rect, pixels), shape, name), rect

        def put(made: tuple[Layer, Rect]) -> None:
            layer, rect = made
            if self._document.document is not document:
                return
            if document.bounds != bounds:
                self.complain(EditingError(self._too_late()))
                return
            self._document.end_stroke()
            self._document.push(insert_layer(document, layer, step))
            self._document.set_target("layer")
            if not bounds.contains(rect):
                self._say_cut()

        self._background.run(
            make, lambda made: when_free(self._document, lambda: put(made)), self.complain
        )

    def complain(self, error: Exception) -> None:
        """Say why a picture cannot be had."""
        if isinstance(error, EditingError):
            self._run.message = Message(str(error))
        else:
            text = self.tr("The picture could not be added; the details say why.")
            self._run.message = Message(text, details=f"{type(error).__name__}: {error}")

    def _too_late(self) -> str:
        return self.tr("The picture's size changed before this was added: please paste it again.")

    def _say_cut(self) -> None:
        text = self.tr(
            "The picture is larger than the document: what lies outside was left out. "
            "Ctrl+Shift+V pastes it as a document of its own."
        )
        self._run.message = Message(text, error=False)
