"""Fill by click: what is like the pixel under the pointer gets the foreground colour."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.models.brush_model import BrushModel
from app.tools.paint_colour import paint_colour
from app.tools.tool import Pointer, Tool
from editing.pixel_plan import plan_fill
from editing.sampling import Sample
from editing.wand import wand

if TYPE_CHECKING:
    from app.jobs.tile_work import TileWork
    from editing.document import Document
    from editing.tile_plan import TilePlan


class BucketTool(Tool):
    """Fills what the document's target is, as far as it is selected.

    Args:
        brush: its colours and options.
        work: makes the edit, off the UI thread if it is a large one.
    """

    def __init__(self, brush: BrushModel, work: "TileWork", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._brush, self._work = brush, work

    def press(self, pointer: Pointer) -> None:
        """Fill around the pointer."""
        document = None if self._model is None else self._model.document
        x, y = int(pointer.x // 1), int(pointer.y // 1)
        if document is None or not (0 <= x < document.size[0] and 0 <= y < document.size[1]):
            return
        options, colour = self._brush.paint, paint_colour(document, self._brush.colours)
        if document.target == "layer":
            self._brush.colours.remember()
        sees_all, tolerance = options.sample_all, options.tolerance
        hangs_together = options.contiguous

        def plan(document: "Document") -> "TilePlan | None":
            sample = Sample(document, all_layers=sees_all)
            return plan_fill(
                document, colour, wand(sample, x, y, tolerance, contiguous=hangs_together)
            )

        self._work.run(self.tr("Fill"), plan, 4 * document.bounds.area)
