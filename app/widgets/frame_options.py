"""Options of free transform and crop, for the bar above the canvas."""

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QToolButton,
    QWidget,
)

from app import theme
from app.models.crop_model import ASPECTS, CropModel
from app.models.properties import Bindings
from app.models.transform_model import TransformModel
from app.widgets.choice_box import ChoiceBox

_FIELD_WIDTH = 66
_NARROW = 56
_SMALL = 24
_GAP = theme.GRID // 2
_LARGEST = 99_999


class FrameOptions(QWidget):
    """Base: a row of fields, and the buttons Apply and Cancel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(_GAP)
        self.apply_button = QPushButton(self.tr("Apply"), self)
        self.apply_button.setProperty("primary", True)
        self.apply_button.setToolTip(self.tr("Make the change (Enter)"))
        self.cancel_button = QPushButton(self.tr("Cancel"), self)
        for button in (self.apply_button, self.cancel_button):
            button.setStyleSheet("padding-left: 6px; padding-right: 6px;")
        self.cancel_button.setToolTip(self.tr("Leave it as it was (Escape)"))

    def button(self, icon: str, sentence: str) -> QToolButton:
        """A button with an icon."""
        button = QToolButton(self)
        button.setIcon(theme.icon(icon))
        button.setIconSize(theme.ICON_SIZE)
        button.setToolTip(sentence)
        button.setAccessibleName(sentence)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def add_field(
        self, name: str, sentence: str, field: QAbstractSpinBox, width: int = _FIELD_WIDTH
    ) -> None:
        """Add a number with its name."""
        label = QLabel(name, self)
        label.setBuddy(field)
        for part in (label, field):
            part.setToolTip(sentence)
        field.setAccessibleName(name)
        field.setAccessibleDescription(sentence)
        field.setKeyboardTracking(False)
        field.setFixedWidth(width)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.row.addWidget(label)
        self.row.addWidget(field)

    def add_buttons(self) -> None:
        """End the row."""
        self.row.addSpacing(_GAP)
        self.row.addWidget(self.apply_button)
        self.row.addWidget(self.cancel_button)


class TransformOptions(FrameOptions):
    """Middle, size, angle, flips and quarter turns."""

    def __init__(self, frame: TransformModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = frame
        self.x_field, self.y_field = self._number(1, -_LARGEST), self._number(1, -_LARGEST)
        self.width_percent = self._number(1, -_LARGEST, " %")
        self.height_percent = self._number(1, 0.01, " %")
        self.angle = self._number(1, -180, "°")
        self.angle.setMaximum(180)
        self.angle.setWrapping(True)
        sentence = self.tr("Middle, in pixels from the left edge of the picture")
        self.add_field(self.tr("X"), sentence, self.x_field, _NARROW)
        sentence = self.tr("Middle, in pixels from the top of the picture")
        self.add_field(self.tr("Y"), sentence, self.y_field, _NARROW)
        self.add_field(
            self.tr("W"), self.tr("Width in percent; below 0 it is mirrored"), self.width_percent
        )
        self.link = QToolButton(self)
        self.link.setIcon(theme.icon("lock"))
        self.link.setCheckable(True)
        self.link.setChecked(True)
        self.link.setProperty("small", True)
        self.link.setFixedSize(_SMALL, _SMALL)
        self.link.setAccessibleName(self.tr("Keep the proportions"))
        self.link.setToolTip(self.tr("Width and height change together"))
        self.row.addWidget(self.link)
        self.add_field(self.tr("H"), self.tr("Height in percent"), self.height_percent)
        self.add_field(self.tr("Angle"), self.tr("Degrees with the clock"), self.angle, _NARROW)
        self.turns = [
            self._turn(
                "rotate-left", self.tr("Turn by 90° against the clock"), lambda: frame.turn(-90)
            ),
            self._turn(
                "rotate-right", self.tr("Turn by 90° with the clock"), lambda: frame.turn(90)
            ),
            self._turn(
                "flip-horizontally",
                self.tr("Exchange left and right"),
                lambda: frame.flip(across=True),
            ),
            self._turn(
                "flip-vertically",
                self.tr("Exchange top and bottom"),
                lambda: frame.flip(across=False),
            ),
        ]
        self.add_buttons()
        self.x_field.valueChanged.connect(lambda value: frame.move_to(value, frame.y))
        self.y_field.valueChanged.connect(lambda value: frame.move_to(frame.x, value))
        self.width_percent.valueChanged.connect(self._take_width)
        self.height_percent.valueChanged.connect(self._take_height)
        self.angle.valueChanged.connect(frame.set_angle)
        self.apply_button.clicked.connect(frame.apply_asked)
        self.cancel_button.clicked.connect(frame.cancel_asked)
        frame.changed.connect(self._show_frame)
        self._show_frame()

    def _number(self, decimals: int, low: float, suffix: str = "") -> QDoubleSpinBox:
        field = QDoubleSpinBox(self)
        field.setDecimals(decimals)
        field.setRange(low, _LARGEST)
        field.setSuffix(suffix)
        return field

    def _turn(self, icon: str, sentence: str, do: Callable[[], None]) -> QToolButton:
        button = self.button(icon, sentence)
        button.clicked.connect(lambda: do())
        self.row.addWidget(button)
        return button

    def _take_width(self, value: float) -> None:
        frame = self._frame
        height = frame.height_percent
        if self.link.isChecked() and frame.width_percent:
            height *= abs(value / frame.width_percent)
        frame.set_size(value, height)

    def _take_height(self, value: float) -> None:
        frame = self._frame
        width = frame.width_percent
        if self.link.isChecked() and frame.height_percent:
            width *= value / frame.height_percent
        frame.set_size(width, value)

    def _show_frame(self) -> None:
        frame = self._frame
        shown = (
            (self.x_field, frame.x),
            (self.y_field, frame.y),
            (self.width_percent, frame.width_percent),
            (self.height_percent, frame.height_percent),
            (self.angle, frame.angle),
        )
        for field, value in shown:
            with QSignalBlocker(field):
                field.setValue(value)
        for part in (*(field for field, _ in shown), self.link, *self.turns, self.cancel_button):
            part.setEnabled(frame.is_active)
        self.apply_button.setEnabled(frame.is_active and frame.is_changed)


class CropOptions(FrameOptions):
    """Size, aspect and outpainting."""

    def __init__(self, crop: CropModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._crop = crop
        self._bindings = Bindings()
        self.row.setSpacing(theme.GRID)
        self.width_field, self.height_field = QSpinBox(self), QSpinBox(self)
        for field in (self.width_field, self.height_field):
            field.setRange(1, _LARGEST)
            field.setSuffix(self.tr(" px"))
        self.add_field(self.tr("Width"), self.tr("Width of the frame"), self.width_field)
        self.add_field(self.tr("Height"), self.tr("Height of the frame"), self.height_field)
        names = {"free": self.tr("Free"), "now": self.tr("As the picture")}
        self.aspect = ChoiceBox(
            [(name, names.get(name, name), "") for name in ASPECTS],
            self.tr("Proportions that the frame keeps"),
            self,
        )
        self.aspect.setAccessibleName(self.tr("Aspect"))
        label = QLabel(self.tr("Aspect"), self)
        label.setBuddy(self.aspect)
        self.outpaint = QCheckBox(self.tr("Outpaint the border"), self)
        self.outpaint.setToolTip(
            self.tr(
                "What the frame adds becomes the active region, in place of what the region held, "
                "and the mode changes to Inpaint."
            )
        )
        for part in (label, self.aspect, self.outpaint):
            self.row.addSpacing(_GAP)
            self.row.addWidget(part)
        self.add_buttons()
        self._bindings.two_way(crop, "aspect_name", self.aspect.set_choice, self.aspect.picked)
        self._bindings.two_way(crop, "outpaint", self.outpaint.setChecked, self.outpaint.toggled)
        self.width_field.valueChanged.connect(lambda width: crop.set_size(width, crop.frame.height))
        self.height_field.valueChanged.connect(
            lambda height: crop.set_size(crop.frame.width, height)
        )
        self.apply_button.clicked.connect(crop.apply_asked)
        self.cancel_button.clicked.connect(crop.cancel_asked)
        crop.changed.connect(self._show_frame)
        self._show_frame()

    def _show_frame(self) -> None:
        crop = self._crop
        for field, value in (
            (self.width_field, crop.frame.width),
            (self.height_field, crop.frame.height),
        ):
            with QSignalBlocker(field):
                field.setValue(max(1, value))
            field.setEnabled(not crop.bounds.is_empty)
        self.outpaint.setEnabled(crop.adds_border)
        for button in (self.apply_button, self.cancel_button):
            button.setEnabled(crop.is_changed)
