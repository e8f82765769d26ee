"""The list of regions: eye, colour, thumbnail, name, and how late each is decided."""

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from app import theme
from app.widgets.region_rows import THUMBNAIL_ROLE, RegionRows
from app.widgets.stack_rows import ITEM_ROLE, Index

if TYPE_CHECKING:
    # Known only after the first frame.
    from editing.region import Region

ROW_HEIGHT = 40
THUMBNAIL_SIDE = 30
_EYE, _CHIP, _GAP = 20, 16, theme.GRID
_VALUE_WIDTH = 36


def eye_rect(row: QRect) -> QRect:
    """Where the eye is, given the row."""
    return QRect(row.left() + _GAP, row.center().y() - _EYE // 2 + 1, _EYE, _EYE)


def chip_rect(row: QRect) -> QRect:
    """Where the colour is."""
    left = eye_rect(row).right() + 1 + _GAP
    return QRect(left, row.center().y() - _CHIP // 2 + 1, _CHIP, _CHIP)


def _thumbnail_rect(row: QRect) -> QRect:
    left = chip_rect(row).right() + 1 + _GAP
    top = row.center().y() - THUMBNAIL_SIDE // 2 + 1
    return QRect(left, top, THUMBNAIL_SIDE, THUMBNAIL_SIDE)


def name_rect(row: QRect) -> QRect:
    """Where the name is."""
    left = _thumbnail_rect(row).right() + 1 + _GAP
    return QRect(left, row.top(), row.right() - _VALUE_WIDTH - 2 * _GAP - left, row.height())


class RegionDelegate(QStyledItemDelegate):
    """Draws a row, and knows what was clicked at.

    Signals:
        colour_wanted: id of the region whose colour was clicked at.
        visible_wanted: id of the region whose eye was clicked at, and whether it is to be shown.
    """

    colour_wanted = Signal(int)
    visible_wanted = Signal(int, bool)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Qt: rows of one height."""
        del option, index
        return QSize(160, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt: draw a row."""
        region: Region = index.data(ITEM_ROLE)
        row, state = _rect_and_state(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(row, QColor(theme.BUTTON))
            painter.fillRect(QRect(row.left(), row.top(), 3, row.height()), QColor(*region.colour))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(row, QColor(theme.WINDOW))
        icon = theme.icon("eye" if region.visible else "eye-closed")
        painter.setOpacity(1.0 if region.visible else 0.6)
        icon.paint(painter, eye_rect(row))
        painter.setPen(QPen(QColor(theme.BORDER), 1))
        painter.setBrush(QColor(*region.colour))
        painter.drawRoundedRect(chip_rect(row), 3, 3)
        self._draw_thumbnail(painter, _thumbnail_rect(row), index)
        flag = Qt.AlignmentFlag
        painter.setPen(QColor(theme.TEXT))
        place = name_rect(row)
        name = painter.fontMetrics().elidedText(
            region.name, Qt.TextElideMode.ElideRight, place.width()
        )
        painter.drawText(place, flag.AlignLeft | flag.AlignVCenter, name)
        painter.setPen(QColor(theme.DIM))
        right = row.adjusted(0, 0, -_GAP, 0)
        painter.drawText(right, flag.AlignRight | flag.AlignVCenter, f"{region.concavity:.2f}")
        painter.restore()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Qt: the name is edited where it stands."""
        del index
        row, _ = _rect_and_state(option)
        editor.setGeometry(name_rect(row).adjusted(-6, 6, 0, -6))

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Qt: a click at the eye or at the colour."""
        kinds = (QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)
        if event.type() in kinds and isinstance(event, QMouseEvent):
            row, _ = _rect_and_state(option)
            place, region = event.position().toPoint(), index.data(ITEM_ROLE)
            if eye_rect(row).adjusted(-6, -6, 4, 6).contains(place):
                self.visible_wanted.emit(region.id, not region.visible)
                return True
            if chip_rect(row).adjusted(-4, -6, 4, 6).contains(place):
                if event.type() == QEvent.Type.MouseButtonRelease:
                    self.colour_wanted.emit(region.id)
                return True
        return super().editorEvent(event, model, option, index)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Qt: what is under the pointer."""
        row, _ = _rect_and_state(option)
        place = event.pos()
        if not index.isValid():
            return False
        if place.x() < eye_rect(row).right() + 4:
            text = self.tr("Show this region and use it in a run")
        elif place.x() < chip_rect(row).right() + 4:
            text = self.tr("Colour of this region")
        elif place.x() > name_rect(row).right():
            text = self.tr("How late this region is decided")
        else:
            text = self.tr("Double-click to rename, drag to reorder")
        QToolTip.showText(event.globalPos(), text, view)
        return True

    @staticmethod
    def _draw_thumbnail(painter: QPainter, place: QRect, index: Index) -> None:
        painter.setBrush(QColor(theme.FIELD))
        painter.drawRect(place)
        pixmap = index.data(THUMBNAIL_ROLE)
        if pixmap is not None:
            size = pixmap.deviceIndependentSize().toSize()
            size.scale(place.size() - QSize(2, 2), Qt.AspectRatioMode.KeepAspectRatio)
            inner = QRect(0, 0, size.width(), size.height())
            inner.moveCenter(place.center())
            painter.drawPixmap(inner, pixmap)


def _rect_and_state(option: QStyleOptionViewItem) -> tuple[QRect, QStyle.StateFlag]:
    """The fields of the option, whose types its stubs leave out."""
    rect: QRect = getattr(option, "rect")  # noqa: B009
    state: QStyle.StateFlag = getattr(option, "state")  # noqa: B009
    return rect, state


class RegionList(QListView):
    """Rows of regions; one is chosen at any time.

    Signals:
        chosen: id of the region that the person chose.
        colour_wanted: id of the region whose colour was clicked at.
    """

    chosen = Signal(int)
    colour_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RegionRows(self)
        self.setModel(self.rows)
        delegate = RegionDelegate(self)
        self.setItemDelegate(delegate)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Regions"))
        self.setToolTip(self.tr("The parts that are redone; the chosen one is painted on"))
        self.setMinimumHeight(2 * ROW_HEIGHT)
        delegate.colour_wanted.connect(self.colour_wanted)
        delegate.visible_wanted.connect(self.rows.visible_wanted)
        self.selectionModel().currentChanged.connect(self._on_current)
        self._quiet = False

    def choose(self, region_id: int) -> None:
        """Show a region as the chosen one, without telling anyone."""
        row = self.rows.row(region_id)
        if row >= 0 and self.currentIndex().row() != row:
            self._quiet = True
            self.setCurrentIndex(self.rows.index(row))
            self._quiet = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: a click at the row that is chosen already chooses it again, to paint on it."""
        place = event.position().toPoint()
        index = self.indexAt(place)
        is_again = index.isValid() and index == self.currentIndex()
        super().mousePressEvent(event)
        if is_again and place.x() > chip_rect(self.visualRect(index)).right():
            self.chosen.emit(index.data(ITEM_ROLE).id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: Space shows or hides the chosen region."""
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            region = index.data(ITEM_ROLE)
            self.rows.visible_wanted.emit(region.id, not region.visible)
        else:
            super().keyPressEvent(event)

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid() and not self._quiet:
            self.chosen.emit(current.data(ITEM_ROLE).id)
