"""The button that runs, and what the run is doing."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app import theme
from app.models.properties import Bindings
from app.models.run_model import RunModel


class RunPanel(QWidget):
    """At the foot of the right column: Run and Cancel, and a line on progress.

    Args:
        actions: by identifier; the panel shows run and cancel.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = Bindings()
        self.status = QLabel(self)
        self.status.setProperty("dim", True)
        self.status.setAccessibleName(self.tr("State of the run"))
        # A long sentence must not widen the column.
        self.status.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.run = self._button(self.tr("Run"), actions["run"])
        self.run.setProperty("primary", True)
        self.cancel = self._button(self.tr("Cancel"), actions["cancel"])
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        buttons.addWidget(self.run, 2)
        buttons.addWidget(self.cancel, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, theme.GRID)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.status)
        layout.addLayout(buttons)

    def set_model(self, run: RunModel) -> None:
        """Show this run."""
        self._bindings.clear()
        self._run = run
        for signal in (
            run.engine_changed,
            run.state_changed,
            run.phase_changed,
            run.seconds_left_changed,
        ):
            self._bindings.connect(signal, self._show)
        self._show()

    def _show(self) -> None:
        self.status.setText(self._text())

    def _text(self) -> str:
        run = self._run
        if run.is_running:
            if run.seconds_left is None:
                return run.phase
            return self.tr("{0} · {1} left").format(run.phase, self._duration(run.seconds_left))
        if run.state == "result":
            return self.tr("The result waits for your decision.")
        return {
            "off": self.tr("The engine is not started."),
            "starting": self.tr("The engine is starting…"),
            "ready": self.tr("Ready"),
            "busy": self.tr("Ready"),
            "dead": self.tr("The engine does not start."),
        }[run.engine]

    def _duration(self, seconds: float) -> str:
        whole = max(1, round(seconds))
        if whole < 60:
            return self.tr("{0} s").format(whole)
        return self.tr("{0} min {1} s").format(whole // 60, whole % 60)

    def _button(self, text: str, action: QAction) -> QPushButton:
        button = QPushButton(action.icon(), text, self)
        button.setToolTip(action.toolTip())
        # The keys in it can be changed.
        action.changed.connect(lambda: button.setToolTip(action.toolTip()))
        button.setAccessibleName(text)
        button.setEnabled(action.isEnabled())
        button.clicked.connect(action.trigger)
        action.enabledChanged.connect(button.setEnabled)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button
