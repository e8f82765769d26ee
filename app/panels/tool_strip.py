"""The strip at the left: all tools in groups, the colours, and what is shown of the regions.

Which tools there are is data: a tool whose action is not in the table of actions has no button.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.models.brush_model import BrushModel
from app.models.properties import Bindings
from app.widgets.colour_picker import ColourPicker
from app.widgets.colour_swatch import ColourSwatch
from app.widgets.level_legend import LevelLegend

if TYPE_CHECKING:
    from app.models.colour_model import ColourModel

TOOL_GROUPS: tuple[tuple[str, ...], ...] = (
    ("brush", "eraser", "clone", "gradient", "bucket", "eyedropper"),
    (
        "select_rectangle",
        "select_ellipse",
        "select_lasso",
        "select_polygon",
        "select_wand",
        "select_colour",
        "select_object",
    ),
    ("move", "transform", "crop"),
)
"""Actions of tools, in the order of the strip; a line separates the groups."""

_COLUMNS = 2
_BUTTON = 36
_WIDTH = _COLUMNS * _BUTTON + 2 * theme.GRID + 8


class ToolStrip(QScrollArea):
    """Buttons of tools and of what is shown; on a low screen it scrolls.

    Args:
        actions: by identifier; the strip shows those of ``TOOL_GROUPS``, swap_colours,
            default_colours, show_mask and show_levels.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = Bindings()
        self._actions = actions
        self._colours: ColourModel | None = None
        self.setFixedWidth(_WIDTH)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget(self)
        content.setObjectName("toolStrip")
        self.swatch = ColourSwatch(actions["swap_colours"], actions["default_colours"], content)
        self.legend = LevelLegend(content)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        layout.setSpacing(theme.GRID)
        for names in TOOL_GROUPS:
            present = [name for name in names if name in actions]
            if present:
                layout.addLayout(self._buttons(actions, present))
                layout.addWidget(self._line())
        layout.addWidget(self.swatch, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._line())
        layout.addLayout(self._buttons(actions, ("show_mask", "show_levels")))
        layout.addWidget(self.legend)
        layout.addStretch(1)
        self.setWidget(content)
        self.legend.setVisible(actions["show_levels"].isChecked())
        actions["show_levels"].toggled.connect(self.legend.setVisible)
        self.swatch.foreground_clicked.connect(lambda: self._pick("foreground"))
        self.swatch.background_clicked.connect(lambda: self._pick("background"))

    def set_model(self, brush: BrushModel) -> None:
        """Show and change the colours of this brush."""
        self._bindings.clear()
        colours = self._colours = brush.colours
        self._bindings.follow(colours, "foreground", self.swatch.foreground.set_colour)
        self._bindings.follow(colours, "background", self.swatch.background.set_colour)
        self._bindings.connect(self._actions["swap_colours"].triggered, colours.swap)
        self._bindings.connect(self._actions["default_colours"].triggered, colours.reset)

    def set_level_colours(self, colours: Sequence[str]) -> None:
        """Colours of the timestep map, from clear to noise."""
        self.legend.set_colours(colours)

    def _pick(self, name: str) -> None:
        """Let a person choose one of the two colours beside the strip."""
        if self._colours is not None:
            picker = ColourPicker(self._colours, name, self)
            picker.show_at(self.swatch.mapToGlobal(QPoint(self.swatch.width() + theme.GRID, 0)))

    def _buttons(self, actions: Mapping[str, QAction], names: Sequence[str]) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        for place, name in enumerate(names):
            button = QToolButton(self)
            button.setDefaultAction(actions[name])
            button.setIconSize(theme.ICON_SIZE)
            button.setFixedSize(_BUTTON, _BUTTON)
            button.setAccessibleName(actions[name].text().replace("&", ""))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            grid.addWidget(button, place // _COLUMNS, place % _COLUMNS)
        grid.setColumnStretch(_COLUMNS, 1)
        return grid

    def _line(self) -> QFrame:
        line = QFrame(self)
        line.setFixedHeight(1)
        line.setStyleSheet(f"background: {theme.BORDER};")
        return line
