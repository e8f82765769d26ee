"""The menu Image: turns, flips, scaling, canvas size and crop of the whole picture."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from app.dialogs.image_dialogs import ImageDialogs, NewCanvas
from app.jobs.document_work import DocumentWork, Edit
from app.models.document_model import DocumentModel
from app.models.generation_model import GenerationModel
from editing.canvas_size import NewFrame, reframed
from editing.commands import restructure
from editing.document import Document
from editing.errors import EditingError
from editing.floating import picked_up, put_down
from editing.placing import Mirror
from editing.reshape import Reshape, reshaped
from editing.tile_plan import content_bounds
from editing.turn import Turn, TurnKind

_TURNS: dict[str, TurnKind] = {
    "rotate_left": "left",
    "rotate_right": "right",
    "rotate_half": "half",
    "flip_horizontally": "mirror",
    "flip_vertically": "upside_down",
}
_FLIPS: dict[str, TurnKind] = {
    "flip_layer_horizontally": "mirror",
    "flip_layer_vertically": "upside_down",
}


class ImageLink(QObject):
    """Connects the menu, the dialogs and the crop frame with the document.

    Attributes:
        dialogs: questions to the person.

    Signals:
        regions_moved: an edit of the whole picture moves the regions or fills one; connect it
            queued, because the edit is made right after it.
    """

    regions_moved = Signal()

    def __init__(
        self,
        model: DocumentModel,
        work: DocumentWork,
        generation: GenerationModel,
        actions: Mapping[str, QAction],
        dialogs: ImageDialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.dialogs = dialogs
        self._model, self._work, self._generation = model, work, generation
        for name, kind in _TURNS.items():
            self._connect(actions[name], partial(self._reshape, Turn(kind)))
        for name, kind in _FLIPS.items():
            self._connect(actions[name], partial(self._flip_part, kind))
        self._connect(actions["scale_image"], self._ask_scale)
        self._connect(actions["canvas_size"], self._ask_canvas_size)
        self._connect(actions["rotate_angle"], self._ask_rotation)
        self._connect(actions["crop_to_selection"], self._crop_to_selection)

    def change_canvas(self, canvas: NewCanvas, name: str) -> None:
        """Give the document another frame; an outpainted border changes the mode to Inpaint."""
        document = self._model.document
        if document is None or (canvas.frame == document.bounds and not canvas.is_outpainted):
            return
        structure = document.structure
        region = document.active_region.id if canvas.is_outpainted else None
        new_frame = NewFrame(canvas.frame, name)

        def ended(made: bool) -> None:
            self._tell_regions(made)
            if made and canvas.is_outpainted:
                self._model.set_target("region")
                self._generation.mode = "inpaint"

        edit = Edit(
            self.tr("Changing the canvas…"),
            lambda progress: reframed(structure, new_frame, region, progress),
            lambda new: restructure(document, new, new_frame.name),
            _pixels(document, canvas.frame.area),
        )
        self._work.run(edit, ended)

    def _connect(self, action: QAction, do: Callable[[Document], None]) -> None:
        def begin() -> None:
            if self._model.document is not None:
                do(self._model.document)

        action.triggered.connect(begin)

    def _reshape(self, reshape: Reshape, document: Document) -> None:
        structure = document.structure
        width, height = reshape.size(document.size)
        edit = Edit(
            self.tr("{0}…").format(reshape.name),
            lambda progress: reshaped(structure, reshape, progress),
            lambda new: restructure(document, new, reshape.name),
            _pixels(document, width * height),
        )
        self._work.run(edit, self._tell_regions)

    def _tell_regions(self, made: bool) -> None:
        if made:
            self.regions_moved.emit()

    def _flip_part(self, kind: TurnKind, document: Document) -> None:
        name = self.tr("Flip layer") if document.target != "region" else self.tr("Flip region")
        try:
            floating = picked_up(document)
        except EditingError as error:
            self._work.failed.emit(error.sentence)
            return
        edit = Edit(
            self.tr("{0}…").format(name),
            lambda _: put_down(floating, Mirror(kind)),
            lambda result: result.commit_steps(document, name),
            floating.place.area * len(floating.parts),
        )
        self._work.run(edit)

    def _ask_scale(self, document: Document) -> None:
        scale = self.dialogs.ask_scale(document.size)
        if scale is not None and scale.new_size != document.size:
            self._reshape(scale, document)

    def _ask_rotation(self, document: Document) -> None:
        rotation = self.dialogs.ask_rotation(document.size)
        if rotation is not None and rotation.degrees:
            quarter = _QUARTERS.get(rotation.degrees)
            exact = quarter is not None and not (rotation.keeps_size and quarter != "half")
            self._reshape(Turn(quarter) if quarter and exact else rotation, document)

    def _ask_canvas_size(self, document: Document) -> None:
        canvas = self.dialogs.ask_canvas_size(document.size)
        if canvas is not None:
            self.change_canvas(canvas, "Canvas size")

    def _crop_to_selection(self, document: Document) -> None:
        frame = content_bounds(document.selection)
        if frame.is_empty:
            self._work.failed.emit(
                self.tr("Nothing is selected: select what is to remain of the picture.")
            )
            return
        self.change_canvas(NewCanvas(frame), "Crop")


_QUARTERS: dict[float, TurnKind] = {
    90: "right",
    -90: "left",
    180: "half",
    -180: "half",
}


def _pixels(document: Document, after: int) -> float:
    planes = len(list(document.structure.planes()))
    return float(max(document.bounds.area, after) * planes)
