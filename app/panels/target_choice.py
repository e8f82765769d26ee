"""What the tools paint on: the active region, the active layer, or that layer's mask."""

from PySide6.QtWidgets import QSizePolicy, QWidget

from app.models.document_model import DocumentModel
from app.widgets.choice_box import ChoiceBox

_WIDTH = 96


class TargetChoice(ChoiceBox):
    """Shows the target of a document and changes it; a mask is offered where there is one."""

    def __init__(self, model: DocumentModel, parent: QWidget | None = None) -> None:
        super().__init__((), self.tr("What the tools paint on"), parent)
        self._model = model
        self.setAccessibleName(self.tr("Paint on"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(0)
        self.setFixedWidth(_WIDTH)
        self.picked.connect(self._pick)
        model.active_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        document = self._model.document
        choices = [
            ("region", self.tr("Region"), self.tr("The mask of the active region.")),
            ("layer", self.tr("Layer"), self.tr("The pixels of the active layer.")),
        ]
        if document is not None and document.active_layer.mask is not None:
            sentence = self.tr("What is shown of the active layer.")
            choices.append(("layer_mask", self.tr("Mask"), sentence))
        self.set_choices(choices)
        self.set_choice("region" if document is None else document.target)

    def _pick(self, name: str) -> None:
        if name == "layer_mask":
            self._model.set_target("layer_mask")
        else:
            self._model.set_target("layer" if name == "layer" else "region")
