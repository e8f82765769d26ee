"""Fills the settings of a repair from what the picture says about how it was made.

Repair continues the very run that made the picture, so it needs its prompt, seed and model. They
are read when the mode is chosen and when another picture is opened in it; a picture that says
nothing is named as such, and the person types them.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.jobs.generation_job import fill_from_record
from app.jobs.stored_record import stored_original
from app.models.document_model import DocumentModel
from app.models.generation_model import GenerationModel
from asyndm.errors import RequestError
from editing.reshape import RESHAPED_KEY

if TYPE_CHECKING:
    from editing.history import Change


class RepairSource(QObject):
    """Watches the mode and the document."""

    def __init__(
        self,
        generation: GenerationModel,
        document: DocumentModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._generation, self._document = generation, document
        self._model_before: str | None = None
        generation.mode_changed.connect(self.refresh)
        document.document_replaced.connect(self.refresh)
        document.changed.connect(self._on_changed)

    def refresh(self) -> None:
        """Read the settings if the mode is repair; else give the other modes their model back."""
        model = self._generation
        if model.mode != "repair":
            model.hint = ""
            if self._model_before is not None:
                model.model, self._model_before = self._model_before, None
            return
        if self._model_before is None:
            self._model_before = model.model
        model.hint = self._fill()

    def _fill(self) -> str:
        document = self._document.document
        record = None if document is None else document.metadata.generation
        try:
            if record is not None:
                fill_from_record(self._generation, record)
            return self._hint()
        except RequestError as error:
            return str(error)

    def _on_changed(self, change: "Change") -> None:
        """A crop or a turn takes the way back to the run; the settings stay as they are."""
        if change.kind == "document" and self._generation.mode == "repair":
            try:
                self._generation.hint = self._hint()
            except RequestError as error:
                self._generation.hint = str(error)

    def _hint(self) -> str:
        """What the picture says about its making (RequestError if that is damaged)."""
        document = self._document.document
        if document is None:
            return self.tr("Open the picture that is to be repaired.")
        record = document.metadata.generation
        if record is None:
            return self.tr(
                "This picture holds no settings: type the prompt and seed it was made with, and "
                "choose its model under Advanced."
            )
        if record.get(RESHAPED_KEY):
            return self.tr(
                "This picture was cropped, turned or scaled since it was made, so the region is "
                "fitted to it as it is."
            )
        if stored_original(record) is None:
            return self.tr(
                "This picture was not made from a prompt alone, so the region is fitted to it as "
                "it is."
            )
        return self.tr("Prompt, seed and model were read from the picture.")
