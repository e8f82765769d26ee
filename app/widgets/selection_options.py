"""Options of the selection tools, for the bar above the canvas."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from app import theme
from app.models.properties import Bindings
from app.models.selection_model import LARGEST_DISTANCE, LARGEST_FEATHER_PX, SelectionModel
from app.widgets.inline_slider import InlineSlider

_NUMBERS = ("tolerance", "distance", "softness")
_RARE = ("all_layers", "antialias")
"""In a menu, if a tool has other options as well."""


class ModeButtons(QWidget):
    """How a new shape meets the selection: four buttons, one of them down."""

    def __init__(self, options: SelectionModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("How a new shape meets the selection"))
        self._bindings = Bindings()
        group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self.buttons: dict[str, QToolButton] = {}
        for mode, name, sentence in (
            ("replace", self.tr("Replace"), self.tr("A new shape replaces the selection")),
            ("add", self.tr("Add"), self.tr("A new shape is added to the selection (Shift)")),
            (
                "subtract",
                self.tr("Subtract"),
                self.tr("A new shape is taken from the selection (Alt)"),
            ),
            (
                "intersect",
                self.tr("Intersect"),
                self.tr("Only what lies in both stays selected (Shift+Alt)"),
            ),
        ):
            button = QToolButton(self)
            button.setIcon(theme.icon(f"select-{mode}"))
            button.setIconSize(theme.ICON_SIZE)
            button.setCheckable(True)
            button.setToolTip(sentence)
            button.setAccessibleName(name)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, mode=mode: setattr(options, "mode", mode))
            group.addButton(button)
            layout.addWidget(button)
            self.buttons[mode] = button
        self._bindings.follow(options, "mode", lambda mode: self.buttons[mode].setChecked(True))


class SelectionOptions(QWidget):
    """The options that a selection tool has, and the way from the selection to a region.

    Args:
        options: shared by all selection tools.
        actions: by identifier; "region_from_selection" is shown as a button.
        names: of the options this tool has, apart from mode and feather.
        hint: what a click does, or "".
    """

    def __init__(
        self,
        options: SelectionModel,
        actions: Mapping[str, QAction],
        names: tuple[str, ...],
        hint: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._options, self._bindings = options, Bindings()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID + 4)
        self.modes = ModeButtons(options, self)
        layout.addWidget(self.modes)
        # Next to the modes, so that it is in sight in a narrow window too.
        self.region_button = self._region_button(actions["region_from_selection"])
        layout.addWidget(self.region_button)
        self.sliders: dict[str, InlineSlider] = {}
        self.switches: dict[str, QCheckBox] = {}
        for name in names:
            if name in _NUMBERS:
                layout.addWidget(self._slider(name))
            elif len(names) == 1 or name not in _RARE:
                layout.addWidget(self._switch(name))
        rare: list[QWidget] = []
        if sum(name in _NUMBERS for name in names) > 1:
            rare.append(self._slider("feather"))
        else:
            layout.addWidget(self._slider("feather"))
        if len(names) > 1:
            rare += [self._switch(name) for name in names if name in _RARE]
            layout.addWidget(self._more(rare))
        if hint:
            label = QLabel(hint, self)
            label.setProperty("dim", True)
            layout.addWidget(label)

    def _slider(self, name: str) -> InlineSlider:
        text, sentence, high, suffix = {
            "tolerance": (
                self.tr("Tolerance"),
                self.tr("How far a colour may be off in red, green, blue and alpha"),
                255.0,
                "",
            ),
            "distance": (
                self.tr("Tolerance"),
                self.tr("How different a colour may look and still be selected fully"),
                LARGEST_DISTANCE,
                "",
            ),
            "softness": (
                self.tr("Softness"),
                self.tr("Colours beyond the tolerance fade out over this distance"),
                LARGEST_DISTANCE,
                "",
            ),
            "feather": (
                self.tr("Feather"),
                self.tr("Edges of new shapes fade over so many pixels to either side"),
                float(LARGEST_FEATHER_PX),
                self.tr(" px"),
            ),
        }[name]
        slider = InlineSlider(text, sentence, low=0, high=high, suffix=suffix, parent=self)
        is_whole = isinstance(getattr(self._options, name), int)
        self._bindings.follow(self._options, name, slider.set_value)
        slider.edited.connect(
            lambda value: setattr(self._options, name, round(value) if is_whole else value)
        )
        self.sliders[name] = slider
        return slider

    def _more(self, parts: list[QWidget]) -> QToolButton:
        """A button with a menu of what is rarely changed, so that the bar fits small windows."""
        button = QToolButton(self)
        button.setIcon(theme.icon("sliders"))
        button.setIconSize(theme.ICON_SIZE)
        button.setToolTip(self.tr("Edges, and which layers are looked at"))
        button.setAccessibleName(self.tr("More selection options"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setProperty("menuButton", True)
        menu = QMenu(button)
        content = QWidget(menu)
        inner = QVBoxLayout(content)
        inner.setContentsMargins(*(4 * (theme.GRID + 4,)))
        inner.setSpacing(theme.GRID)
        for part in parts:
            inner.addWidget(part)
        entry = QWidgetAction(menu)
        entry.setDefaultWidget(content)
        menu.addAction(entry)
        button.setMenu(menu)
        return button

    def _switch(self, name: str) -> QCheckBox:
        text, sentence = {
            "antialias": (
                self.tr("Smooth edge"),
                self.tr("Pixels that the edge passes through are selected in part"),
            ),
            "contiguous": (
                self.tr("Joined only"),
                self.tr("Select only pixels that are joined with the one clicked at"),
            ),
            "all_layers": (
                self.tr("All layers"),
                self.tr("Look at the picture as it is seen, not at the active layer alone"),
            ),
        }[name]
        box = QCheckBox(text, self)
        box.setToolTip(sentence)
        box.setAccessibleName(text)
        box.setAccessibleDescription(sentence)
        self._bindings.two_way(self._options, name, box.setChecked, box.toggled)
        self.switches[name] = box
        return box

    def _region_button(self, action: QAction) -> QPushButton:
        button = QPushButton(action.icon(), self.tr("Use as region"), self)
        button.setToolTip(action.toolTip())
        button.setAccessibleName(self.tr("Use as region"))
        button.clicked.connect(action.trigger)
        button.setEnabled(action.isEnabled())
        action.enabledChanged.connect(button.setEnabled)
        return button
