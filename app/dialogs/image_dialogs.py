"""Questions about the size and the orientation of the picture; tests answer in their place."""

from dataclasses import dataclass

from PySide6.QtWidgets import QDialog, QWidget

from app.dialogs.canvas_size_dialog import CanvasSizeDialog
from app.dialogs.rotate_dialog import RotateDialog
from app.dialogs.scale_dialog import ScaleDialog
from editing.geometry import Rect
from editing.resize import Scale
from editing.rotate import Rotation


@dataclass(frozen=True)
class NewCanvas:
    """What was asked for.

    Attributes:
        frame: the new canvas in pixels of the old one.
        is_outpainted: whether the added border becomes the active region.
    """

    frame: Rect
    is_outpainted: bool = False


class ImageDialogs:
    """Asks with dialogs over a window. Each answer is None if the person thought better of it."""

    def __init__(self, parent: QWidget | None) -> None:
        self._parent = parent

    def ask_canvas_size(self, size: tuple[int, int]) -> NewCanvas | None:
        """Ask for another canvas."""
        dialog = CanvasSizeDialog(size, self._parent)
        if not _is_accepted(dialog):
            return None
        return NewCanvas(dialog.frame, dialog.is_outpainted)

    def ask_scale(self, size: tuple[int, int]) -> Scale | None:
        """Ask for another size."""
        dialog = ScaleDialog(size, self._parent)
        return dialog.scale if _is_accepted(dialog) else None

    def ask_rotation(self, size: tuple[int, int]) -> Rotation | None:
        """Ask for an angle."""
        dialog = RotateDialog(size, self._parent)
        return dialog.rotation if _is_accepted(dialog) else None


def _is_accepted(dialog: QDialog) -> bool:
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return accepted
