"""The seed: the number itself, a dice for another one, and a lock to keep it."""

import re
import secrets

from PySide6.QtCore import QRegularExpression, QSignalBlocker, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from app import theme

LARGEST_SEED = 2**63 - 1
_DICE_LIMIT = 2**31
_DIGITS = re.compile(r"\d+")


def random_seed() -> int:
    """A seed that is short enough to be typed again."""
    return secrets.randbelow(_DICE_LIMIT)


class SeedField(QWidget):
    """Seeds do not fit a spin box of 32 bits, so the field takes digits.

    Signals:
        edited: the seed that was typed or thrown. locked: whether it is kept, after a click.
    """

    edited = Signal(object)
    locked = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        help_text = self.tr(
            "The seed decides the noise that the run starts from: the same settings and the same "
            "seed give the same picture."
        )
        self.field = QLineEdit("0", self)
        self.field.setValidator(
            QRegularExpressionValidator(QRegularExpression(r"\d{1,19}"), self.field)
        )
        self.field.setToolTip(help_text)
        self.field.setAccessibleName(self.tr("Seed"))
        label = QLabel(self.tr("Seed"), self)
        label.setBuddy(self.field)
        self.dice = self._button("dice", self.tr("Throw another seed."), self.tr("New seed"))
        self.lock = self._button(
            "unlock", self.tr("Keep the seed; unlocked, each run takes a new one."),
            self.tr("Keep seed"),
        )  # fmt: skip
        self.lock.setCheckable(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID // 2)
        layout.addWidget(label)
        layout.addSpacing(theme.GRID)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.dice)
        layout.addWidget(self.lock)
        self.field.textEdited.connect(self._on_typed)
        self.dice.clicked.connect(self._on_dice)
        self.lock.clicked.connect(self._on_lock)

    def set_seed(self, seed: int) -> None:
        """Show a seed without telling anyone."""
        # Leave the text alone while it says the same, so that typing "007" does not jump.
        if self._typed() != seed:
            with QSignalBlocker(self.field):
                self.field.setText(str(seed))

    def set_locked(self, locked: bool) -> None:
        """Show whether the seed is kept, without telling anyone."""
        self.lock.setChecked(locked)
        self.lock.setIcon(theme.icon("lock" if locked else "unlock"))

    def _typed(self) -> int | None:
        text = self.field.text()
        return min(int(text), LARGEST_SEED) if _DIGITS.fullmatch(text) else None

    def _on_typed(self) -> None:
        seed = self._typed()
        if seed is not None:
            self.edited.emit(seed)

    def _on_dice(self) -> None:
        seed = random_seed()
        self.set_seed(seed)
        self.edited.emit(seed)

    def _on_lock(self, locked: bool) -> None:
        self.set_locked(locked)
        self.locked.emit(locked)

    def _button(self, icon: str, help_text: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(theme.icon(icon))
        button.setToolTip(help_text)
        button.setAccessibleName(name)
        return button
