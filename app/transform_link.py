"""Adds the tools that move, transform and crop, with their options."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QWidget

from app.dialogs.image_dialogs import NewCanvas
from app.jobs.document_work import DocumentWork
from app.main_window import MainWindow
from app.models.crop_model import CropModel
from app.models.transform_model import TransformModel
from app.tools.crop_tool import CropTool
from app.tools.floating_edit import Stage
from app.tools.move_tool import MoveTool
from app.tools.tool_box import ToolBox
from app.tools.transform_tool import TransformTool
from app.widgets.frame_options import CropOptions, TransformOptions
from editing.geometry import Rect


class TransformLink(QObject):
    """Owns the tools and the frames that they share with the options.

    Attributes:
        frame: of the free transform. crop: frame of the crop.
        move_tool, transform_tool, crop_tool: the tools.

    Args:
        change_canvas: told the frame to crop to, and the name of the edit.
    """

    def __init__(
        self,
        work: DocumentWork,
        stage: Stage,
        change_canvas: Callable[[NewCanvas, str], None],
        window: MainWindow,
        tools: ToolBox,
    ) -> None:
        super().__init__(window)
        self._change_canvas = change_canvas
        self.frame, self.crop = TransformModel(self), CropModel(self)
        self.move_tool = MoveTool(work, stage, self)
        self.transform_tool = TransformTool(self.frame, work, stage, self)
        self.crop_tool = CropTool(self.crop, self._apply_crop, self)
        tools.add("move", self.move_tool)
        tools.add("transform", self.transform_tool)
        tools.add("crop", self.crop_tool)
        window.tool_options.register("move", self._move_options)
        window.tool_options.register(
            "transform", lambda parent: TransformOptions(self.frame, parent)
        )
        window.tool_options.register("crop", lambda parent: CropOptions(self.crop, parent))

    def _apply_crop(self, frame: Rect, outpaint: bool) -> None:
        self._change_canvas(NewCanvas(frame, outpaint), "Crop")

    def _move_options(self, parent: QWidget) -> QWidget:
        text = self.tr(
            "Drag moves the layer, the region or the selected part. Arrow keys: 1 px, with Shift "
            "10 px. Shift keeps to a line."
        )
        label = QLabel(text, parent)
        label.setProperty("dim", True)
        return label
