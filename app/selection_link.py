"""The selection in the window: its tools with their options, and the menu Select."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.dialogs.region_dialogs import RegionDialogs
from app.mask_actions import MaskActions
from app.models.selection_model import SelectionModel
from app.tools.select_box import SelectBoxTool, SelectEllipseTool
from app.tools.select_lasso import SelectLassoTool
from app.tools.select_object import SelectObjectTool
from app.tools.select_polygon import SelectPolygonTool
from app.tools.select_wand import SelectColourTool, SelectWandTool
from app.widgets.selection_options import SelectionOptions
from editing import mask_edits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from app.jobs.tile_work import TileWork
    from app.main_window import MainWindow
    from app.models.document_model import DocumentModel
    from app.tools.select_tool import SelectTool
    from app.tools.tool_box import ToolBox

_SHAPE = ("antialias",)
_WAND = ("tolerance", "contiguous", "all_layers", "antialias")
_COLOUR = ("distance", "softness", "all_layers")
_OBJECT = ("all_layers", "antialias")

_TOOLS: dict[str, tuple[type[SelectTool], tuple[str, ...]]] = {
    "select_rectangle": (SelectBoxTool, _SHAPE),
    "select_ellipse": (SelectEllipseTool, _SHAPE),
    "select_lasso": (SelectLassoTool, _SHAPE),
    "select_polygon": (SelectPolygonTool, _SHAPE),
    "select_wand": (SelectWandTool, _WAND),
    "select_colour": (SelectColourTool, _COLOUR),
    "select_object": (SelectObjectTool, _OBJECT),
}
"""Tools by their actions, with the options they have."""


class SelectionLink(QObject):
    """Adds the selection tools and connects the menu Select.

    Attributes:
        options: of the tools. tools: by the identifiers of their actions.
    """

    def __init__(
        self,
        work: TileWork,
        document: DocumentModel,
        window: MainWindow,
        actions: Mapping[str, QAction],
        tools: ToolBox,
        dialogs: RegionDialogs | None = None,
    ) -> None:
        super().__init__(window)
        self.options = SelectionModel(self)
        self._actions = actions
        self.tools: dict[str, SelectTool] = {}
        # Tools with the same options share one widget.
        factories = {names: partial(self._widget, names) for _, names in _TOOLS.values()}
        for name, (kind, names) in _TOOLS.items():
            self.tools[name] = kind(self.options, work, self)
            tools.add(name, self.tools[name])
            window.tool_options.register(name, factories[names])
        edits = MaskActions(
            "selection",
            lambda open_document: open_document.selection,
            work,
            document,
            actions,
            dialogs or RegionDialogs(window),
        )
        for name, title, plan in (
            ("select_all", self.tr("Select all"), mask_edits.fill),
            ("select_none", self.tr("Deselect"), mask_edits.clear),
            ("select_invert", self.tr("Invert selection"), mask_edits.invert),
            ("select_fill_holes", self.tr("Fill holes of selection"), mask_edits.fill_holes),
            ("select_keep_largest", self.tr("Keep largest part"), mask_edits.keep_largest),
        ):
            edits.connect(name, title, plan)
        for edit, title in (
            ("grow", self.tr("Grow selection")),
            ("shrink", self.tr("Shrink selection")),
            ("feather", self.tr("Feather selection")),
            ("smooth", self.tr("Smooth selection")),
            ("border", self.tr("Border of selection")),
        ):
            edits.connect_amount(f"select_{edit}", title, edit)

    def _widget(self, names: tuple[str, ...], parent: QWidget) -> QWidget:
        hint = ""
        if names is _OBJECT:
            hint = self.tr("Click adds, Alt+click takes away, Enter ends.")
        return SelectionOptions(self.options, self._actions, names, hint, parent)
