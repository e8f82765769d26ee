"""How large an exported file would be, and what it would look like, worked out in the background.

A small file is encoded as it would be written, of a large one the size is an estimate; of several
choices made quickly only the last counts.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from app.document_writing import ExportChoice, composed
from app.jobs.background import Background
from app.qt_images import Format, wrap
from editing.document import Document
from editing.errors import EditingError
from editing.files.encode import Extras, encode
from editing.files.raster import SaveFormat, decode_picture
from editing.files.size_preview import SizePreview, encode_preview
from editing.geometry import Rect
from editing.snapshot import take_snapshot

if TYPE_CHECKING:
    from editing.plane import Pixels

_WAIT_MS = 120
"""A slider that is dragged asks for many sizes on its way."""


class ExportEstimate(QObject):
    """Follows the choices of one export of one document.

    Args:
        document: held as it is now.
        part: what the preview shows, inside the document.
        background: does the work.

    Signals:
        size_found: how large the file will be, a SizePreview.
        preview_found: what a part of it looks like, a QImage.
        refused: a sentence why it cannot be written like that.
    """

    size_found = Signal(object)
    preview_found = Signal(object)
    refused = Signal(str)

    def __init__(
        self,
        document: Document,
        part: Rect,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._snapshot = take_snapshot(document)
        self._part, self._background = part, background
        self._pixels: Pixels | None = None
        self._choice = ExportChoice()
        self._turn = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._begin)

    def follow(self, choice: ExportChoice) -> None:
        """Work this choice out from now on."""
        self._choice = choice
        self._turn += 1
        self._timer.start()

    def close(self) -> None:
        """Let the document go; what is being worked out is not told any more."""
        self._turn += 1
        self._timer.stop()
        self._snapshot.close()

    def _begin(self) -> None:
        turn, choice = self._turn, self._choice

        def unless_late(tell: Callable[[], None]) -> None:
            if turn == self._turn:
                tell()

        def refuse(error: Exception) -> None:
            if not isinstance(error, EditingError):
                raise error
            unless_late(lambda: self.refused.emit(str(error)))

        self._background.run(
            lambda: self._preview(choice),
            lambda image: unless_late(lambda: self.preview_found.emit(image)),
            refuse,
        )
        self._background.run(
            lambda: self._size(choice) if turn == self._turn else None,
            lambda size: unless_late(lambda: self.size_found.emit(size)),
            refuse,
        )

    def _preview(self, choice: ExportChoice) -> QImage:
        """The part as it looks in the file, in sRGB."""
        profile = self._snapshot.metadata.icc
        pixels = choice.colours(composed(self._snapshot, rect=self._part), profile)
        kept = profile if choice.keeps_profile else None
        parts = encode(pixels, _format(choice), choice.options, Extras(kept)).parts
        shown = ExportChoice(keeps_profile=False).colours(
            decode_picture(b"".join(parts)).pixels, kept
        )
        return wrap(np.ascontiguousarray(shown), Format.Format_RGBA8888).copy()

    def _size(self, choice: ExportChoice) -> SizePreview:
        if self._pixels is None:
            self._pixels = composed(self._snapshot)
        pixels = choice.colours(self._pixels, self._snapshot.metadata.icc)
        options = replace(choice.options, format=_format(choice))
        return encode_preview(pixels, options, choice.extras(self._snapshot))


def _format(choice: ExportChoice) -> SaveFormat:
    return choice.options.format or "png"
