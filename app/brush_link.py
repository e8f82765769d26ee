"""Connects brush and eraser with their actions, their model and the bar of options."""

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from app.main_window import MainWindow
from app.models.brush_model import BrushModel
from app.panels.brush_options import BrushOptions
from app.tools.brush_tool import BrushTool
from app.tools.tool_box import ToolBox

_TOOLS = ("brush", "eraser")


class BrushLink(QObject):
    """Adds the tools that paint with the brush.

    Attributes:
        brush_tool: brush and eraser.
    """

    def __init__(
        self,
        brush: BrushModel,
        window: MainWindow,
        actions: Mapping[str, QAction],
        tools: ToolBox,
    ) -> None:
        super().__init__(window)
        self._brush = brush
        self.brush_tool = BrushTool(self, brush)
        tools.tool_changed.connect(self._choose)
        for name in _TOOLS:
            window.tool_options.register(name, self._options)
            tools.add(name, self.brush_tool)
        actions["smaller"].triggered.connect(lambda: brush.resize(-1))
        actions["larger"].triggered.connect(lambda: brush.resize(1))
        actions["softer"].triggered.connect(lambda: brush.harden(-1))
        actions["harder"].triggered.connect(lambda: brush.harden(1))

    def _choose(self, name: str) -> None:
        if name in _TOOLS:
            self._brush.erase = name == "eraser"

    def _options(self, parent: QWidget) -> QWidget:
        return BrushOptions(self._brush, parent)
