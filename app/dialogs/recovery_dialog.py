"""The offer of work that was not saved when the program ended the last time."""

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import qt_images, theme
from editing.recovery import Summary

_WIDTH = 560
_PICTURE = QSize(96, 72)
_SHOWN_ROWS = 4


class RecoveryDialog(QDialog):
    """One row for each document: picture, name, size and time, and what to do with it.

    Signals:
        recover_clicked, discard_clicked: place of the row.
    """

    recover_clicked = Signal(int)
    discard_clicked = Signal(int)

    def __init__(self, found: Sequence[Summary], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Recover work"))
        self.setMinimumWidth(_WIDTH)
        heading = QLabel(self.tr("The program ended without saving this work."), self)
        heading.setProperty("heading", True)
        text = QLabel(
            self.tr(
                "A recovered document opens as it was after the last stroke; its file stays as "
                "it is until you save."
            ),
            self,
        )
        text.setProperty("dim", True)
        for label in (heading, text):
            label.setWordWrap(True)
        self.rows = [RecoveryRow(summary, self, first=not k) for k, summary in enumerate(found)]
        content = QWidget(self)
        self._list = QVBoxLayout(content)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(theme.GRID)
        for row in self.rows:
            self._list.addWidget(row)
            row.recover.clicked.connect(
                lambda _=False, row=row: self.recover_clicked.emit(self.rows.index(row))
            )
            row.discarded.connect(lambda row=row: self.discard_clicked.emit(self.rows.index(row)))
        self._list.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        shown = min(len(self.rows), _SHOWN_ROWS)
        scroll.setMinimumHeight(
            sum(row.sizeHint().height() + theme.GRID for row in self.rows[:shown])
        )
        self.later = QPushButton(self.tr("Decide later"), self)
        self.later.setToolTip(self.tr("Ask again at the next start."))
        self.later.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.later)
        layout = QVBoxLayout(self)
        margin = 2 * theme.GRID
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.GRID)
        layout.addWidget(heading)
        layout.addWidget(text)
        layout.addSpacing(theme.GRID)
        layout.addWidget(scroll, 1)
        layout.addLayout(buttons)
        if self.rows:
            self.rows[0].recover.setDefault(True)
            self.rows[0].recover.setFocus()

    def remove(self, place: int) -> None:
        """Take a row away."""
        row = self.rows.pop(place)
        self._list.removeWidget(row)
        row.deleteLater()


class RecoveryRow(QFrame):
    """One document.

    Signals:
        discarded: it is not wanted, said twice.
    """

    discarded = Signal()

    def __init__(
        self, summary: Summary, parent: QWidget | None = None, *, first: bool = False
    ) -> None:
        super().__init__(parent)
        name = self.tr("Untitled") if summary.path is None else summary.path.name
        picture = QLabel(self)
        picture.setFixedSize(_PICTURE)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture.setAccessibleName(self.tr("Small picture of {0}").format(name))
        picture.setToolTip(name if summary.path is None else str(summary.path))
        if summary.thumbnail is not None:
            picture.setPixmap(_pixmap(summary))
        else:
            picture.setText(self.tr("no preview"))
            picture.setProperty("dim", True)
        title = QLabel(self)
        title.setProperty("heading", True)
        title.setText(title.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 200))
        title.setToolTip(picture.toolTip())
        details = QLabel(self._details(summary), self)
        details.setProperty("dim", True)
        self.recover = QPushButton(self.tr("Recover"), self)
        self.recover.setProperty("primary", first)
        self.recover.setToolTip(self.tr("Open {0} as it was.").format(name))
        self.recover.setAccessibleName(self.tr("Recover {0}").format(name))
        self.discard = QPushButton(self.tr("Discard"), self)
        self.discard.setAutoDefault(False)
        self.discard.setToolTip(self.tr("Give up the changes to {0} for good.").format(name))
        self.discard.setAccessibleName(self.tr("Discard {0}").format(name))
        self.discard.clicked.connect(self._on_discard)
        texts = QVBoxLayout()
        texts.setSpacing(theme.GRID // 2)
        texts.addStretch(1)
        texts.addWidget(title)
        texts.addWidget(details)
        texts.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(picture)
        layout.addSpacing(theme.GRID)
        layout.addLayout(texts, 1)
        layout.addWidget(self.discard)
        layout.addWidget(self.recover)

    def _details(self, summary: Summary) -> str:
        moment = QDateTime.fromSecsSinceEpoch(int(summary.time))
        when = QLocale().toString(moment, QLocale.FormatType.ShortFormat)
        width, height = summary.size
        return self.tr("{0} x {1} pixels\nLast edit: {2}").format(width, height, when)

    def _on_discard(self) -> None:
        really = self.tr("Really discard")
        if self.discard.text() == really:
            self.discarded.emit()
        else:
            self.discard.setText(really)


def _pixmap(summary: Summary) -> QPixmap:
    if summary.thumbnail is None:
        return QPixmap()
    image = qt_images.to_qimage(summary.thumbnail)
    return QPixmap.fromImage(image).scaled(
        _PICTURE,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
