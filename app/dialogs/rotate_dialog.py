"""Asks for the angle by which the picture is rotated."""

from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from app.dialogs.live_dialog import LiveDialog, size_text
from app.widgets.choice_box import ChoiceBox
from editing.reshape import check_size
from editing.rotate import Rotation


class RotateDialog(LiveDialog):
    """Angle, and what becomes of the corners.

    Args:
        size: of the document now.
    """

    def __init__(self, size: tuple[int, int], parent: QWidget | None = None) -> None:
        super().__init__(size, parent)
        self.set_texts(self.tr("Rotate by angle"), self.tr("Rotate"))
        self.angle = QDoubleSpinBox(self)
        self.angle.setRange(-180, 180)
        self.angle.setDecimals(2)
        self.angle.setWrapping(True)
        self.angle.setSuffix("°")
        self.angle.setToolTip(self.tr("Above 0 turns with the clock, below 0 against it"))
        self.angle.setAccessibleName(self.tr("Angle"))
        self.corners = ChoiceBox(
            [
                ("grow", self.tr("Enlarge the canvas"), self.tr("Nothing is cut off")),
                ("cut", self.tr("Keep the size"), self.tr("The corners are cut off")),
            ],
            self.tr("What becomes of the corners"),
            self,
        )
        self.corners.setAccessibleName(self.tr("Corners"))
        self.form.addRow(self.tr("&Angle"), self.angle)
        self.form.addRow(self.tr("&Corners"), self.corners)
        self.angle.valueChanged.connect(self.refresh)
        self.corners.picked.connect(self.refresh)
        self.refresh()
        self.angle.setFocus()
        self.angle.selectAll()

    @property
    def rotation(self) -> Rotation:
        """What is asked for."""
        return Rotation(self.angle.value(), self.corners.currentData() == "cut")

    def check(self) -> str:
        """The new size."""
        if self.angle.value() == 0:
            return self.tr("The picture stays as it is.")
        new = self.rotation.size(self._size)
        check_size(*new)
        return self.tr("New size: {0}").format(size_text(new))
