"""A number in the narrow tool strip: its name, a field, and an upright slider."""

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QSlider, QSpinBox, QVBoxLayout, QWidget

_SLIDER_HEIGHT = 96
_GRAIN = 200


class LabeledDial(QWidget):
    """A whole number from `low` to `high`.

    Args:
        text: name of the value. help_text: tooltip. suffix: unit, shown in the field.
        low, high: bounds; with `low` above 0 and `logarithmic`, each step of the slider is a ratio,
            which suits sizes.

    Signals:
        edited: the value that the user chose.
    """

    edited = Signal(int)

    def __init__(
        self,
        text: str,
        help_text: str,
        *,
        low: int,
        high: int,
        suffix: str = "",
        logarithmic: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._low, self._high, self._logarithmic = low, high, logarithmic
        label = QLabel(text, self)
        label.setProperty("dim", True)
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.field = QSpinBox(self)
        self.field.setRange(low, high)
        self.field.setSuffix(suffix)
        self.field.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.field.setKeyboardTracking(False)
        self.field.setMinimumWidth(0)
        self.field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.slider = QSlider(Qt.Orientation.Vertical, self)
        self.slider.setRange(0, _GRAIN)
        self.slider.setPageStep(_GRAIN // 10)
        self.slider.setFixedHeight(_SLIDER_HEIGHT)
        label.setBuddy(self.field)
        for part in (self.field, self.slider):
            part.setToolTip(help_text)
            part.setAccessibleName(text)
            part.setAccessibleDescription(help_text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(label)
        layout.addWidget(self.field)
        layout.addWidget(self.slider, 0, Qt.AlignmentFlag.AlignHCenter)
        self.field.valueChanged.connect(self._on_field)
        self.slider.valueChanged.connect(self._on_slider)

    def set_value(self, value: float) -> None:
        """Show a value without telling anyone."""
        with QSignalBlocker(self.field), QSignalBlocker(self.slider):
            self.field.setValue(round(value))
            self.slider.setValue(round(_GRAIN * self._share(value)))

    def _share(self, value: float) -> float:
        value = min(self._high, max(self._low, value))
        if self._logarithmic:
            return math.log(value / self._low) / math.log(self._high / self._low)
        return (value - self._low) / (self._high - self._low)

    def _on_slider(self, position: int) -> None:
        share = position / _GRAIN
        if self._logarithmic:
            value = self._low * (self._high / self._low) ** share
        else:
            value = self._low + (self._high - self._low) * share
        with QSignalBlocker(self.field):
            self.field.setValue(round(value))
        self.edited.emit(self.field.value())

    def _on_field(self, value: int) -> None:
        self.set_value(value)
        self.edited.emit(value)
