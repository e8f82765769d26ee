"""What the window shows before there is a picture: what it does, and the ways to begin."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme

THUMBNAIL_SIDE = 32
"""Longest side of the small pictures of recent files, in widget pixels."""

_WIDTH = 520
_KEEP = Qt.AspectRatioMode.KeepAspectRatio


class StartPage(QWidget):
    """Open, Generate, and the recent files.

    Signals:
        open_clicked, generate_clicked: the button of that name.
        recent_clicked: path of the recent file that was chosen.
    """

    open_clicked = Signal()
    generate_clicked = Signal()
    recent_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel(self.tr("AsynDM Studio"), self)
        title.setProperty("title", True)
        sentence = QLabel(
            self.tr(
                "Get one region of a picture right: paint over it, and the model decides that "
                "region last, with everything around it already clear."
            ),
            self,
        )
        drop = QLabel(self.tr("…or drop a picture anywhere in the window."), self)
        for label in (sentence, drop):
            label.setWordWrap(True)
            label.setProperty("dim", True)
        self.open = self._button(
            "open", self.tr("Open a picture"), self.tr("Open a picture from disk (Ctrl+O)")
        )
        self.open.clicked.connect(self.open_clicked)
        self.generate = self._button(
            "generate", self.tr("Generate one"), self.tr("Make a picture from a prompt.")
        )
        self.generate.clicked.connect(self.generate_clicked)
        self.open.setProperty("primary", True)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        buttons.addWidget(self.open)
        buttons.addWidget(self.generate)
        self._heading = QLabel(self.tr("Recent"), self)
        self._heading.setProperty("heading", True)
        # The clear strip at the right keeps the name off the picture.
        self._icon_size = QSize(THUMBNAIL_SIDE + theme.GRID, THUMBNAIL_SIDE)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        self._lay_out((title, sentence), buttons, drop)

    def set_recent(self, paths: Sequence[str]) -> None:
        """List these files; the names are shown, the folders are in the tooltips."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for path in paths:
            self._recent.addWidget(self._recent_button(path))
        self._heading.setVisible(bool(paths))

    def set_thumbnail(self, path: str, image: QImage) -> None:
        """Show a small picture beside a recent file."""
        # Twice the size, for screens of high resolution.
        pixmap = QPixmap(self._icon_size * 2)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        square = QRect(0, 0, pixmap.height(), pixmap.height())
        fitted = QRect(QPoint(), image.size().scaled(square.size(), _KEEP))
        fitted.moveCenter(square.center())
        painter.drawImage(fitted, image)
        painter.end()
        for button in self._buttons_of(path):
            button.setIcon(QIcon(pixmap))

    def mark_missing(self, path: str) -> None:
        """Show that a recent file is gone."""
        for button in self._buttons_of(path):
            button.setEnabled(False)
            button.setToolTip(self.tr("{0} is not there any more.").format(path))

    def _buttons_of(self, path: str) -> list[QPushButton]:
        return [button for button in self.recent_buttons() if button.property("path") == path]

    def recent_buttons(self) -> list[QPushButton]:
        """The buttons of the recent files."""
        widgets = (self._recent.itemAt(k) for k in range(self._recent.count()))
        return [w for item in widgets if item and isinstance(w := item.widget(), QPushButton)]

    def _recent_button(self, path: str) -> QPushButton:
        button = QPushButton(Path(path).name, self)
        button.setProperty("link", True)
        button.setProperty("path", path)
        button.setIconSize(self._icon_size)
        # An empty place keeps the names in line until the small picture comes, if it does.
        empty = QPixmap(self._icon_size)
        empty.fill(Qt.GlobalColor.transparent)
        button.setIcon(QIcon(empty))
        button.setToolTip(path)
        button.setAccessibleName(self.tr("Open {0}").format(Path(path).name))
        button.clicked.connect(lambda: self.recent_clicked.emit(path))
        return button

    def _button(self, icon: str, text: str, help_text: str) -> QPushButton:
        button = QPushButton(theme.icon(icon), text, self)
        button.setMinimumHeight(5 * theme.GRID)
        button.setToolTip(help_text)
        button.setAccessibleName(text)
        return button

    def _lay_out(self, top: Sequence[QLabel], buttons: QHBoxLayout, drop: QLabel) -> None:
        column = QWidget(self)
        column.setFixedWidth(_WIDTH)
        inner = QVBoxLayout(column)
        inner.setSpacing(2 * theme.GRID)
        for label in top:
            inner.addWidget(label)
        inner.addSpacing(theme.GRID)
        inner.addLayout(buttons)
        inner.addWidget(drop)
        inner.addSpacing(theme.GRID)
        recent = QVBoxLayout()
        recent.setSpacing(theme.GRID // 2)
        recent.addWidget(self._heading)
        recent.addLayout(self._recent)
        inner.addLayout(recent)
        # An alignment would have the height worked out for the width of the window, where the
        # sentence needs fewer lines.
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(column)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addLayout(row)
        layout.addStretch(3)
        self._heading.hide()
