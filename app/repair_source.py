"""Fills the settings of a repair from what the picture says about how it was made.

Repair continues the very run that made the picture, so it needs its prompt, seed and model. They
are read when the mode is chosen and when another picture is opened in it; a picture that says
nothing is named as such, and the person types them.
"""

from PySide6.QtCore import QObject

from app.jobs.generation_job import fill_from_record
from app.jobs.preparation import stored_original
from app.models.document_model import DocumentModel
from app.models.generation_model import GenerationModel
from asyndm.errors import RequestError


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
        if document is None:
            return self.tr("Open the picture that is to be repaired.")
        record = document.metadata.generation
        if record is None:
            return self.tr(
                "This picture holds no settings: type the prompt and seed it was made with, and "
                "choose its model under Advanced."
            )
        try:
            fill_from_record(self._generation, record)
            original = stored_original(record)
        except RequestError as error:
            return str(error)
        if original is None:
            return self.tr(
                "This picture was not made from a prompt alone, so the region is fitted to it as "
                "it is."
            )
        return self.tr("Prompt, seed and model were read from the picture.")
