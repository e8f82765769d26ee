"""The layers of the document: how the chosen one is laid over the others, the list, and buttons."""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.actions.layer import MASKS, ROWS
from app.widgets.choice_box import ChoiceBox
from app.widgets.inline_slider import InlineSlider
from app.widgets.layer_list import LayerList


class LayersPanel(QWidget):
    """Shows the layers; ``app.layer_link`` fills it and carries out what it asks for.

    Args:
        actions: by identifier, those of the menu Layer.

    Attributes:
        list: the layers. blend, opacity: of the chosen one.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.list = LayerList(self)
        self.blend = ChoiceBox(
            self._modes(), self.tr("How the colours of the layer meet those below it"), self
        )
        self.blend.setAccessibleName(self.tr("Blend mode"))
        self.opacity = InlineSlider(
            self.tr("Opacity"),
            self.tr("How much of the layer shows"),
            low=0,
            high=100,
            suffix=" %",
            parent=self,
        )
        self.opacity.label.hide()
        self.list.rows.set_mode_names({name: text for name, text, _ in self._modes()})
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        upper = QHBoxLayout()
        upper.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
        upper.setSpacing(theme.GRID)
        upper.addWidget(self.blend, 1)
        upper.addWidget(self.opacity)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.GRID, 0, theme.GRID)
        layout.setSpacing(theme.GRID)
        layout.addLayout(upper)
        layout.addWidget(self.list, 1)
        layout.addLayout(self._buttons())

    def context_menu(self) -> QMenu:
        """A menu of all that can be done with the chosen layer."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for row in ROWS:
            if row.separated:
                menu.addSeparator()
            menu.addAction(self._actions[row.id])
        return menu

    def _show_menu(self, place: QPoint) -> None:
        if self.list.indexAt(place).isValid():
            self.context_menu().popup(self.list.viewport().mapToGlobal(place))

    def _modes(self) -> list[tuple[str, str, str]]:
        """Identifier, name and meaning of each blend mode (``editing.layer.BLEND_MODES``)."""
        return [
            ("normal", self.tr("Normal"), self.tr("Covers what is below.")),
            ("multiply", self.tr("Multiply"), self.tr("Darkens; white changes nothing.")),
            ("screen", self.tr("Screen"), self.tr("Lightens; black changes nothing.")),
            ("overlay", self.tr("Overlay"), self.tr("Strengthens light and shadow below.")),
            ("soft_light", self.tr("Soft light"), self.tr("Like overlay, gently.")),
            ("color_dodge", self.tr("Colour dodge"), self.tr("Brightens what is below, glowing.")),
            ("difference", self.tr("Difference"), self.tr("Shows where two layers differ.")),
        ]

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
        row.setSpacing(2)
        for name in ("layer_add", "layer_duplicate"):
            row.addWidget(self._button(self._actions[name]))
        row.addWidget(self._mask_button())
        row.addWidget(self._button(self._actions["layer_merge"]))
        row.addStretch(1)
        # Deleting stands apart, where no hand slips to it.
        row.addWidget(self._button(self._actions["layer_delete"]))
        return row

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setIconSize(theme.ICON_SIZE)
        button.setAccessibleName(action.text().replace("&", ""))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _mask_button(self) -> QToolButton:
        self.masks = QToolButton(self)
        self.masks.setIcon(theme.icon("layer-mask"))
        self.masks.setIconSize(theme.ICON_SIZE)
        self.masks.setToolTip(self.tr("Add, apply or remove the layer's mask"))
        self.masks.setAccessibleName(self.tr("Layer mask"))
        self.masks.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.masks.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.masks.setProperty("menuButton", True)
        menu = QMenu(self.masks)
        menu.setToolTipsVisible(True)
        for name in MASKS:
            menu.addAction(self._actions[name])
        self.masks.setMenu(menu)
        return self.masks
