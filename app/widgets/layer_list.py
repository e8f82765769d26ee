"""The list of layers: eye, small pictures of layer and mask, name, lock."""

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QBrush,
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
)
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
from app.widgets.layer_rows import MASK_ROLE, TARGET_ROLE, THUMBNAIL_ROLE, LayerRows
from app.widgets.stack_rows import ITEM_ROLE, Index

if TYPE_CHECKING:
    # Known only after the first frame.
    from editing.layer import Layer

ROW_HEIGHT = 44
THUMBNAIL_SIDE = 36
_EYE, _LOCK, _GAP = 20, 16, theme.GRID
_CHECK = 4
_LIGHT, _DARK = "#8b8f96", "#6d7178"


def eye_rect(row: QRect) -> QRect:
    """Where the eye is, given the row."""
    return QRect(row.left() + _GAP, row.center().y() - _EYE // 2 + 1, _EYE, _EYE)


def thumbnail_rect(row: QRect) -> QRect:
    """Where the layer's small picture is."""
    left = eye_rect(row).right() + 1 + _GAP
    top = row.center().y() - THUMBNAIL_SIDE // 2 + 1
    return QRect(left, top, THUMBNAIL_SIDE, THUMBNAIL_SIDE)


def mask_rect(row: QRect) -> QRect:
    """Where the small picture of the mask is, if the layer has one."""
    return thumbnail_rect(row).translated(THUMBNAIL_SIDE + _GAP // 2 + 2, 0)


def lock_rect(row: QRect) -> QRect:
    """Where the lock is."""
    left = row.right() + 1 - _GAP - _LOCK
    return QRect(left, row.center().y() - _LOCK // 2 + 1, _LOCK, _LOCK)


def name_rect(row: QRect, *, is_masked: bool) -> QRect:
    """Where the name is."""
    before = mask_rect(row) if is_masked else thumbnail_rect(row)
    left = before.right() + 1 + _GAP
    return QRect(left, row.top(), lock_rect(row).left() - _GAP - left, row.height())


class LayerDelegate(QStyledItemDelegate):
    """Draws a row, and tells what is under the pointer."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Qt: rows of one height."""
        del option, index
        return QSize(160, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt: draw a row."""
        layer: Layer = index.data(ITEM_ROLE)
        row, state = _rect_and_state(option)
        is_hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(row, QColor(theme.BUTTON))
            painter.fillRect(QRect(row.left(), row.top(), 3, row.height()), QColor(theme.ACCENT))
        elif is_hovered:
            painter.fillRect(row, QColor(theme.WINDOW))
        eye = "eye" if layer.visible else "eye-closed"
        theme.icon(eye, theme.TEXT if layer.visible else theme.DIM).paint(painter, eye_rect(row))
        painter.setOpacity(1.0 if layer.visible else 0.5)
        target = index.data(TARGET_ROLE)
        _draw_image(painter, thumbnail_rect(row), index.data(THUMBNAIL_ROLE), target == "layer")
        if layer.mask is not None:
            is_painted = target == "layer_mask"
            _draw_image(painter, mask_rect(row), index.data(MASK_ROLE), is_painted)
        painter.setOpacity(1.0)
        self._draw_name(painter, row, layer, index)
        if layer.locked or is_hovered:
            name, colour = ("lock", theme.TEXT) if layer.locked else ("unlock", theme.DIM)
            theme.icon(name, colour).paint(painter, lock_rect(row))
        painter.restore()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Qt: the name is edited where it stands."""
        row, _ = _rect_and_state(option)
        place = name_rect(row, is_masked=index.data(ITEM_ROLE).mask is not None)
        editor.setGeometry(place.adjusted(-6, 8, 0, -8))

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Qt: what is under the pointer."""
        if not index.isValid():
            return False
        row, _ = _rect_and_state(option)
        place, layer = event.pos(), index.data(ITEM_ROLE)
        if is_at_eye(row, place):
            text = self.tr("Hide this layer") if layer.visible else self.tr("Show this layer")
        elif is_at_lock(row, place):
            text = self.tr("Unlock this layer") if layer.locked else self.tr("Lock this layer")
        elif thumbnail_rect(row).contains(place):
            text = self.tr("Paint on this layer")
        elif layer.mask is not None and mask_rect(row).contains(place):
            text = self.tr("Paint on this layer's mask: black hides, white shows")
        else:
            text = self.tr("Double-click to rename, drag to reorder")
        QToolTip.showText(event.globalPos(), text, view)
        return True

    def _draw_name(self, painter: QPainter, row: QRect, layer: "Layer", index: Index) -> None:
        place = name_rect(row, is_masked=layer.mask is not None)
        model = index.model()
        details = model.details(layer) if isinstance(model, LayerRows) else ""
        flag = Qt.AlignmentFlag
        if details:
            upper, lower = place.adjusted(0, 5, 0, -ROW_HEIGHT // 2), place.adjusted(0, 22, 0, -4)
            painter.setPen(QColor(theme.DIM))
            text = painter.fontMetrics().elidedText(
                details, Qt.TextElideMode.ElideRight, lower.width()
            )
            painter.drawText(lower, flag.AlignLeft | flag.AlignVCenter, text)
            place = upper
        painter.setPen(QColor(theme.TEXT if layer.visible else theme.DIM))
        name = painter.fontMetrics().elidedText(
            layer.name, Qt.TextElideMode.ElideRight, place.width()
        )
        painter.drawText(place, flag.AlignLeft | flag.AlignVCenter, name)


def is_at_eye(row: QRect, place: QPoint) -> bool:
    """Whether a place is close enough to the eye to mean it."""
    return eye_rect(row).adjusted(-_GAP, -8, 4, 8).contains(place)


def is_at_lock(row: QRect, place: QPoint) -> bool:
    """Whether a place is close enough to the lock to mean it."""
    return lock_rect(row).adjusted(-6, -10, _GAP, 10).contains(place)


def _draw_image(painter: QPainter, place: QRect, image: QImage | None, is_painted: bool) -> None:
    """Draw a small picture over a checkerboard, framed if the brush paints on it."""
    inner = QRect(place)
    if image is not None:
        size = image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        inner.setSize(size.expandedTo(QSize(4, 4)))
        inner.moveCenter(place.center())
    painter.setBrushOrigin(inner.topLeft())
    painter.fillRect(inner, QBrush(_checkerboard()))
    if image is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(inner, image)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if is_painted:
        painter.setPen(QPen(QColor(theme.ON_ACCENT), 2))
        painter.drawRect(inner.adjusted(0, 0, 0, 0))
        painter.setPen(QPen(QColor(theme.ACCENT_HOVER), 2))
        painter.drawRect(inner.adjusted(-2, -2, 2, 2))
    else:
        painter.setPen(QPen(QColor(theme.BORDER), 1))
        painter.drawRect(inner.adjusted(0, 0, -1, -1))


def _checkerboard() -> QPixmap:
    pixmap = QPixmap(2 * _CHECK, 2 * _CHECK)
    pixmap.fill(QColor(_LIGHT))
    painter = QPainter(pixmap)
    painter.fillRect(0, 0, _CHECK, _CHECK, QColor(_DARK))
    painter.fillRect(_CHECK, _CHECK, _CHECK, _CHECK, QColor(_DARK))
    painter.end()
    return pixmap


def _rect_and_state(option: QStyleOptionViewItem) -> tuple[QRect, QStyle.StateFlag]:
    """The fields of the option, whose types its stubs leave out."""
    rect: QRect = getattr(option, "rect")  # noqa: B009
    state: QStyle.StateFlag = getattr(option, "state")  # noqa: B009
    return rect, state


class LayerList(QListView):
    """Rows of layers; one is chosen at any time.

    Signals:
        chosen: id of the layer that the person chose, and whether its mask is meant.
    """

    chosen = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = LayerRows(self)
        self._quiet = False
        self.setModel(self.rows)
        self.setItemDelegate(LayerDelegate(self))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(self.tr("Layers"))
        self.setToolTip(self.tr("The layers of the picture, the highest first"))
        self.setMinimumHeight(2 * ROW_HEIGHT)
        self.selectionModel().currentChanged.connect(self._on_current)

    def choose(self, layer_id: int) -> None:
        """Show a layer as the chosen one, without telling anyone."""
        row = self.rows.row(layer_id)
        if row >= 0 and self.currentIndex().row() != row:
            self._quiet = True
            self.setCurrentIndex(self.rows.index(row))
            self._quiet = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt: a click chooses the layer, or its mask; the eye and the lock work on any row."""
        place = event.position().toPoint()
        index = self.indexAt(place)
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        elif not self._toggle(index, place):
            layer = index.data(ITEM_ROLE)
            self._quiet = True
            super().mousePressEvent(event)
            self._quiet = False
            is_mask = layer.mask is not None and mask_rect(self.visualRect(index)).contains(place)
            self.chosen.emit(layer.id, is_mask)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt: twice at the eye or the lock is two clicks; elsewhere the name is edited."""
        place = event.position().toPoint()
        index = self.indexAt(place)
        if not index.isValid() or not self._toggle(index, place):
            super().mouseDoubleClickEvent(event)

    def _toggle(self, index: QModelIndex, place: QPoint) -> bool:
        """Ask for what a click at the eye or the lock means; returns whether it was one."""
        row, layer = self.visualRect(index), index.data(ITEM_ROLE)
        if is_at_eye(row, place):
            self.rows.visible_wanted.emit(layer.id, not layer.visible)
        elif is_at_lock(row, place):
            self.rows.locked_wanted.emit(layer.id, not layer.locked)
        else:
            return False
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: Space shows or hides the chosen layer."""
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            layer = index.data(ITEM_ROLE)
            self.rows.visible_wanted.emit(layer.id, not layer.visible)
        else:
            super().keyPressEvent(event)

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid() and not self._quiet:
            self.chosen.emit(current.data(ITEM_ROLE).id, False)
