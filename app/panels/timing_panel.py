"""Region timing: one slider, and the plot of what it means."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.models.generation_model import CONCAVITY_LIMIT, GenerationModel
from app.models.properties import Bindings
from app.models.run_model import RunModel
from app.widgets.curve_plot import CurvePlot
from app.widgets.labeled_slider import LabeledSlider


class TimingPanel(QWidget):
    """The slider "Decide later" over the plot of both curves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = Bindings()
        self._live = False
        self.slider = LabeledSlider(
            self.tr("Decide later"),
            self.tr("How long the region stays open: 0 is ordinary denoising."),
            low=0.0,
            high=CONCAVITY_LIMIT,
            step=0.05,
            decimals=2,
            parent=self,
        )
        self.plot = CurvePlot(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.slider)
        layout.addWidget(self.plot)

    def set_model(self, model: GenerationModel, run: RunModel) -> None:
        """Show and change this model, and follow the run with the cursor."""
        self._bindings.clear()
        self._model, self._run = model, run
        self._bindings.two_way(model, "concavity", self.slider.set_value, self.slider.edited)
        for signal in (
            model.concavity_changed,
            model.family_changed,
            model.method_changed,
            model.mode_changed,
        ):
            self._bindings.connect(signal, self._draw)
        for signal in (run.level_time_changed, run.state_changed):
            self._bindings.connect(signal, self._move_cursor)

    def activate(self) -> None:
        """Draw the curves from now on: they need numpy, so not before the first frame."""
        self._live = True
        self._draw()

    def _draw(self) -> None:
        self.slider.setEnabled(self._model.uses_concavity)
        if self._live:
            self.plot.set_curve(
                self._model.family, self._model.concavity, concave=self._model.uses_concavity
            )

    def _move_cursor(self) -> None:
        self.plot.set_progress(self._run.level_time if self._run.is_running else None)
