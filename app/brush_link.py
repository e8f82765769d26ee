"""Connects the tools that paint with their actions, their models and the bar of options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QHBoxLayout

from app.panels.brush_options import BrushOptions
from app.panels.paint_options import (
    BucketOptions,
    CloneOptions,
    EyedropperOptions,
    GradientOptions,
)
from app.panels.target_choice import TargetChoice
from app.tools.brush_tool import BrushTool
from app.tools.bucket_tool import BucketTool
from app.tools.clone_tool import CloneTool
from app.tools.eyedropper import EyedropperTool
from app.tools.gradient_tool import GradientTool
from app.tools.paint_colour import paint_colour
from editing.pixel_plan import plan_clear, plan_fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from app.jobs.tile_work import TileWork
    from app.main_window import MainWindow
    from app.models.brush_model import BrushModel
    from app.models.document_model import DocumentModel
    from app.tools.tool_box import ToolBox
    from editing.document import Document
    from editing.tile_plan import TilePlan

_BRUSH_TOOLS = ("brush", "eraser")


class BrushLink(QObject):
    """Adds the tools that paint, and the commands to fill and to clear.

    Attributes:
        brush_tool: brush and eraser.
    """

    def __init__(
        self,
        brush: BrushModel,
        document: DocumentModel,
        window: MainWindow,
        actions: Mapping[str, QAction],
        tools: ToolBox,
        work: TileWork,
    ) -> None:
        super().__init__(window)
        self._brush, self._document, self._work = brush, document, work
        self.brush_tool = BrushTool(self, brush)
        self.clone_tool = CloneTool(brush, self)
        self.gradient_tool = GradientTool(brush, work, self)
        self.bucket_tool = BucketTool(brush, work, self)
        self.eyedropper = EyedropperTool(brush, self)
        tools.tool_changed.connect(self._choose)
        for name, tool, factory in (
            ("brush", self.brush_tool, self._brush_options),
            ("eraser", self.brush_tool, self._brush_options),
            ("clone", self.clone_tool, self._clone_options),
            ("gradient", self.gradient_tool, self._gradient_options),
            ("bucket", self.bucket_tool, self._bucket_options),
            ("eyedropper", self.eyedropper, self._eyedropper_options),
        ):
            window.tool_options.register(name, factory)
            tools.add(name, tool)
        actions["smaller"].triggered.connect(lambda: brush.resize(-1))
        actions["larger"].triggered.connect(lambda: brush.resize(1))
        actions["softer"].triggered.connect(lambda: brush.harden(-1))
        actions["harder"].triggered.connect(lambda: brush.harden(1))
        actions["fill"].triggered.connect(self.fill)
        actions["clear"].triggered.connect(self.clear)

    def fill(self) -> None:
        """Fill what is selected, or everything, with the foreground colour."""
        document = self._document.document
        if document is None:
            return
        colour = paint_colour(document, self._brush.colours)

        def plan(document: Document) -> TilePlan:
            return plan_fill(document, colour)

        self._run(self.tr("Fill"), plan)

    def clear(self) -> None:
        """Take away what is selected."""
        self._run(self.tr("Clear"), plan_clear)

    def _run(self, name: str, plan: Callable[[Document], TilePlan]) -> None:
        document = self._document.document
        if document is not None:
            self._work.run(name, plan, 4 * document.bounds.area)

    def _choose(self, name: str) -> None:
        if name in _BRUSH_TOOLS:
            self._brush.erase = name == "eraser"

    def _brush_options(self, parent: QWidget) -> QWidget:
        return self._with_target(BrushOptions(self._brush, parent))

    def _clone_options(self, parent: QWidget) -> QWidget:
        return CloneOptions(self._brush, parent)

    def _gradient_options(self, parent: QWidget) -> QWidget:
        return self._with_target(GradientOptions(self._brush, parent))

    def _bucket_options(self, parent: QWidget) -> QWidget:
        return self._with_target(BucketOptions(self._brush, parent))

    def _eyedropper_options(self, parent: QWidget) -> QWidget:
        return EyedropperOptions(self._brush, parent)

    def _with_target(self, options: QWidget) -> QWidget:
        """Put the choice of what is painted on before options."""
        layout = options.layout()
        if isinstance(layout, QHBoxLayout):
            layout.insertWidget(0, TargetChoice(self._document, options))
        return options
