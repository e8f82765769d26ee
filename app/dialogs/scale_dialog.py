"""Asks for another size of the picture with all that is in it."""

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QWidget

from app.dialogs.live_dialog import LiveDialog, size_text
from app.widgets.choice_box import ChoiceBox
from editing.reshape import check_size
from editing.resize import SCALE_METHODS, Scale, ScaleMethod

_LARGEST_PERCENT = 10_000.0


class ScaleDialog(LiveDialog):
    """Percent, or width and height, and how.

    Args:
        size: of the document now.
    """

    def __init__(self, size: tuple[int, int], parent: QWidget | None = None) -> None:
        super().__init__(size, parent)
        self.set_texts(self.tr("Scale image"), self.tr("Scale"))
        self.percent = QDoubleSpinBox(self)
        self.percent.setRange(0.1, _LARGEST_PERCENT)
        self.percent.setDecimals(1)
        self.percent.setValue(100)
        self.percent.setSuffix(" %")
        self.percent.setToolTip(self.tr("New width in percent of the present one"))
        self.percent.setAccessibleName(self.tr("Percent"))
        self.width_field = self.side_field(self.tr("Width"), self.tr("New width"), size[0])
        self.height_field = self.side_field(self.tr("Height"), self.tr("New height"), size[1])
        self.keep = QCheckBox(self.tr("&Keep the proportions"), self)
        self.keep.setChecked(True)
        self.keep.setToolTip(self.tr("Width and height change together."))
        self.method = ChoiceBox(
            [
                (
                    "smooth",
                    self.tr("Smooth"),
                    self.tr("Lanczos where it enlarges, the mean of an area where it shrinks"),
                ),
                (
                    "nearest",
                    self.tr("Whole pixels"),
                    self.tr("Repeats or drops pixels and makes up no colour: for pixel art"),
                ),
            ],
            self.tr("How pixels are made"),
            self,
        )
        self.method.setAccessibleName(self.tr("Method"))
        self.form.addRow(self.tr("&Percent"), self.percent)
        self.form.addRow(self.tr("&Width"), self.width_field)
        self.form.addRow(self.tr("&Height"), self.height_field)
        self.form.addRow("", self.keep)
        self.form.addRow(self.tr("&Method"), self.method)
        self.percent.valueChanged.connect(self._take_percent)
        self.width_field.valueChanged.connect(self._take_width)
        self.height_field.valueChanged.connect(self._take_height)
        self.keep.toggled.connect(lambda kept: self._take_width() if kept else None)
        self.refresh()
        self.percent.setFocus()
        self.percent.selectAll()

    @property
    def scale(self) -> Scale:
        """What is asked for."""
        chosen: ScaleMethod = next(
            name for name in SCALE_METHODS if name == self.method.currentData()
        )
        return Scale((self.width_field.value(), self.height_field.value()), chosen)

    def check(self) -> str:
        """The new size."""
        new = self.scale.new_size
        check_size(*new)
        if new == self._size:
            return self.tr("The size stays as it is.")
        return self.tr("New size: {0}").format(size_text(new))

    def _take_percent(self) -> None:
        factor = self.percent.value() / 100
        self._show(max(1, round(self._size[0] * factor)), max(1, round(self._size[1] * factor)))

    def _take_width(self) -> None:
        width, height = self.width_field.value(), self.height_field.value()
        if self.keep.isChecked():
            height = max(1, round(width * self._size[1] / self._size[0]))
        self._show(width, height, percent=True)

    def _take_height(self) -> None:
        width, height = self.width_field.value(), self.height_field.value()
        if self.keep.isChecked():
            width = max(1, round(height * self._size[0] / self._size[1]))
        self._show(width, height, percent=True)

    def _show(self, width: int, height: int, *, percent: bool = False) -> None:
        """Show a size in the fields that did not bring it."""
        with (
            QSignalBlocker(self.width_field),
            QSignalBlocker(self.height_field),
            QSignalBlocker(self.percent),
        ):
            self.width_field.setValue(width)
            self.height_field.setValue(height)
            if percent:
                self.percent.setValue(100 * width / self._size[0])
        self.refresh()
