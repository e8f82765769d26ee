"""Region timing: one slider, and the plot of what it means.

Where regions are painted, the slider is that of the active region and the plot shows them all.
"""

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.models.generation_model import CONCAVITY_LIMIT, GenerationModel
from app.models.properties import Bindings
from app.models.run_model import RunModel
from app.models.timing_model import TimingModel
from app.models.words_model import WordsModel
from app.widgets.curve_plot import CurvePlot, Line
from app.widgets.labeled_slider import LabeledSlider


class TimingPanel(QWidget):
    """The slider "Decide later" over the plot of the curves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = Bindings()
        self._live = False
        self._timing: TimingModel | None = None
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

    def set_model(self, model: GenerationModel, run: RunModel, words: WordsModel) -> None:
        """Show and change this model, and follow the run with the cursor."""
        self._bindings.clear()
        self._model, self._run, self._words = model, run, words
        self._bindings.follow(model, "concavity", self.slider.set_value)
        self._bindings.connect(self.slider.edited, self._edit)
        for signal in (
            model.concavity_changed,
            model.family_changed,
            model.method_changed,
            model.mode_changed,
            words.words_changed,
        ):
            self._bindings.connect(signal, self._draw)
        for signal in (run.level_time_changed, run.state_changed):
            self._bindings.connect(signal, self._move_cursor)

    def set_timing(self, timing: TimingModel) -> None:
        """Show the regions of the document from now on."""
        self._timing = timing
        timing.changed.connect(self._draw)
        self.slider.slider.sliderReleased.connect(timing.finish)
        self._draw()

    def activate(self) -> None:
        """Draw the curves from now on: they need numpy, so not before the first frame."""
        self._live = True
        self._draw()

    def _edit(self, value: float) -> None:
        if self._timing is None:
            self._model.concavity = value
        else:
            self._timing.set_value(value)

    def _draw(self) -> None:
        self.slider.setEnabled(self._model.uses_concavity)
        if self._timing is not None:
            self.slider.set_value(self._timing.value)
        if not self._live:
            return
        curves = [] if self._timing is None else self._timing.curves()
        lines = [
            Line(curve.name, QColor(*curve.colour).name(), curve.concavity, curve.is_active)
            for curve in curves
        ]
        if not lines and self._model.uses("words"):
            lines = [
                Line(word.text, word.colour, word.concavity, is_active=False)
                for word in self._words.curves()
            ]
        concave = self._model.uses_concavity
        if lines:
            self.plot.set_lines(self._model.family, lines, concave=concave)
        else:
            self.plot.set_curve(self._model.family, self._model.concavity, concave=concave)

    def _move_cursor(self) -> None:
        self.plot.set_progress(self._run.level_time if self._run.is_running else None)
