"""Settings that are rarely touched: negative prompt, method, curve, sampler, border."""

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.models.generation_model import GenerationModel
from app.models.properties import Bindings
from app.widgets.choice_box import ChoiceBox
from app.widgets.labeled_slider import LabeledSlider
from app.widgets.prompt_edit import PromptEdit

_NEGATIVE_HEIGHT = 52
_MOST_CLIP_SKIP = 11  # the text encoder of Stable Diffusion 1.x has 12 layers
_SWITCHES = ("whole_picture", "strict_border", "match_colour", "correct_shift")


class AdvancedPanel(QWidget):
    """The content of the section "Advanced"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = Bindings()
        self.negative = PromptEdit(
            self.tr("Negative prompt"),
            self.tr("What the picture should not show."),
            _NEGATIVE_HEIGHT,
            self,
        )
        self.method = self._methods()
        self.family = self._families()
        self._samplers = self._all_samplers()
        self._own = "ddim"
        self.sampler = ChoiceBox((), self.tr("How a step is taken from the model's answer."), self)
        self.eta = LabeledSlider(
            self.tr("Fresh noise (eta)"),
            self.tr("0 adds no noise between the steps; 1 is the setting of the paper."),
            low=0.0,
            high=1.0,
            step=0.1,
            decimals=1,
            parent=self,
        )
        self.set_samplers(("ddim", "dpmpp_2m", "ddpm"))
        self.clip_skip = LabeledSlider(
            self.tr("CLIP skip"),
            self.tr("0 reads the text as the model was trained to; 1 is one layer earlier."),
            low=0,
            high=_MOST_CLIP_SKIP,
            step=1,
            parent=self,
        )
        self.whole_picture = self._switch(
            self.tr("Let the whole picture follow"),
            self.tr("Keep what the run makes outside the region too, as in the paper."),
        )
        self.strict_border = self._switch(
            self.tr("Strict border"), self.tr("Change painted pixels only, without a soft edge.")
        )
        self.match_colour = self._switch(
            self.tr("Match colours"), self.tr("Fit the region's colours to its surroundings.")
        )
        self.correct_shift = self._switch(
            self.tr("Correct shifts"),
            self.tr("Move an edit that came out shifted or enlarged back to its place."),
        )
        self._set_up_layout()

    def set_model(self, model: GenerationModel) -> None:
        """Show and change this model."""
        self._bindings.clear()
        bindings = self._bindings
        bindings.follow(model, "negative_prompt", self.negative.set_text)
        bindings.connect(
            self.negative.textChanged,
            lambda: setattr(model, "negative_prompt", self.negative.toPlainText()),
        )
        for name in ("method", "family"):
            box: ChoiceBox = getattr(self, name)
            bindings.two_way(model, name, box.set_choice, box.picked)
        bindings.follow(model, "sampler", lambda name: self.sampler.set_choice(name or ""))
        bindings.connect(self.sampler.picked, lambda name: setattr(model, "sampler", name or None))
        bindings.two_way(model, "eta", self.eta.set_value, self.eta.edited)
        for name in _SWITCHES:
            switch: QCheckBox = getattr(self, name)
            bindings.two_way(model, name, switch.setChecked, switch.clicked)
        bindings.follow(model, "clip_skip", self.clip_skip.set_value)
        bindings.connect(
            self.clip_skip.edited, lambda value: setattr(model, "clip_skip", round(value))
        )
        for name in ("mode", "model", "clipless"):
            bindings.follow(model, name, lambda _: self._show_used(model))
        bindings.follow(model, "sampler", lambda _: self._show_eta())

    def set_samplers(self, names: Sequence[str]) -> None:
        """Offer these samplers, those of the model in use; the first is its own."""
        self._own = names[0]
        own = self.tr("The model's own ({0})").format(self._samplers[self._own][0])
        choices = [(name, *self._samplers[name]) for name in names]
        self.sampler.set_choices((("", own, ""), *choices))
        self._show_eta()

    def _show_eta(self) -> None:
        """Only DDIM has a use for it."""
        name = self.sampler.currentData() or self._own
        self.eta.setVisible(name == "ddim")

    def _show_used(self, model: GenerationModel) -> None:
        self._form.setRowVisible(self.method, model.uses("method"))
        for name in ("clip_skip", *_SWITCHES):
            getattr(self, name).setVisible(model.uses(name))

    def _methods(self) -> ChoiceBox:
        return ChoiceBox(
            (
                ("asyndm", self.tr("Asynchronous"), self.tr("The region is decided later.")),
                (
                    "asyndm_fixed",
                    self.tr("Asynchronous, fixed mask"),
                    self.tr("The mask of the words is found once, by an ordinary run before."),
                ),
                ("concave", self.tr("All later"), self.tr("Every pixel takes the region's curve.")),
                ("standard", self.tr("Standard"), self.tr("Ordinary denoising.")),
            ),
            self.tr("Which pixels are decided later."),
            self,
        )

    def _families(self) -> ChoiceBox:
        return ChoiceBox(
            (
                ("quadratic", self.tr("Quadratic"), ""),
                ("exponential", self.tr("Exponential"), ""),
                ("piecewise_linear", self.tr("Piecewise linear"), ""),
                ("linear", self.tr("Linear"), self.tr("Nothing is decided later.")),
            ),
            self.tr("Shape of the region's curve."),
            self,
        )

    def _all_samplers(self) -> dict[str, tuple[str, str]]:
        """Text and help of each sampler."""
        return {
            "ddim": (
                self.tr("DDIM"),
                self.tr("Moves straight on, with as much noise as eta says."),
            ),
            "dpmpp_2m": (self.tr("DPM++ 2M"), self.tr("As good with fewer steps.")),
            "ddpm": (self.tr("DDPM"), self.tr("Adds fresh noise at every step.")),
            "flow_euler": (self.tr("Euler"), self.tr("One call of the network a step.")),
            "flow_heun": (self.tr("Heun"), self.tr("More exact, at twice the time.")),
        }

    def _switch(self, text: str, help_text: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setToolTip(help_text)
        box.setAccessibleName(text)
        return box

    def _set_up_layout(self) -> None:
        label = QLabel(self.tr("Negative prompt"), self)
        label.setBuddy(self.negative)
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(2 * theme.GRID)
        self._form.setVerticalSpacing(theme.GRID)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows: tuple[tuple[str, QComboBox], ...] = (
            (self.tr("Method"), self.method),
            (self.tr("Curve"), self.family),
            (self.tr("Sampler"), self.sampler),
        )
        for text, box in rows:
            box.setAccessibleName(text)
            self._form.addRow(text, box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(label)
        layout.addWidget(self.negative)
        layout.addLayout(self._form)
        for part in (self.eta, self.clip_skip, *(getattr(self, name) for name in _SWITCHES)):
            layout.addWidget(part)
