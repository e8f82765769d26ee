"""Options of clone stamp, gradient, fill and eyedropper in the bar above the canvas."""

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app import theme
from app.models.brush_model import BrushModel
from app.models.paint_model import PaintModel
from app.panels.brush_options import BrushOptions
from app.widgets.choice_box import ChoiceBox
from app.widgets.inline_slider import InlineSlider


class PaintOptions(QWidget):
    """A row of switches, choices and numbers bound to a model; the base of the options here."""

    def __init__(self, model: PaintModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(2 * theme.GRID)

    def add_switch(self, name: str, text: str, sentence: str) -> QCheckBox:
        """Add a check box for a property."""
        box = QCheckBox(text, self)
        box.setToolTip(sentence)
        box.setAccessibleName(text)
        box.setChecked(getattr(self._model, name))
        getattr(self._model, f"{name}_changed").connect(box.setChecked)
        box.toggled.connect(lambda on: setattr(self._model, name, on))
        self.row.addWidget(box)
        return box

    def add_choice(
        self, name: str, text: str, sentence: str, choices: Sequence[tuple[str, str, str]]
    ) -> ChoiceBox:
        """Add a box of choices for a property."""
        label = QLabel(text, self)
        box = ChoiceBox(choices, sentence, self)
        box.setAccessibleName(text)
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        label.setBuddy(box)
        inner = QHBoxLayout()
        inner.setSpacing(theme.GRID)
        inner.addWidget(label)
        inner.addWidget(box)
        self.row.addLayout(inner)
        value = getattr(self._model, name)
        box.set_choice(str(value))
        getattr(self._model, f"{name}_changed").connect(lambda new: box.set_choice(str(new)))
        box.picked.connect(lambda picked: setattr(self._model, name, type(value)(picked)))
        return box

    def add_number(
        self, name: str, text: str, sentence: str, high: float, share: float = 1.0, suffix: str = ""
    ) -> InlineSlider:
        """Add a number from 0 to `high`, which is `share` times the property."""
        slider = InlineSlider(text, sentence, low=0, high=high, suffix=suffix, parent=self)
        value = getattr(self._model, name)
        slider.set_value(share * value)
        getattr(self._model, f"{name}_changed").connect(lambda new: slider.set_value(share * new))
        slider.edited.connect(lambda new: setattr(self._model, name, type(value)(new / share)))
        self.row.addWidget(slider)
        return slider


class CloneOptions(PaintOptions):
    """The brush, and how its source moves."""

    def __init__(self, brush: BrushModel, parent: QWidget | None = None) -> None:
        super().__init__(brush.paint, parent)
        self.brush = BrushOptions(brush, self, with_flow=False)
        self.row.addWidget(self.brush)
        self.aligned = self.add_switch(
            "clone_aligned",
            self.tr("Aligned"),
            self.tr("The source keeps its distance from stroke to stroke."),
        )
        self.all_layers = self.add_switch(
            "clone_all",
            self.tr("All layers"),
            self.tr("Copy the picture as it is seen, not the active layer alone."),
        )


class GradientOptions(PaintOptions):
    """Shape, end and opacity."""

    def __init__(self, brush: BrushModel, parent: QWidget | None = None) -> None:
        super().__init__(brush.paint, parent)
        self.shape = self.add_choice(
            "gradient_shape",
            self.tr("Shape"),
            self.tr("How the gradient spreads from the line that is dragged."),
            (
                ("linear", self.tr("Linear"), self.tr("Along the line.")),
                ("radial", self.tr("Radial"), self.tr("Around the start of the line.")),
            ),
        )
        self.clear = self.add_switch(
            "gradient_clear",
            self.tr("To transparent"),
            self.tr("On a layer the gradient ends clear, not in the background colour."),
        )
        self.opacity = self.add_number(
            "gradient_opacity",
            self.tr("Opacity"),
            self.tr("How much of the gradient is seen."),
            100,
            100,
            " %",
        )


class BucketOptions(PaintOptions):
    """What counts as one colour."""

    def __init__(self, brush: BrushModel, parent: QWidget | None = None) -> None:
        super().__init__(brush.paint, parent)
        self.tolerance = self.add_number(
            "tolerance",
            self.tr("Tolerance"),
            self.tr("How far a colour may differ from the one that is clicked."),
            255,
        )
        self.contiguous = self.add_switch(
            "contiguous",
            self.tr("Joined only"),
            self.tr("Fill only pixels that are joined with the one clicked at."),
        )
        self.all_layers = self.add_switch(
            "sample_all",
            self.tr("All layers"),
            self.tr("Look at the picture as it is seen, not at the active layer alone."),
        )


class EyedropperOptions(PaintOptions):
    """How many pixels, and of which layers."""

    def __init__(self, brush: BrushModel, parent: QWidget | None = None) -> None:
        super().__init__(brush.paint, parent)
        self.side = self.add_choice(
            "sample_side",
            self.tr("Average"),
            self.tr("How large a square the colour is averaged over."),
            tuple((str(n), self.tr("{0} x {0} px").format(n), "") for n in (1, 3, 5, 11)),
        )
        self.all_layers = self.add_switch(
            "sample_all",
            self.tr("All layers"),
            self.tr("Look at the picture as it is seen, not at the active layer alone."),
        )
