"""Settings that are rarely touched: negative prompt, method, curve, sampler, LoRAs, border."""

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.models.generation_model import GenerationModel
from app.models.properties import Bindings
from app.models.timing_model import TimingModel
from app.widgets.adapter_list import AdapterList
from app.widgets.choice_box import ChoiceBox
from app.widgets.labeled_slider import LabeledSlider
from app.widgets.prompt_edit import PromptEdit

_NEGATIVE_HEIGHT = 52
_MOST_CLIP_SKIP = 11  # the text encoder of Stable Diffusion 1.x has 12 layers
_SWITCHES = ("whole_picture", "strict_border", "match_colour", "correct_shift")
_LARGEST_PATCH = 10.0  # per cent of the picture


class AdvancedPanel(QWidget):
    """The content of the section "Advanced"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = Bindings()
        self._timing: TimingModel | None = None
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
        self.true_guidance = LabeledSlider(
            self.tr("Negative guidance"),
            self.tr(
                "1 is off: the negative prompt has no say then. Above 1 a run takes twice as long."
            ),
            low=1.0,
            high=10.0,
            step=0.5,
            decimals=1,
            parent=self,
        )
        self.smoothing = LabeledSlider(
            self.tr("Keep masks of words steady"),
            self.tr("How much a mask keeps from step to step; 0 takes each anew."),
            low=0.0,
            high=0.95,
            step=0.05,
            decimals=2,
            parent=self,
        )
        self.area = LabeledSlider(
            self.tr("Smallest patch of a mask (%)"),
            self.tr("Smaller patches of a word's mask are dropped, and smaller holes filled."),
            low=0.0,
            high=_LARGEST_PATCH,
            step=0.5,
            decimals=1,
            parent=self,
        )
        self.order, self.order_label = self._order_field()
        self.adapters = AdapterList(self)
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
        bindings.two_way(model, "mask_smoothing", self.smoothing.set_value, self.smoothing.edited)
        bindings.follow(model, "minimum_area", lambda share: self.area.set_value(100 * share))
        bindings.connect(
            self.area.edited, lambda per_cent: setattr(model, "minimum_area", per_cent / 100)
        )
        self._model = model
        bindings.connect(self.order.textEdited, lambda text: setattr(model, "order", text))
        bindings.follow(model, "order", self._show_order)
        bindings.connect(model.prompt_changed, self.check_order)
        for name in _SWITCHES:
            switch: QCheckBox = getattr(self, name)
            bindings.two_way(model, name, switch.setChecked, switch.clicked)
        adapters = self.adapters
        bindings.two_way(model, "loras", adapters.set_loras, adapters.loras_edited)
        bindings.two_way(model, "embeddings", adapters.set_embeddings, adapters.embeddings_edited)
        bindings.follow(model, "clip_skip", self.clip_skip.set_value)
        bindings.connect(
            self.clip_skip.edited, lambda value: setattr(model, "clip_skip", round(value))
        )
        bindings.two_way(
            model, "true_guidance", self.true_guidance.set_value, self.true_guidance.edited
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

    def set_timing(self, timing: TimingModel) -> None:
        """Take the names of the document's regions for an order, beside the words of the prompt."""
        self._timing = timing
        timing.changed.connect(self.check_order)
        self.check_order()

    def check_order(self) -> None:
        """Say what is wrong with the order, if anything is."""
        complaint, text = "", self._model.order
        if text.strip():  # the check needs numpy, which the first frame does not wait for
            from app.models.word_times import order_complaint

            regions = [] if self._timing is None else self._timing.region_names()
            complaint = order_complaint(text, self._model.prompt, regions)
        self.order_label.setText(complaint)
        self.order_label.setVisible(bool(complaint))
        self.order.setAccessibleDescription(complaint or self.order.toolTip())

    def _show_used(self, model: GenerationModel) -> None:
        self._form.setRowVisible(self.method, model.uses("method"))
        for name in ("clip_skip", "true_guidance", *_SWITCHES):
            getattr(self, name).setVisible(model.uses(name))
        self.smoothing.setVisible(model.uses("mask_smoothing"))
        self.area.setVisible(model.uses("minimum_area"))

    def _show_order(self, text: str) -> None:
        if self.order.text() != text:
            self.order.setText(text)
        self.check_order()

    def _order_field(self) -> tuple[QLineEdit, QLabel]:
        field = QLineEdit(self)
        field.setAccessibleName(self.tr("Order"))
        field.setPlaceholderText(self.tr("rider > bike > street"))
        field.setToolTip(
            self.tr(
                "What waits for what, by words of the prompt or names of regions. The first of a "
                "chain is decided last. Several chains are separated by ;"
            )
        )
        complaint = QLabel(self)
        complaint.setObjectName("complaint")
        complaint.setWordWrap(True)
        complaint.hide()
        return field, complaint

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
        self._form.addRow(self.tr("Order"), self.order)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(label)
        layout.addWidget(self.negative)
        layout.addLayout(self._form)
        switches = (getattr(self, name) for name in _SWITCHES)
        masks = (self.smoothing, self.area)
        of_text = (self.clip_skip, self.true_guidance)
        for part in (self.order_label, self.eta, *of_text, self.adapters, *masks, *switches):
            layout.addWidget(part)
