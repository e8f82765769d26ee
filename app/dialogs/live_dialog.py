"""A dialog whose numbers are checked as they are typed.

A note tells what they mean, or what is wrong with them.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import theme
from editing.errors import EditingError

_LARGEST_SIDE = 99_999
_WIDTH = 400


class LiveDialog(QDialog):
    """A form, a note and two buttons.

    Args:
        size: of the document now, width and height.

    Attributes:
        form: for the rows. note: tells what will be made. accept_button: disabled on errors.
    """

    def __init__(self, size: tuple[int, int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(_WIDTH)
        self._size = size
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(2 * theme.GRID)
        self.form.setVerticalSpacing(theme.GRID)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.form.addRow(self.tr("Now"), QLabel(size_text(size), self))
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(2 * self.note.fontMetrics().lineSpacing())
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.accept_button = QPushButton(self)
        self.accept_button.setProperty("primary", True)
        self.accept_button.setDefault(True)
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        layout.setSpacing(2 * theme.GRID)
        layout.addLayout(self.form)
        layout.addWidget(self.note)
        layout.addWidget(buttons)

    def set_texts(self, title: str, accept_text: str) -> None:
        """Name the window, and the button that makes the edit."""
        self.setWindowTitle(title)
        self.accept_button.setText(accept_text)

    def check(self) -> str:
        """What the numbers mean, for the note (EditingError if they make no sense)."""
        return ""

    def refresh(self) -> None:
        """Look at the numbers again."""
        try:
            text, is_possible = self.check(), True
        except EditingError as error:
            text, is_possible = error.sentence, False
        self.note.setText(text)
        self.note.setProperty("dim", is_possible)
        self.note.style().unpolish(self.note)
        self.note.style().polish(self.note)
        self.accept_button.setEnabled(is_possible)

    def side_field(self, name: str, sentence: str, value: int) -> QSpinBox:
        """A field for a width or height in pixels."""
        field = QSpinBox(self)
        field.setRange(1, _LARGEST_SIDE)
        field.setSuffix(self.tr(" px"))
        field.setValue(value)
        field.setToolTip(sentence)
        field.setAccessibleName(name)
        field.setAccessibleDescription(sentence)
        return field


def size_text(size: tuple[int, int]) -> str:
    """A size in pixels and megapixels."""
    megapixels = size[0] * size[1] / 1_000_000
    digits = 1 if megapixels >= 0.1 else 2
    return f"{size[0]} x {size[1]} px ({megapixels:.{digits}f} MP)"
