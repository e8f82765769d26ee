"""Connects the canvas with the brush, the view actions and the fields of the status bar."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.canvas.canvas_view import CanvasView
from app.main_window import MainWindow
from app.models.brush_model import BrushModel
from app.models.document_model import DocumentModel
from app.tools.brush_tool import BrushTool
from app.tools.tool_box import ToolBox
from editing import commands
from editing.document import Document
from editing.history import Change, Command

MaskEdit = Callable[[Document], Command | None]

_ZOOM_STEP = 1.25


class CanvasLink(QObject):
    """Keeps the brush model and the brush tool in step, and carries actions to the canvas."""

    def __init__(
        self,
        canvas: CanvasView,
        brush: BrushModel,
        document: DocumentModel,
        window: MainWindow,
        actions: Mapping[str, QAction],
        tools: ToolBox,
    ) -> None:
        super().__init__(window)
        self.brush_tool = BrushTool(self)
        tools.add("brush", self.brush_tool)
        tools.add("eraser", self.brush_tool)
        self._canvas, self._brush, self._document = canvas, brush, document
        self._window, self._actions = window, actions
        self._connect_brush()
        self._connect_view()
        self._connect_edit("clear_mask", commands.clear_mask)
        self._connect_edit("invert_mask", commands.invert_mask)
        canvas.zoom_changed.connect(self._show_zoom)
        canvas.cursor_moved.connect(self._show_place)
        document.document_replaced.connect(self._show_size)
        document.changed.connect(self._show_size)
        document.changed.connect(self._reveal)

    def _connect_brush(self) -> None:
        actions, brush = self._actions, self._brush
        actions["eraser"].toggled.connect(lambda erases: setattr(brush, "erase", erases))
        actions["smaller"].triggered.connect(lambda: brush.resize(-1))
        actions["larger"].triggered.connect(lambda: brush.resize(1))
        actions["softer"].triggered.connect(lambda: brush.harden(-1))
        actions["harder"].triggered.connect(lambda: brush.harden(1))
        for signal in (brush.radius_changed, brush.hardness_changed, brush.erase_changed):
            signal.connect(self._give_brush)
        self.brush_tool.brush_changed.connect(self._take_brush)
        self._give_brush()

    def _connect_view(self) -> None:
        actions, canvas = self._actions, self._canvas
        actions["fit"].triggered.connect(lambda: canvas.fit())
        actions["actual_size"].triggered.connect(lambda: canvas.actual_size())
        actions["zoom_in"].triggered.connect(lambda: canvas.set_zoom(canvas.zoom * _ZOOM_STEP))
        actions["zoom_out"].triggered.connect(lambda: canvas.set_zoom(canvas.zoom / _ZOOM_STEP))
        actions["show_mask"].toggled.connect(canvas.set_mask_visible)
        canvas.set_mask_visible(actions["show_mask"].isChecked())

    def _reveal(self, change: Change) -> None:
        """Take the region's tint off a picture that has just changed, until the region changes."""
        shown = change.kind == "mask" and self._actions["show_mask"].isChecked()
        if change.kind in ("mask", "picture"):
            self._canvas.set_mask_visible(shown)

    def _give_brush(self) -> None:
        brush = self._brush
        self.brush_tool.brush = replace(
            self.brush_tool.brush,
            radius_px=brush.radius,
            hardness=brush.hardness,
            erase=brush.erase,
        )
        self._actions["eraser" if brush.erase else "brush"].setChecked(True)

    def _take_brush(self) -> None:
        brush = self.brush_tool.brush
        self._brush.erase = brush.erase
        self._brush.hardness = brush.hardness
        self._brush.set_radius(brush.radius_px)

    def _connect_edit(self, name: str, edit: MaskEdit) -> None:
        def apply() -> None:
            document = self._document.document
            if document is not None:
                self._document.push(edit(document))

        self._actions[name].triggered.connect(apply)

    def _show_zoom(self, zoom: float) -> None:
        self._window.zoom.setText(f"{zoom * 100:.0f} %")

    def _show_place(self, x: float, y: float) -> None:
        document = self._document.document
        inside = document is not None and 0 <= x < document.size[0] and 0 <= y < document.size[1]
        self._window.place.setText(f"{int(x)}, {int(y)}" if inside else "")

    def _show_size(self) -> None:
        document = self._document.document
        text = "" if document is None else "{} x {}".format(*document.size)
        self._window.picture_size.setText(text)
