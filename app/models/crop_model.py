"""The frame of the crop tool, between the tool that drags it and the fields that show it."""

from PySide6.QtCore import QObject, Signal

from app.models.properties import Property
from editing.crop_frame import with_aspect
from editing.geometry import EMPTY, Rect

ASPECTS: dict[str, float | None] = {
    "free": None,
    "now": None,
    "1:1": 1.0,
    "5:4": 5 / 4,
    "4:3": 4 / 3,
    "3:2": 3 / 2,
    "16:9": 16 / 9,
    "4:5": 4 / 5,
    "3:4": 3 / 4,
    "2:3": 2 / 3,
    "9:16": 9 / 16,
}
"""Width / height by the name of the choice; "now" is that of the picture."""


class CropModel(QObject):
    """A frame, or none while no document is open.

    Attributes:
        aspect_name: of ``ASPECTS``. outpaint: whether an added border becomes the active region.

    Signals:
        changed: the frame or the picture under it is another one.
        apply_asked, cancel_asked: by a button.
    """

    aspect_name = Property("free")
    aspect_name_changed = Signal(str)
    outpaint = Property(False)
    outpaint_changed = Signal(bool)
    changed = Signal()
    apply_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bounds = self._frame = EMPTY
        self.aspect_name_changed.connect(self._fit_aspect)

    @property
    def bounds(self) -> Rect:
        """The picture."""
        return self._bounds

    @property
    def frame(self) -> Rect:
        """The frame, in pixels of the picture; it may reach beyond it."""
        return self._frame

    @property
    def is_changed(self) -> bool:
        """Whether the frame is not simply that of the picture."""
        return self._frame != self._bounds

    @property
    def adds_border(self) -> bool:
        """Whether it reaches beyond the picture."""
        return not self._bounds.contains(self._frame)

    @property
    def aspect(self) -> float | None:
        """Width / height that is kept, or None."""
        if self.aspect_name == "now" and not self._bounds.is_empty:
            return self._bounds.width / self._bounds.height
        return ASPECTS.get(self.aspect_name)

    def begin(self, bounds: Rect) -> None:
        """Put the frame around the whole picture; an aspect that was chosen is kept."""
        self._bounds = self._frame = bounds
        self._fit_aspect()
        self.changed.emit()

    def set_frame(self, frame: Rect) -> None:
        """Move the frame; one without a pixel is ignored."""
        if not frame.is_empty and not self._bounds.is_empty and frame != self._frame:
            self._frame = frame
            self.changed.emit()

    def set_size(self, width: int, height: int) -> None:
        """Give the frame another size about its middle; with an aspect the width decides."""
        if self.aspect is not None:
            if width == self._frame.width:
                width = max(1, round(height * self.aspect))
            height = max(1, round(width / self.aspect))
        frame = self._frame
        x = frame.x + (frame.width - width) // 2
        self.set_frame(Rect(x, frame.y + (frame.height - height) // 2, width, height))

    def _fit_aspect(self) -> None:
        if self.aspect is not None and not self._frame.is_empty:
            self.set_frame(with_aspect(self._frame, self.aspect))
