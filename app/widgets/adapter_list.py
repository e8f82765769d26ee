"""LoRAs with their strengths, and textual inversions, that the model wears: a row each."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.widgets.labeled_slider import LabeledSlider
from app.widgets.tab_order import follow_layout

_STRONGEST = 2.0
_STEP = 0.05


class AdapterList(QWidget):
    """The rows and a button that adds one; hidden while there is nothing to wear or to add.

    Signals:
        loras_edited: tuple of name and strength of each.
        embeddings_edited: tuple of names.
    """

    loras_edited = Signal(object)
    embeddings_edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loras: tuple[tuple[str, float], ...] = ()
        self._embeddings: tuple[str, ...] = ()
        self._offer: tuple[Sequence[str], Sequence[str]] = ((), ())
        self.sliders: dict[str, LabeledSlider] = {}
        self.removers: dict[str, QToolButton] = {}
        self._rows: list[QWidget] = []
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self.add = QPushButton(self.tr("Add LoRA…"), self)
        self.add.setAccessibleName(self.tr("Add LoRA"))
        self.add.setToolTip(
            self.tr("Let the model wear a LoRA or know a textual inversion that fits it.")
        )
        self.add.setMenu(self._menu)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.GRID)
        self._layout.addWidget(self.add)
        self._show()

    def set_offer(self, loras: Sequence[str], embeddings: Sequence[str]) -> None:
        """Offer these, by name."""
        self._offer = (loras, embeddings)
        self._show_menu()

    def set_loras(self, loras: tuple[tuple[str, float], ...]) -> None:
        """Show these; a slider that is being moved stays."""
        same = [name for name, _ in loras] == [name for name, _ in self._loras]
        self._loras = loras
        if not same:
            self._show()
        for name, strength in loras:
            self.sliders[name].set_value(strength)

    def set_embeddings(self, names: tuple[str, ...]) -> None:
        """Show these."""
        self._embeddings = names
        self._show()

    def _show(self) -> None:
        for row in self._rows:
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.sliders, self.removers, self._rows = {}, {}, []
        for name, strength in self._loras:
            self._add_lora(name, strength)
        for name in self._embeddings:
            self._add_embedding(name)
        self._show_menu()
        # New rows come last in the tab order by themselves.
        follow_layout(self.window())

    def _add_lora(self, name: str, strength: float) -> None:
        help_text = self.tr("Strength of this LoRA: 1 as it was made, below 0 its opposite.")
        slider = LabeledSlider(
            name, help_text, low=-_STRONGEST, high=_STRONGEST, step=_STEP, decimals=2
        )
        slider.set_value(strength)
        slider.edited.connect(lambda value: self._set_strength(name, value))
        self.sliders[name] = slider
        self._add_row(slider, name, lambda: self._remove_lora(name))

    def _add_embedding(self, name: str) -> None:
        label = QLabel(self.tr("“{0}” in the prompt").format(name))
        label.setToolTip(self.tr("A textual inversion: its name is a word of the prompt."))
        self._add_row(label, name, lambda: self._remove_embedding(name))

    def _add_row(self, content: QWidget, name: str, remove: Callable[[], None]) -> None:
        row = QWidget(self)
        button = QToolButton(row)
        button.setIcon(theme.icon("close"))
        button.setToolTip(self.tr("Take it off."))
        button.setAccessibleName(self.tr("Take off {0}").format(name))
        button.clicked.connect(lambda _=False: remove())
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID // 2)
        layout.addWidget(content, 1)
        layout.addWidget(button)
        self._layout.insertWidget(len(self._rows), row)
        self._rows.append(row)
        self.removers[name] = button

    def _set_strength(self, name: str, value: float) -> None:
        self._loras = tuple((own, value if own == name else old) for own, old in self._loras)
        self.loras_edited.emit(self._loras)

    def _remove_lora(self, name: str) -> None:
        self.loras_edited.emit(tuple(pair for pair in self._loras if pair[0] != name))

    def _remove_embedding(self, name: str) -> None:
        self.embeddings_edited.emit(tuple(own for own in self._embeddings if own != name))

    def _show_menu(self) -> None:
        self._menu.clear()
        worn = {name for name, _ in self._loras}
        for name in self._offer[0]:
            if name not in worn:
                self._entry(name, self.tr("LoRA"), self._wear)
        for name in self._offer[1]:
            if name not in self._embeddings:
                self._entry(name, self.tr("Textual inversion"), self._learn)
        self.add.setEnabled(not self._menu.isEmpty())
        self.setVisible(bool(self._rows) or not self._menu.isEmpty())

    def _entry(self, name: str, kind: str, chosen: Callable[[str], None]) -> None:
        # A single & would underline a letter of the name.
        action = self._menu.addAction(name.replace("&", "&&"))
        action.setToolTip(kind)
        action.triggered.connect(lambda _=False: chosen(name))

    def _wear(self, name: str) -> None:
        self.loras_edited.emit((*self._loras, (name, 1.0)))

    def _learn(self, name: str) -> None:
        self.embeddings_edited.emit((*self._embeddings, name))
