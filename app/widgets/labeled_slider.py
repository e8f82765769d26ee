"""A number with a name: slider below, the exact value at the right, in step with each other."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QSlider, QWidget

from app import theme

_FIELD_WIDTH = 64


class LabeledSlider(QWidget):
    """A slider and a number field that show one value.

    Args:
        text: name of the value. help_text: tooltip of both.
        low, high: bounds. step: of the keys and the slider's grain. decimals: shown.

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
        step: float,
        decimals: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._step = step
        self._low = low
        self.field = QDoubleSpinBox(self)
        self.field.setDecimals(decimals)
        self.field.setRange(low, high)
        self.field.setSingleStep(step)
        self.field.setFixedWidth(_FIELD_WIDTH)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setKeyboardTracking(False)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, round((high - low) / step))
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self.label = QLabel(text, self)
        self.label.setBuddy(self.field)
        for part in (self.field, self.slider):
            part.setToolTip(help_text)
            part.setAccessibleName(text)
            part.setAccessibleDescription(help_text)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(theme.GRID)
        layout.setVerticalSpacing(0)
        layout.addWidget(self.label, 0, 0)
        layout.addWidget(self.field, 0, 1)
        layout.addWidget(self.slider, 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        self.slider.valueChanged.connect(self._on_slider)
        self.field.valueChanged.connect(self._on_field)

    @property
    def value(self) -> float:
        """The value shown."""
        return self.field.value()

    def set_text(self, text: str) -> None:
        """Give the value another name."""
        self.label.setText(text)
        for part in (self.field, self.slider):
            part.setAccessibleName(text)

    def set_value(self, value: float) -> None:
        """Show a value without telling anyone."""
        with QSignalBlocker(self.field), QSignalBlocker(self.slider):
            self.field.setValue(value)
            self.slider.setValue(round((value - self._low) / self._step))

    def _on_slider(self, position: int) -> None:
        self.set_value(self._low + position * self._step)
        self.edited.emit(self.field.value())

    def _on_field(self, value: float) -> None:
        self.set_value(value)
        self.edited.emit(self.field.value())
