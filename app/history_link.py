"""What keeps work safe: the history with its panel, the journal, and the offer to recover."""

from PySide6.QtCore import QObject

from app import storage_folders
from app.document_files import DocumentFiles
from app.jobs.background import Background
from app.journal_keeper import JournalKeeper
from app.main_window import MainWindow
from app.models.document_model import DocumentModel
from app.models.run_model import Message, RunModel
from app.panels.history_panel import HistoryPanel
from app.recovery_offer import RecoveryOffer
from app.settings import Settings
from editing.spill import remove_abandoned

_MEGABYTE = 1024 * 1024


class HistoryLink(QObject):
    """Makes these parts and connects them with the model and the window.

    Attributes:
        panel: the list of steps, in the window's column.
        keeper: keeps the journal.
        recovery: asks at the start.
    """

    def __init__(
        self,
        window: MainWindow,
        document: DocumentModel,
        run: RunModel,
        files: DocumentFiles,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._run = run
        self._background = Background(self)
        document.history_budget_bytes = settings.get("history_megabytes") * _MEGABYTE
        document.history_folder = storage_folders.undo_folder()
        self.panel = HistoryPanel(document, window)
        window.column.add_tab(self.panel, self.tr("History"))
        folder = storage_folders.journals_folder()
        self.keeper = JournalKeeper(document, folder, self)
        files.saving.before_write = self.keeper.secure_base
        self.recovery = RecoveryOffer(
            document,
            self.keeper,
            run,
            folder,
            settings.get("journal_days"),
            files.unless_cancelled,
            window,
        )
        for trouble in (document.failed, self.keeper.failed):
            trouble.connect(self._say)

    def start(self) -> None:
        """Look for work to recover, and remove what dead processes have left of their undo."""
        self.recovery.start()
        folder = storage_folders.undo_folder()
        self._background.run(lambda: remove_abandoned(folder), lambda _: None, self._not_removed)

    def close(self) -> None:
        """End the journal; what is not saved by now is not wanted."""
        self._background.wait()
        self.recovery.close()
        self.keeper.close()

    def _not_removed(self, error: Exception) -> None:
        self._say(self.tr("Old undo files could not be removed: {0}.").format(error))

    def _say(self, sentence: str) -> None:
        self._run.message = Message(sentence)
