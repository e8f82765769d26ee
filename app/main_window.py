"""The window: it arranges the parts that it is given, and passes on drops and the wish to close.

No feature lives here; ``app.application`` builds the parts and connects them.
"""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QByteArray, QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import menus, theme
from app.panels.settings_column import USUAL_WIDTH, SettingsColumn
from app.panels.tool_options_bar import ToolOptionsBar
from app.panels.tool_strip import ToolStrip
from app.start_page import StartPage
from app.widgets.message_bar import MessageBar
from app.widgets.progress_strip import ProgressStrip
from app.widgets.recent_menu import RecentMenu
from app.widgets.result_bar import ResultBar
from app.widgets.tab_order import follow_layout

_SIZE = (1280, 832)
_ARRANGEMENT_PARTS = 3


class MainWindow(QMainWindow):
    """Menus, tool strip, canvas or start page, settings column, bars.

    Args:
        actions: by identifier, as in ``app.actions``.

    Attributes:
        may_close: asked before the window closes; False keeps it open.
        message_bar: what went wrong or is worth knowing. file_bar: what happened to the file.
        split: between the canvas and the settings column.

    Signals:
        first_frame: the window was painted for the first time.
        dropped: the data of a drop that may hold a picture, and the keys that were held.
    """

    first_frame = Signal()
    dropped = Signal(QMimeData, Qt.KeyboardModifier)

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.may_close: Callable[[], bool] = lambda: True
        self._painted = False
        self.setAcceptDrops(True)
        self.setWindowTitle(self.tr("AsynDM Studio") + "[*]")
        self.resize(*_SIZE)
        self.menus = menus.fill(self.menuBar(), actions)
        self.recent_menu = RecentMenu(self)
        self.menus["file"].insertMenu(actions["save"], self.recent_menu)
        self.menus["file"].insertSeparator(actions["save"])
        self.centre = QWidget(self)
        self.start_page = StartPage(self)
        self.tool_strip = ToolStrip(actions, self)
        self.tool_options = ToolOptionsBar(self)
        self.tool_options.hide()
        self.column = SettingsColumn(actions, self)
        self.message_bar = MessageBar(self)
        self.file_bar = MessageBar(self)
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.result_bar = ResultBar(actions["accept"], actions["discard"], self)
        self.progress = ProgressStrip(self)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.start_page)
        self.place = self._field(self.tr("Position of the pointer in the picture"))
        self.zoom = self._field(self.tr("Magnification"))
        self.picture_size = self._field(self.tr("Size of the picture"))
        self._lay_out()

    def show_canvas(self, canvas: QWidget) -> None:
        """Put the canvas in the centre, in place of the start page."""
        if self.stack.indexOf(canvas) < 0:
            self.stack.addWidget(canvas)
            follow_layout(self.centre)
        self.stack.setCurrentWidget(canvas)
        self.tool_options.setHidden(self.tool_strip.isHidden())

    def show_start_page(self) -> None:
        """Put the start page in the centre."""
        self.stack.setCurrentWidget(self.start_page)
        self.tool_options.hide()

    @property
    def shows_canvas(self) -> bool:
        """Whether the canvas is in the centre."""
        return self.stack.currentWidget() is not self.start_page

    def set_recent(self, paths: Sequence[str]) -> None:
        """Offer these files in the menu and on the start page."""
        self.recent_menu.set_recent(paths)
        self.start_page.set_recent(paths)

    def hide_panels(self, hidden: bool) -> None:
        """Leave the window to the canvas, or bring the panels back."""
        self.tool_strip.setHidden(hidden)
        self.tool_options.setHidden(hidden or not self.shows_canvas)
        self.column.setHidden(hidden)

    def place_as_text(self) -> str:
        """Place and size of the window, for the settings."""
        return _as_text(self.saveGeometry())

    def restore_place(self, text: str) -> None:
        """Go where the window was; nonsense is ignored."""
        if text:
            self.restoreGeometry(_from_text(text))

    def arrangement_as_texts(self) -> list[str]:
        """Where the two splitters are and which tab is shown, for the settings."""
        column = self.column
        splits = [_as_text(split.saveState()) for split in (self.split, column.split)]
        return [*splits, str(column.tabs.currentIndex())]

    def restore_arrangement(self, texts: Sequence[str]) -> None:
        """Put splitters and tab where they were; nonsense is ignored."""
        if len(texts) != _ARRANGEMENT_PARTS:
            return
        across, down, tab = texts
        self.split.restoreState(_from_text(across))
        self.column.split.restoreState(_from_text(down))
        if tab.isdecimal() and int(tab) < self.column.tabs.count():
            self.column.tabs.setCurrentIndex(int(tab))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt: tell of the first frame once it is on its way to the screen."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_frame.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Qt: close, unless there is a reason not to."""
        if self.may_close():
            event.accept()
        else:
            event.ignore()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Qt: files and pictures are welcome anywhere."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Qt: as for the entry."""
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Qt: pass the data on."""
        event.acceptProposedAction()
        self.dropped.emit(event.mimeData(), event.modifiers())

    def _field(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setAccessibleName(name)
        label.setToolTip(name)
        label.setProperty("dim", True)
        label.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
        self.statusBar().addPermanentWidget(label)
        return label

    def _lay_out(self) -> None:
        # A message lies over the canvas, so that the picture does not jump when it comes.
        canvas = QGridLayout()
        canvas.setSpacing(0)
        canvas.addWidget(self.stack, 0, 0)
        messages = QVBoxLayout()
        messages.setSpacing(1)
        messages.addWidget(self.file_bar)
        messages.addWidget(self.message_bar)
        messages.addStretch(1)
        canvas.addLayout(messages, 0, 0)
        canvas.addWidget(self.result_bar, 1, 0)
        canvas.setRowStretch(0, 1)
        self.result_bar.hide()
        middle = QWidget(self)
        over = QVBoxLayout(middle)
        over.setContentsMargins(0, 0, 0, 0)
        over.setSpacing(0)
        over.addWidget(self.tool_options)
        over.addLayout(canvas, 1)
        for bar in (self.file_bar, self.message_bar):
            bar.raise_()
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(middle)
        self.split.addWidget(self.column)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 0)
        self.split.setSizes([_SIZE[0] - USUAL_WIDTH, USUAL_WIDTH])
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.tool_strip)
        row.addWidget(self.split, 1)
        self.centre.setObjectName("centre")
        layout = QVBoxLayout(self.centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row, 1)
        layout.addWidget(self.progress)
        self.setCentralWidget(self.centre)
        self.statusBar().setSizeGripEnabled(False)
        follow_layout(self.centre)


def _as_text(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode("ascii")


def _from_text(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii", "ignore"))
