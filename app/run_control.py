"""Carries a run from the button to the accepted result: prepare, run, show, apply.

It connects the settings, the document, the engine and the canvas, and tells the run model what
goes on; it has no widgets. A result is shown over the canvas until it is accepted, which makes one
undoable step, or discarded. If the engine fails, the same prepared run can be tried again.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from app.jobs.background import Background
from app.jobs.engine_client import EngineClient
from app.jobs.generation_job import Placed, Snapshot, command_for, document_from, place
from app.jobs.live_preview import LivePreview
from app.jobs.preparation import PreparedRun, finish
from app.jobs.protocol import ProtocolError
from app.models.document_model import DocumentModel
from app.models.generation_model import GenerationModel, Mode
from app.models.run_model import Message, RunModel, StepCount, TimeLeft
from app.widgets.seed_field import random_seed
from asyndm.catalogue import Catalogue
from asyndm.errors import AsynDMError
from asyndm.events import Cancelled, Event, Failed, Finished, Loading, Notice, Step
from editing.document import Document
from editing.errors import EditingError
from editing.geometry import Rect
from editing.history import Change

_BLANK = (0x50, 0x52, 0x56, 0xFF)


class Surface(Protocol):
    """What is told to the canvas."""

    def set_model(self, model: DocumentModel) -> None:
        """Show another document model."""

    def set_preview(self, rgb: NDArray[np.uint8] | None, rect: Rect | None = None) -> None:
        """Draw a picture over a part of the document, or nothing."""

    def set_level_map(
        self, levels: NDArray[np.float32] | None, rect: Rect | None = None, opacity: float = 0.6
    ) -> None:
        """Draw noise levels over a part of the document, or nothing."""


class RunControl(QObject):
    """One run at a time, and the result of the last one until it is decided on."""

    def __init__(
        self,
        generation: GenerationModel,
        run: RunModel,
        document: DocumentModel,
        engine: EngineClient,
        catalogue: Catalogue,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._generation, self._run, self._document = generation, run, document
        self._engine, self._catalogue, self._background = engine, catalogue, background
        self._surface: Surface | None = None
        self._scratch = DocumentModel(self)
        self._prepared: PreparedRun | None = None
        self._mode: Mode = "generate"
        self._preview: LivePreview | None = None
        self._placed: Placed | None = None
        self._refusal: Message | None = None
        self._spent_seed: int | None = None
        self._show_levels = False
        self._reset_progress()
        engine.event_received.connect(self._on_event)
        engine.state_changed.connect(self._on_engine_state)
        document.changed.connect(self._on_document_changed)
        document.document_replaced.connect(self.drop)

    def set_surface(self, surface: Surface) -> None:
        """Show frames and results here from now on."""
        self._surface = surface

    def set_show_levels(self, shown: bool) -> None:
        """Show the timestep map of the coming steps, or not."""
        self._show_levels = shown
        if not shown and self._surface is not None:
            self._surface.set_level_map(None)

    def start(self) -> None:
        """Run with the present settings; a result that waits is discarded first."""
        if self._run.is_running:
            return
        self.discard()
        self._run.message = None
        self._take_seed()
        self._mode = self._generation.mode
        try:
            snapshot = Snapshot.of(self._generation, self._document.document)
        except AsynDMError as error:
            self._refuse(error)
            return
        self._begin(self.tr("Preparing…"))
        self._background.run(
            lambda: snapshot.prepare(self._catalogue), self._on_prepared, self._on_not_prepared
        )

    def retry(self) -> None:
        """Run the same request again."""
        if self._run.is_running or self._prepared is None:
            return
        self.discard()
        self._run.message = None
        self._begin(self.tr("Preparing…"))
        self._on_prepared(self._prepared)

    def cancel(self) -> None:
        """Stop the run; the picture stays as it was."""
        if self._run.state == "running":
            self._run.state = "cancelling"
            self._run.phase = self.tr("Stopping…")
            self._engine.cancel()

    def accept(self) -> None:
        """Make the result part of the document, as one step that can be undone."""
        placed, self._placed = self._placed, None
        if placed is None:
            return
        self._clear_surface()
        self._run.state = "idle"
        document = self._document.document
        if document is None:
            self._document.set_document(document_from(placed.result))
        else:
            self._document.push(command_for(placed, self._mode, document))

    def discard(self) -> None:
        """Put the result away."""
        if self._placed is not None:
            self._placed = None
            self._clear_surface()
            self._run.state = "idle"

    def drop(self) -> None:
        """The document is another one: neither run nor result belong to it."""
        self.cancel()
        self.discard()
        self._prepared = None

    def show_before(self, shown: bool) -> None:
        """Show the picture without the result, or with it again."""
        if self._placed is None or self._surface is None:
            return
        if shown:
            self._surface.set_preview(None)
        else:
            result = self._placed.result
            self._surface.set_preview(result.patch[..., :3], result.box)

    def say(self, sentence: str) -> None:
        """Show a sentence about something that went wrong."""
        self._run.message = Message(sentence)

    def close(self) -> None:
        """End background work."""
        self._background.wait()
        self._scratch.close()

    def _take_seed(self) -> None:
        """An unlocked seed serves one run; a repair keeps the seed of the picture."""
        model = self._generation
        if model.mode != "repair" and not model.seed_locked and model.seed == self._spent_seed:
            model.seed = random_seed()
        self._spent_seed = model.seed

    def _begin(self, phase: str) -> None:
        self._reset_progress()
        self._run.phase = phase
        self._run.progress = None
        self._run.seconds_left = None
        self._run.level_time = 0.0
        self._run.state = "running"

    def _reset_progress(self) -> None:
        self._time_left = TimeLeft()
        self._steps = StepCount()

    def _refuse(self, error: Exception) -> None:
        self._stop_showing()
        # No run had the seed.
        self._spent_seed = None
        self._refusal = self._run.message = Message(str(error))

    def _on_not_prepared(self, error: Exception) -> None:
        if self._run.state == "cancelling":
            self._stop_showing()
        elif isinstance(error, AsynDMError | EditingError):
            self._refuse(error)
        else:
            text = self.tr("The run could not be prepared; the details say why.")
            self._stop_showing()
            self._run.message = Message(text, details=f"{type(error).__name__}: {error}")

    def _on_prepared(self, prepared: PreparedRun) -> None:
        if self._run.state == "cancelling":
            self._stop_showing()
            return
        self._prepared = prepared
        self._preview = LivePreview(prepared)
        self._run.phase = self.tr("Waiting for the engine…")
        try:
            self._engine.run(prepared.request)
        except ProtocolError as error:
            self._refuse(error)
            return
        self._show_place()

    def _show_place(self) -> None:
        """A generation that does not fit the open document is shown on a page of its own."""
        if self._surface is None or self._preview is None:
            return
        box, document = self._preview.box, self._document.document
        if self._mode == "generate" and (document is None or document.size != box.size):
            self._scratch.set_document(Document.blank(box.width, box.height, _BLANK))
            self._surface.set_model(self._scratch)

    def _on_event(self, _job: int, event: Event) -> None:
        if isinstance(event, Step):
            self._on_step(event)
        elif isinstance(event, Loading):
            self._run.phase = self.tr("Loading the model {0}…").format(event.model)
        elif isinstance(event, Notice):
            self._run.message = Message(event.text, error=False)
        elif isinstance(event, Finished):
            self._on_finished(event)
        elif isinstance(event, Failed):
            self._stop_showing()
            self._run.message = Message(event.reason, details=event.details, retry=event.retryable)
        elif isinstance(event, Cancelled):
            self._stop_showing()

    def _on_step(self, step: Step) -> None:
        if self._run.state != "running":
            return
        done, total = self._steps.after(step)
        if step.phase == "probe":
            self._run.phase = self.tr("First run, step {0}/{1}").format(step.i, step.n)
        else:
            self._run.phase = self.tr("Step {0}/{1}").format(step.i, step.n)
        self._run.progress = done / total
        self._run.level_time = step.i / step.n
        self._run.seconds_left = self._time_left.after_step(done, total)
        if self._surface is not None and self._preview is not None:
            self._surface.set_preview(self._preview.frame(step.preview), self._preview.box)
            if self._show_levels:
                self._surface.set_level_map(step.level_map, self._preview.box)

    def _on_finished(self, finished: Finished) -> None:
        prepared = self._prepared
        if prepared is None or self._run.state == "cancelling":
            self._stop_showing()
            return
        self._run.phase = self.tr("Joining the result with the picture…")
        self._run.seconds_left = None
        self._background.run(
            lambda: place(finish(prepared, finished)[0]), self._on_result, self._on_not_prepared
        )

    def _on_result(self, placed: Placed) -> None:
        if self._run.state == "cancelling":
            self._stop_showing()
            return
        self._placed = placed
        if self._surface is not None:
            self._surface.set_level_map(None)
        self._run.progress = None
        self._run.caption = placed.result.caption
        self._run.state = "result"
        self.show_before(False)

    def _on_document_changed(self, change: Change) -> None:
        """A result was made for the picture as it was: it does not fit another one.

        What was said against a run without a region is settled by painting one.
        """
        if self._refusal is not None and self._run.message is self._refusal:
            self._refusal = self._run.message = None
        is_picture = change.kind in ("picture", "layers", "document") and not change.rect.is_empty
        if is_picture and self._run.state != "idle":
            self.cancel()
            self.discard()

    def _on_engine_state(self) -> None:
        self._run.engine = self._engine.state

    def _stop_showing(self) -> None:
        self._clear_surface()
        self._run.progress = None
        self._run.seconds_left = None
        self._run.state = "idle"

    def _clear_surface(self) -> None:
        if self._surface is None:
            return
        self._surface.set_preview(None)
        self._surface.set_level_map(None)
        if self._scratch.document is not None:
            self._surface.set_model(self._document)
            self._scratch.set_document(None)
