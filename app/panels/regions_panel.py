"""The regions of the document: a list, what can be done with them, and the chosen one's timing."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.actions.region import MASK_EDITS
from app.models.generation_model import CONCAVITY_LIMIT
from app.widgets.labeled_slider import LabeledSlider
from app.widgets.region_list import RegionList

_BUTTONS = ("region_add", "region_duplicate", "region_delete", "", "region_from_selection", "")
_FILES = ("region_load", "region_save")


class RegionsPanel(QWidget):
    """Shows the regions; ``app.region_link`` fills it and carries out what it asks for.

    Args:
        actions: by identifier, those of the menu Region.

    Attributes:
        list: the regions. slider: "Decide later" of the chosen one. prompt: its own prompt.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = RegionList(self)
        self.slider = LabeledSlider(
            self.tr("Decide later"),
            self.tr("How long this region stays open: 0 is ordinary denoising."),
            low=0.0,
            high=CONCAVITY_LIMIT,
            step=0.05,
            decimals=2,
            parent=self,
        )
        self.prompt = QLineEdit(self)
        self.prompt.setPlaceholderText(self.tr("Own prompt: as the picture's"))
        self.prompt.setToolTip(
            self.tr("What this region is to show, if it is not what the prompt says")
        )
        self.prompt.setAccessibleName(self.tr("Own prompt of the region"))
        self.prompt.setClearButtonEnabled(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, theme.GRID)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.list, 1)
        layout.addLayout(self._buttons(actions))
        below = QVBoxLayout()
        below.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        below.setSpacing(theme.GRID)
        below.addWidget(self.slider)
        below.addWidget(self.prompt)
        layout.addLayout(below)

    def _buttons(self, actions: Mapping[str, QAction]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
        row.setSpacing(2)
        for name in (*_BUTTONS, *_FILES):
            if name:
                row.addWidget(self._button(actions[name]))
            else:
                row.addSpacing(theme.GRID)
        row.addStretch(1)
        self.more = QToolButton(self)
        self.more.setIcon(theme.icon("more"))
        self.more.setIconSize(theme.ICON_SIZE)
        self.more.setToolTip(self.tr("Grow, shrink, feather, clear and the like"))
        self.more.setAccessibleName(self.tr("Edit the region's mask"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setProperty("menuButton", True)
        menu = QMenu(self.more)
        menu.setToolTipsVisible(True)
        menu.addAction(actions["selection_from_region"])
        menu.addSeparator()
        for name in MASK_EDITS:
            menu.addAction(actions[name])
        self.more.setMenu(menu)
        row.addWidget(self.more)
        return row

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setIconSize(theme.ICON_SIZE)
        button.setAccessibleName(action.text().replace("&", ""))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
