"""Options of brush and eraser in the bar above the canvas; what is rarely changed is in a menu."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from app import theme
from app.models.brush_model import BrushModel
from app.widgets.inline_slider import InlineSlider
from editing.brush_settings import (
    LARGEST_RADIUS_PX,
    LARGEST_SPACING,
    SMALLEST_SPACING,
)

_LONGEST_STRING = 200


class BrushOptions(QWidget):
    """Size, hardness, opacity and flow; spacing, smoothing and the pen in a menu.

    Args:
        brush: what is shown and changed. with_flow: whether there is room for the flow.
    """

    def __init__(
        self, brush: BrushModel, parent: QWidget | None = None, *, with_flow: bool = True
    ) -> None:
        super().__init__(parent)
        self._brush = brush
        self.size_slider = InlineSlider(
            self.tr("Size"),
            self.tr("Diameter of the brush in pixels of the picture ([ and ])"),
            low=1,
            high=2 * LARGEST_RADIUS_PX,
            suffix=" px",
            logarithmic=True,
            parent=self,
        )
        self.hardness_slider = self._percent(
            self.tr("Hardness"), self.tr("Edge of the brush, from soft to crisp ({ and })")
        )
        self.opacity_slider = self._percent(
            self.tr("Opacity"), self.tr("The most that one stroke does, however often it passes")
        )
        self.flow_slider = self._percent(
            self.tr("Flow"), self.tr("How much of it each dab does; dabs over each other add up")
        )
        self.flow_slider.setVisible(with_flow)
        self.more = MoreBrushOptions(brush, self)
        button = QToolButton(self)
        button.setIcon(theme.icon("sliders"))
        button.setIconSize(theme.ICON_SIZE)
        button.setToolTip(self.tr("Spacing, smoothing and what the pen changes"))
        button.setAccessibleName(self.tr("More brush options"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setProperty("menuButton", True)
        menu = QMenu(button)
        entry = QWidgetAction(menu)
        entry.setDefaultWidget(self.more)
        menu.addAction(entry)
        button.setMenu(menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID + 4)
        for part in (
            self.size_slider,
            self.hardness_slider,
            self.opacity_slider,
            self.flow_slider,
            button,
        ):
            layout.addWidget(part)
        brush.radius_changed.connect(self._show)
        self.size_slider.edited.connect(lambda size: brush.set_radius(size / 2))
        for name, slider in (
            ("hardness", self.hardness_slider),
            ("opacity", self.opacity_slider),
            ("flow", self.flow_slider),
        ):
            getattr(brush, f"{name}_changed").connect(self._show)
            slider.edited.connect(lambda value, name=name: setattr(brush, name, value / 100))
        self._show()

    def _percent(self, text: str, help_text: str) -> InlineSlider:
        return InlineSlider(text, help_text, low=0, high=100, suffix=" %", parent=self)

    def _show(self) -> None:
        brush = self._brush
        self.size_slider.set_value(2 * brush.radius)
        self.hardness_slider.set_value(100 * brush.hardness)
        self.opacity_slider.set_value(100 * brush.opacity)
        self.flow_slider.set_value(100 * brush.flow)


class MoreBrushOptions(QFrame):
    """Spacing and smoothing of strokes, and what the pen changes."""

    def __init__(self, brush: BrushModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._brush = brush
        self.spacing = InlineSlider(
            self.tr("Spacing"),
            self.tr("Distance between dabs, as a share of the brush's size"),
            low=50 * SMALLEST_SPACING,
            high=50 * LARGEST_SPACING,
            suffix=" %",
            logarithmic=True,
            parent=self,
        )
        self.smoothing = InlineSlider(
            self.tr("Smoothing"),
            self.tr("Length of the string by which the pointer pulls the brush; 0 is off"),
            low=0,
            high=_LONGEST_STRING,
            suffix=" px",
            parent=self,
        )
        self.curve = InlineSlider(
            self.tr("Pressure curve"),
            self.tr("Below 1 a light touch counts for more, above 1 for less"),
            low=0.25,
            high=4,
            decimals=2,
            logarithmic=True,
            parent=self,
        )
        heading = QLabel(self.tr("The pen changes"), self)
        heading.setProperty("dim", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * (theme.GRID + 4,)))
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.spacing)
        layout.addWidget(self.smoothing)
        layout.addWidget(heading)
        self.switches: dict[str, QCheckBox] = {}
        for name, text, sentence in (
            ("pressure_size", self.tr("Size"), self.tr("Press harder for larger dabs")),
            ("pressure_opacity", self.tr("Opacity"), self.tr("Press harder for more opacity")),
            ("pressure_flow", self.tr("Flow"), self.tr("Press harder for more flow")),
            ("tilt", self.tr("Shape, by tilt"), self.tr("A tilted pen makes long dabs along it")),
        ):
            layout.addWidget(self._switch(name, text, sentence))
        layout.addWidget(self.curve)
        width = max(part.label.sizeHint().width() for part in self._sliders())
        for part in self._sliders():
            part.label.setFixedWidth(width)
        self.spacing.edited.connect(lambda value: setattr(brush, "spacing", value / 50))
        self.smoothing.edited.connect(lambda value: setattr(brush, "smoothing", value))
        self.curve.edited.connect(lambda value: setattr(brush, "pressure_curve", value))
        brush.changed.connect(self._show)
        self._show()

    def _sliders(self) -> tuple[InlineSlider, ...]:
        return self.spacing, self.smoothing, self.curve

    def _switch(self, name: str, text: str, sentence: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setToolTip(sentence)
        box.setAccessibleName(sentence)
        box.toggled.connect(lambda on: setattr(self._brush, name, on))
        self.switches[name] = box
        return box

    def _show(self) -> None:
        brush = self._brush
        self.spacing.set_value(50 * brush.spacing)
        self.smoothing.set_value(brush.smoothing)
        self.curve.set_value(brush.pressure_curve)
        for name, box in self.switches.items():
            box.setChecked(getattr(brush, name))
