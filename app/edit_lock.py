"""Keeps hands off the document while a large edit is worked out.

The actions look at the lock themselves (``app.action_states``). Here presses and keys are kept from
the canvas and the panels of the document; the view can still be moved and zoomed. What arrives from
other threads meanwhile, such as a picture that was pasted, waits.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from app.models.document_model import DocumentModel

_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
_OTHERS = (
    QEvent.Type.KeyPress,
    QEvent.Type.TabletPress,
    QEvent.Type.ContextMenu,
    QEvent.Type.DragEnter,
    QEvent.Type.Drop,
)


def when_free(model: DocumentModel, action: Callable[[], None]) -> None:
    """Do something as soon as the document is not locked, at once if it is not."""
    if not model.is_locked:
        action()
        return

    def go_on(is_locked: bool) -> None:
        if not is_locked:
            model.lock_changed.disconnect(go_on)
            when_free(model, action)

    model.lock_changed.connect(go_on)


class EditLock(QObject):
    """Watches the application's events while the document is locked.

    Args:
        model: whose document is locked.
        guarded: widgets that edit it; their children count too.
    """

    def __init__(
        self, model: DocumentModel, guarded: Sequence[QWidget], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._guarded = tuple(guarded)
        model.lock_changed.connect(self._watch)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: swallow what would edit the document."""
        kind = event.type()
        if kind in _PRESSES and isinstance(event, QMouseEvent):
            # The middle button only moves the view.
            return event.button() != Qt.MouseButton.MiddleButton and self._guards(watched)
        return kind in _OTHERS and self._guards(watched)

    def _guards(self, watched: QObject) -> bool:
        return isinstance(watched, QWidget) and any(
            watched is widget or widget.isAncestorOf(watched) for widget in self._guarded
        )

    def _watch(self, locked: bool) -> None:
        application = QCoreApplication.instance()
        if application is None:
            return
        if locked:
            application.installEventFilter(self)
        else:
            application.removeEventFilter(self)
