"""A thin bar that shows how far a run is."""

from PySide6.QtWidgets import QProgressBar, QWidget

_RANGE = 1000


class ProgressStrip(QProgressBar):
    """Four pixels high; keeps its place when there is nothing to show, so nothing jumps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("thin")
        self.setTextVisible(False)
        self.setRange(0, _RANGE)
        self.setAccessibleName(self.tr("Progress of the run"))

    def set_idle(self) -> None:
        """Show nothing."""
        self.setRange(0, _RANGE)
        self.setValue(0)

    def set_progress(self, progress: float | None) -> None:
        """Show a share of 1, or with None that something of unknown length goes on."""
        if progress is None:
            self.setRange(0, 0)
            return
        self.setRange(0, _RANGE)
        self.setValue(round(progress * _RANGE))
