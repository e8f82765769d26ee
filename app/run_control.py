"""Carries a run from the button to the accepted result: prepare, run, show, apply.

It connects the settings, the document, the engine and the canvas, and tells the run model what
goes on; it has no widgets. A result is shown over the canvas until it is accepted, which makes one
undoable step, or discarded. If the engine fails, the same prepared run can be tried again.
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject

from app.candidates import Candidate, Candidates
from app.jobs.background import Background
from app.jobs.engine_client import EngineClient
from app.jobs.generation_job import Placed, Snapshot, command_for, document_from, place
from app.jobs.live_preview import LivePreview
from app.jobs.preparation import PreparedRun
from app.jobs.protocol import ProtocolError
from app.jobs.results import finish
from app.memory_choice import failure_message, smaller_run
from app.models.document_model import DocumentModel
from app.models.generation_model import GenerationModel, Mode
from app.models.run_model import Message, RunModel
from app.result_stage import ResultStage, Surface
from app.run_progress import RunProgress
from app.widgets.seed_field import random_seed
from asyndm.catalogue import Catalogue
from asyndm.errors import AsynDMError
from asyndm.events import Cancelled, Event, Failed, Finished, Loading, Notice, Step
from editing.errors import EditingError
from editing.history import Change


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
        self._stage = ResultStage(document, self)
        self._prepared: PreparedRun | None = None
        self._memory: Mapping[str, Any] = {}
        self._mode: Mode = "generate"
        self._preview: LivePreview | None = None
        self._candidates = Candidates()
        self._notice: Message | None = None
        self._refusal: Message | None = None
        self._spent_seed: int | None = None
        self._show_levels = False
        self._progress = RunProgress(run, self)
        engine.event_received.connect(self._on_event)
        engine.state_changed.connect(self._on_engine_state)
        document.changed.connect(self._on_document_changed)
        document.document_replaced.connect(self.drop)

    def set_surface(self, surface: Surface) -> None:
        """Show frames and results here from now on."""
        self._stage.set_surface(surface)

    def set_show_levels(self, shown: bool) -> None:
        """Show the timestep map of the coming steps, or not."""
        self._show_levels = shown
        if not shown:
            self._stage.show_levels(None)

    def start(self) -> None:
        """Run with the present settings; a result that waits goes on waiting beside the new one."""
        if self._run.is_running:
            return
        self._stage.clear()
        self._run.message = None
        self._take_seed()
        self._mode = self._generation.mode
        # Half a stroke, or half an edit, is no state to work on.
        self._document.end_stroke()
        try:
            snapshot = Snapshot.of(self._generation, self._document.document)
        except AsynDMError as error:
            self._refuse(error)
            return
        self._progress.begin(self._mode, self.tr("Preparing…"))
        self._background.run(
            lambda: snapshot.prepare(self._catalogue), self._on_prepared, self._on_not_prepared
        )

    def retry(self) -> None:
        """Run the same request again."""
        if self._run.is_running or self._prepared is None:
            return
        self._stage.clear()
        self._run.message = None
        self._progress.begin(self._mode, self.tr("Preparing…"))
        self._send(self._prepared)

    def retry_smaller(self, suggestion: Mapping[str, Any]) -> None:
        """Run the same request again, as a ``Failed`` for lack of memory suggests."""
        if not self._run.is_running and self._prepared is not None:
            self._prepared, self._memory = smaller_run(self._prepared, suggestion)
            self.retry()

    def cancel(self) -> None:
        """Stop the run; the picture stays as it was."""
        if self._run.state == "running":
            self._run.state = "cancelling"
            self._run.phase = self.tr("Stopping…")
            self._engine.cancel()

    def accept(self) -> None:
        """Make the result part of the document, as one step that can be undone."""
        chosen = self._candidates.current
        if chosen is None or self._run.state != "result":
            return
        self._put_away()
        document = self._document.document
        if document is None:
            self._document.set_document(document_from(chosen.placed.result))
        else:
            self._document.push(command_for(chosen.placed, chosen.mode, document))

    def discard(self) -> None:
        """Put the result that is shown away; the one before it is shown again, if there is one."""
        if self._run.state == "result":
            self._candidates.drop()
            self._forget_notice()
            self._stop_showing()

    def show_next(self, step: int) -> None:
        """Show the result after (1) or before (-1) the one that is shown."""
        if self._run.state == "result":
            self._candidates.move(step)
            self._stage.clear()
            self._show_candidate()

    def drop(self) -> None:
        """The document is another one: neither run nor results belong to it."""
        self.cancel()
        self._put_away()
        self._prepared = None

    def show_before(self, shown: bool) -> None:
        """Show the picture without the result, or with it again."""
        chosen, document = self._candidates.current, self._document.document
        if chosen is None or document is None or self._run.state != "result":
            return
        if shown:
            self._stage.clear()
        else:
            self._stage.show_result(chosen)

    def say(self, sentence: str) -> None:
        """Show a sentence about something that went wrong."""
        self._run.message = Message(sentence)

    def refuse(self, sentence: str) -> None:
        """Show why an edit was not made, until another one is."""
        self._refusal = self._run.message = Message(sentence)

    def notice(self, sentence: str) -> None:
        """Show a sentence about a run, until its result is decided on."""
        self._notice = self._run.message = Message(sentence, error=False)

    def close(self) -> None:
        """End background work."""
        self._background.wait()
        self._stage.close()

    def _take_seed(self) -> None:
        """An unlocked seed serves one run; a repair keeps the seed of the picture."""
        model = self._generation
        if model.mode != "repair" and not model.seed_locked and model.seed == self._spent_seed:
            model.seed = random_seed()
        self._spent_seed = model.seed

    def _refuse(self, error: Exception) -> None:
        self._stop_showing()
        # No run had the seed.
        self._spent_seed = None
        self.refuse(str(error))

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
        self._memory = {}
        self._send(prepared)

    def _send(self, prepared: PreparedRun) -> None:
        """Give a run to the engine."""
        self._prepared = prepared
        self._preview = LivePreview(prepared)
        self._run.phase = self.tr("Waiting for the engine…")
        try:
            self._engine.run(prepared.request, self._memory)
        except ProtocolError as error:
            self._refuse(error)
            return
        self._stage.set_place(self._mode, self._preview.box)

    def _on_event(self, _job: int, event: Event) -> None:
        if isinstance(event, Step):
            self._on_step(event)
        elif isinstance(event, Loading):
            self._run.phase = self.tr("Loading the model {0}…").format(event.model)
        elif isinstance(event, Notice):
            self.notice(event.text)
        elif isinstance(event, Finished):
            self._on_finished(event)
        elif isinstance(event, Failed):
            self._stop_showing()
            self._run.message = failure_message(event, self.retry_smaller)
        elif isinstance(event, Cancelled):
            self._stop_showing()

    def _on_step(self, step: Step) -> None:
        if self._run.state != "running":
            return
        self._progress.step(step)
        if self._preview is not None:
            self._stage.show_picture(self._preview.frame(step.preview), self._preview.box)
            if self._show_levels:
                self._stage.show_levels(step.level_map, self._preview.box)

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
        self._candidates.add(Candidate(placed, self._mode))
        self._stop_showing()

    def _on_document_changed(self, change: Change) -> None:
        """A result was made for the picture as it was: it does not fit another one.

        What was said against a run without a region, or against an edit, is settled by an edit.
        """
        if self._refusal is not None and self._run.message is self._refusal:
            self._refusal = self._run.message = None
        is_picture = change.kind in ("picture", "layers", "document") and not change.rect.is_empty
        if is_picture and self._run.state != "idle":
            self.cancel()
            self._put_away()

    def _on_engine_state(self) -> None:
        self._run.engine = self._engine.state

    def _stop_showing(self) -> None:
        """End what the run showed; a result that waits is shown instead."""
        self._stage.clear()
        self._run.progress = None
        self._run.seconds_left = None
        if self._candidates.current is None:
            self._run.state = "idle"
        else:
            self._show_candidate()

    def _show_candidate(self) -> None:
        chosen = self._candidates.current
        if chosen is None:
            return
        caption = chosen.placed.result.caption
        count = len(self._candidates)
        if count > 1:
            text = self.tr("Result {0} of {1} (Left, Right). {2}")
            caption = text.format(self._candidates.number, count, caption)
        self._run.candidates = count
        self._run.caption = caption
        self._run.state = "result"
        self._stage.show_result(chosen)

    def _put_away(self) -> None:
        """Nothing waits any more; a run under way goes on to its end."""
        self._candidates.clear()
        self._forget_notice()
        if self._run.state == "result":
            self._stop_showing()

    def _forget_notice(self) -> None:
        """What was noticed about a result is settled with it."""
        if self._notice is not None and self._run.message is self._notice:
            self._run.message = None
        self._notice = None
