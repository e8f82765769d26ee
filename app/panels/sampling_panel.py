"""Steps, guidance, strength and seed."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.models.generation_model import GenerationModel
from app.models.properties import Bindings
from app.widgets.labeled_slider import LabeledSlider
from app.widgets.seed_field import SeedField


class SamplingPanel(QWidget):
    """The numbers of a run that people change often."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = Bindings()
        self.strength = LabeledSlider(
            self.tr("Strength"),
            self.tr("How much of the painted region is made anew: 1 keeps nothing of it."),
            low=0.05,
            high=1.0,
            step=0.05,
            decimals=2,
            parent=self,
        )
        self.steps = LabeledSlider(
            self.tr("Steps"),
            self.tr("Number of denoising steps: more takes longer, and is often better."),
            low=1,
            high=100,
            step=1,
            parent=self,
        )
        self.guidance = LabeledSlider(
            self.tr("Guidance"),
            self.tr("How closely the picture follows the prompt; 1 is off."),
            low=1.0,
            high=20.0,
            step=0.5,
            decimals=1,
            parent=self,
        )
        self.seed = SeedField(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        layout.setSpacing(theme.GRID)
        for part in (self.strength, self.steps, self.guidance, self.seed):
            layout.addWidget(part)

    def set_model(self, model: GenerationModel) -> None:
        """Show and change this model."""
        self._bindings.clear()
        bindings = self._bindings
        bindings.two_way(model, "strength", self.strength.set_value, self.strength.edited)
        bindings.follow(model, "steps", self.steps.set_value)
        bindings.connect(self.steps.edited, lambda value: setattr(model, "steps", round(value)))
        bindings.two_way(model, "guidance", self.guidance.set_value, self.guidance.edited)
        bindings.two_way(model, "seed", self.seed.set_seed, self.seed.edited)
        bindings.two_way(model, "seed_locked", self.seed.set_locked, self.seed.locked)
        bindings.follow(model, "mode", lambda _: self.strength.setVisible(model.uses("strength")))
