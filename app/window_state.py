"""Shows in the window what the document, the run and the engine are doing.

Title, progress, result bar, message bar, start page. Each message also goes to standard error, so
that a report can quote it.
"""

import sys

from PySide6.QtCore import QObject

from app.canvas.canvas_view import CanvasView
from app.dialogs.details_dialog import DetailsDialog
from app.main_window import MainWindow
from app.models.document_model import DocumentModel
from app.models.generation_model import GenerationModel
from app.models.run_model import Message, RunModel
from app.widgets.message_bar import MessageBar


class WindowState(QObject):
    """Tells the parts of the window; they ask for nothing."""

    def __init__(
        self,
        window: MainWindow,
        canvas: CanvasView,
        document: DocumentModel,
        run: RunModel,
        generation: GenerationModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._canvas = window, canvas
        self._document, self._run, self._generation = document, run, generation
        run.state_changed.connect(self._show_run_state)
        run.caption_changed.connect(self._show_hint)
        generation.mode_changed.connect(self._show_hint)
        document.history_changed.connect(self._show_hint)
        run.progress_changed.connect(self._show_progress)
        run.message_changed.connect(lambda: self._show(run.message, window.message_bar))
        run.file_message_changed.connect(lambda: self._show(run.file_message, window.file_bar))
        run.activity_changed.connect(window.statusBar().showMessage)
        run.activity_changed.connect(self._show_progress)
        run.activity_progress_changed.connect(self._show_progress)
        document.document_replaced.connect(self._show_document)
        document.history_changed.connect(self._show_title)
        window.message_bar.closed.connect(self._put_message_away)
        window.message_bar.details_clicked.connect(self._show_details)
        window.file_bar.closed.connect(lambda: setattr(run, "file_message", None))
        self._show_hint()

    def _show_run_state(self) -> None:
        state = self._run.state
        # A generation without a document has the canvas to itself.
        if state != "idle" or self._document.document is not None:
            self._window.show_canvas(self._canvas)
        else:
            self._window.show_start_page()
        if state == "running" or self._window.result_bar.has_focus:
            # From the prompt, Enter and Delete would not reach the result; and a button that
            # vanishes hands the focus to the tabs, where the arrow keys change the mode.
            self._canvas.setFocus()
        self._show_hint()
        self._show_progress()

    def _show_hint(self) -> None:
        bar, state = self._window.result_bar, self._run.state
        bar.setVisible(self._window.shows_canvas)
        if state == "result":
            bar.show_result(self._run.caption, has_before=self._document.document is not None)
        elif state != "idle":
            bar.show_hint(self.tr("Nothing is changed before you accept the result."))
        elif self._generation.mode == "generate":
            bar.show_hint(self.tr("Write a prompt and run (Ctrl+Enter)."))
        elif self._generation.mode == "edit":
            bar.show_hint(self._edit_hint())
        elif not self._document.has_mask():
            bar.show_hint(self.tr("Paint over what is to be redone."))
        else:
            bar.show_hint(self.tr("The painted region will be redone: run (Ctrl+Enter)."))

    def _edit_hint(self) -> str:
        if self._document.has_mask():
            return self.tr("Only the painted region will change: run (Ctrl+Enter).")
        return self.tr(
            "The whole picture may change: run (Ctrl+Enter), or paint over what is to change."
        )

    def _show_progress(self) -> None:
        if self._run.is_running:
            self._window.progress.set_progress(self._run.progress)
        elif self._run.activity:
            self._window.progress.set_progress(self._run.activity_progress)
        else:
            self._window.progress.set_idle()
        self._show_title()

    def _show_document(self) -> None:
        if self._document.document is not None:
            self._window.show_canvas(self._canvas)
            self._canvas.setFocus()
        self._show_hint()
        self._show_title()

    def _show_title(self) -> None:
        """The title tells how far a run is, for those who look at something else meanwhile."""
        document, run = self._document.document, self._run
        # Qt puts the mark of unsaved changes in the place of [*].
        parts = [self.tr("AsynDM Studio") + ("[*]" if document is None else "")]
        if document is not None:
            name = self.tr("Untitled") if document.path is None else document.path.name
            parts.insert(0, f"{name}[*]")
        if run.is_running:
            share = "…" if run.progress is None else f"{run.progress:.0%}"
            parts.insert(0, self.tr("Running {0}").format(share))
        elif run.state == "result":
            parts.insert(0, self.tr("Result"))
        self._window.setWindowTitle(" - ".join(parts))
        self._window.setWindowModified(document is not None and self._document.modified)

    def _show(self, message: Message | None, bar: MessageBar) -> None:
        if message is None:
            bar.hide()
            return
        sys.stderr.write(f"{message.text}\n")
        bar.show_message(
            message.text,
            error=message.error,
            details=bool(message.details),
            retry=message.retry,
            choices=[(choice.text, choice.help, choice.do) for choice in message.choices],
        )

    def _put_message_away(self) -> None:
        self._run.message = None

    def _show_details(self) -> None:
        message = self._run.message
        if message is not None:
            DetailsDialog(message.text, message.details, self._window).open()
