"""The strip at the left: brush and eraser, their size and hardness, mask, overlays."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.models.brush_model import LARGEST_RADIUS_PX, BrushModel
from app.models.properties import Bindings
from app.widgets.labeled_dial import LabeledDial
from app.widgets.level_legend import LevelLegend

_WIDTH = 96


class ToolStrip(QScrollArea):
    """Buttons of actions, and the brush.

    Args:
        actions: by identifier; the strip shows brush, eraser, clear_mask, invert_mask, show_mask
            and show_levels.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = Bindings()
        # On a low screen the strip scrolls instead of pressing its sliders together.
        self.setFixedWidth(_WIDTH)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget(self)
        content.setObjectName("toolStrip")
        self.size_dial = LabeledDial(
            self.tr("Size"),
            self.tr("Diameter of the brush in pixels of the picture ([ and ])"),
            low=1,
            high=round(2 * LARGEST_RADIUS_PX),
            suffix=" px",
            logarithmic=True,
            parent=content,
        )
        self.hardness_dial = LabeledDial(
            self.tr("Hardness"),
            self.tr("Edge of the brush, from soft to crisp ({ and })"),
            low=0,
            high=100,
            suffix=" %",
            parent=content,
        )
        self.legend = LevelLegend(content)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        layout.setSpacing(theme.GRID)
        layout.addLayout(self._row(actions, "brush", "eraser"))
        layout.addWidget(self.size_dial)
        layout.addWidget(self.hardness_dial)
        layout.addWidget(self._line())
        layout.addLayout(self._row(actions, "clear_mask", "invert_mask"))
        layout.addWidget(self._line())
        layout.addLayout(self._row(actions, "show_mask", "show_levels"))
        layout.addWidget(self.legend)
        layout.addStretch(1)
        self.setWidget(content)
        self.legend.setVisible(actions["show_levels"].isChecked())
        actions["show_levels"].toggled.connect(self.legend.setVisible)

    def set_model(self, brush: BrushModel) -> None:
        """Show and change this brush."""
        self._bindings.clear()
        self._bindings.follow(brush, "radius", lambda radius: self.size_dial.set_value(2 * radius))
        self._bindings.connect(self.size_dial.edited, lambda size: brush.set_radius(size / 2))
        self._bindings.follow(
            brush, "hardness", lambda value: self.hardness_dial.set_value(100 * value)
        )
        self._bindings.connect(
            self.hardness_dial.edited, lambda value: setattr(brush, "hardness", value / 100)
        )

    def set_level_colours(self, colours: Sequence[str]) -> None:
        """Colours of the timestep map, from clear to noise."""
        self.legend.set_colours(colours)

    def _row(self, actions: Mapping[str, QAction], *names: str) -> QGridLayout:
        row = QGridLayout()
        row.setSpacing(4)
        for column, name in enumerate(names):
            button = QToolButton(self)
            button.setDefaultAction(actions[name])
            button.setIconSize(theme.ICON_SIZE)
            button.setAccessibleName(actions[name].text().replace("&", ""))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button, 0, column, Qt.AlignmentFlag.AlignHCenter)
        return row

    def _line(self) -> QFrame:
        line = QFrame(self)
        line.setFixedHeight(1)
        line.setStyleSheet(f"background: {theme.BORDER};")
        return line
