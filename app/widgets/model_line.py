"""The model in one line: which one does the work, and the way to all of them."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app import theme
from app.widgets.choice_box import ChoiceBox


class ModelLine(QWidget):
    """A box to choose the model, and a button.

    Signals:
        picked: name of the model that was chosen, "" for the automatic choice.
        manage_clicked: the person wants to see all models.
    """

    picked = Signal(str)
    manage_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen = ""
        self._models: list[tuple[str, str, str]] = []
        self._automatic = ""
        label = QLabel(self.tr("Model"), self)
        self.box = ChoiceBox((), self.tr("Which model does the work."), self)
        self.box.setAccessibleName(self.tr("Model"))
        label.setBuddy(self.box)
        self.manage = QToolButton(self)
        self.manage.setIcon(theme.icon("more"))
        self.manage.setToolTip(
            self.tr("Manage models: look at, add, download, check and remove them.")
        )
        self.manage.setAccessibleName(self.tr("Manage models"))
        self.box.picked.connect(self._pick)
        self.manage.clicked.connect(self.manage_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(label)
        layout.addWidget(self.box, 1)
        layout.addWidget(self.manage)
        self._show()

    def set_models(self, models: Sequence[tuple[str, str, str]], automatic: str) -> None:
        """Offer these models.

        Args:
            models: name, title and help text of each.
            automatic: title of the one that is taken if none is chosen; "" if there is none.
        """
        self._models, self._automatic = list(models), automatic
        self._show()

    def set_choice(self, name: str) -> None:
        """Show a choice; a model that is not offered is named as such."""
        self._chosen = name
        self._show()

    def _pick(self, name: str) -> None:
        self._chosen = name
        self.picked.emit(name)

    def _show(self) -> None:
        text = self.tr("Automatic")
        if self._automatic:
            text = self.tr("{0} (auto)").format(self._automatic)
        choices = [("", text, self.tr("The usual model of the mode.")), *self._models]
        if self._chosen not in [name for name, _, _ in choices]:
            sentence = self.tr("This model is not among those that can do this.")
            choices.append((self._chosen, self.tr("{0} (not here)").format(self._chosen), sentence))
        self.box.set_choices(choices)
        self.box.set_choice(self._chosen)
