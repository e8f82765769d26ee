"""Where frames and results are shown: over the document, or on a page of their own."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from app.candidates import Candidate
from app.models.document_model import DocumentModel
from app.models.generation_model import Mode
from editing.document import Document
from editing.geometry import Rect

_BLANK = (0x50, 0x52, 0x56, 0xFF)


class Surface(Protocol):
    """What is told to the canvas."""

    def set_model(self, model: DocumentModel) -> None:
        """Show another document model."""

    def set_preview(self, rgb: NDArray[np.uint8] | None, rect: Rect | None = None) -> None:
        """Draw a picture over a part of the document, or nothing."""

    def set_level_map(
        self, levels: NDArray[np.float32] | None, rect: Rect | None = None, opacity: float = 0.6
    ) -> None:
        """Draw noise levels over a part of the document, or nothing."""


class ResultStage(QObject):
    """Shows on a surface what a run makes; without one, nothing happens."""

    def __init__(self, document: DocumentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._surface: Surface | None = None
        self._scratch = DocumentModel(self)

    def set_surface(self, surface: Surface) -> None:
        """Show here from now on."""
        self._surface = surface

    def set_place(self, mode: Mode, box: Rect) -> None:
        """A generation that does not fit the open document is shown on a page of its own."""
        if self._surface is None:
            return
        document = self._document.document
        if mode == "generate" and (document is None or document.size != box.size):
            self._scratch.set_document(Document.blank(box.width, box.height, _BLANK))
            self._surface.set_model(self._scratch)

    def show_picture(self, rgb: NDArray[np.uint8] | None, box: Rect) -> None:
        """Show a frame."""
        if self._surface is not None:
            self._surface.set_preview(rgb, box)

    def show_levels(self, levels: NDArray[np.float32] | None, box: Rect | None = None) -> None:
        """Show how much noise the pixels still have, or nothing."""
        if self._surface is not None:
            self._surface.set_level_map(levels, box)

    def show_result(self, chosen: Candidate) -> None:
        """Show a result at its place."""
        result = chosen.placed.result
        self.set_place(chosen.mode, result.box)
        self.show_picture(result.patch[..., :3], result.box)

    def clear(self) -> None:
        """Show the document."""
        if self._surface is None:
            return
        self._surface.set_preview(None)
        self._surface.set_level_map(None)
        if self._scratch.document is not None:
            self._surface.set_model(self._document)
            self._scratch.set_document(None)

    def close(self) -> None:
        """End the work of the page."""
        self._scratch.close()
