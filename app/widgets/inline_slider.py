"""A number on one line of a bar: its name, a short slider and a field."""

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QWidget

_SLIDER_WIDTH = 48
_FIELD_WIDTH = 60
_GRAIN = 400


class InlineSlider(QWidget):
    """A number from `low` to `high`.

    Args:
        text: name of the value. help_text: tooltip. suffix: unit, shown in the field.
        low, high: bounds; with `low` above 0 and `logarithmic`, each step of the slider is a ratio,
            which suits sizes.
        decimals: shown in the field.

    Signals:
        edited: the value that the user chose.
    """

    edited = Signal(float)

    def __init__(
        self,
        text: str,
        help_text: str,
        *,
        low: float,
        high: float,
        suffix: str = "",
        decimals: int = 0,
        logarithmic: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._low, self._high, self._logarithmic = low, high, logarithmic
        self.label = QLabel(text, self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _GRAIN)
        self.slider.setPageStep(_GRAIN // 10)
        self.slider.setFixedWidth(_SLIDER_WIDTH)
        self.field = QDoubleSpinBox(self)
        self.field.setDecimals(decimals)
        self.field.setRange(low, high)
        self.field.setSuffix(suffix)
        self.field.setFixedWidth(_FIELD_WIDTH)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setKeyboardTracking(False)
        self.label.setBuddy(self.field)
        self.label.setToolTip(help_text)
        for part in (self.slider, self.field):
            part.setToolTip(help_text)
            part.setAccessibleName(text)
            part.setAccessibleDescription(help_text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.label, self.slider, self.field):
            layout.addWidget(widget)
        self.slider.valueChanged.connect(self._on_slider)
        self.field.valueChanged.connect(self._on_field)

    @property
    def value(self) -> float:
        """The value shown."""
        return self.field.value()

    def set_value(self, value: float) -> None:
        """Show a value without telling anyone."""
        with QSignalBlocker(self.field), QSignalBlocker(self.slider):
            self.field.setValue(value)
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
            self.field.setValue(value)
        self.edited.emit(self.field.value())

    def _on_field(self, value: float) -> None:
        self.set_value(value)
        self.edited.emit(self.field.value())
