"""Connects the canvas with the view actions and the fields of the status bar."""

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.canvas.canvas_view import CanvasView
from app.main_window import MainWindow
from app.models.document_model import DocumentModel
from editing.history import Change

_ZOOM_STEP = 1.25


class CanvasLink(QObject):
    """Carries actions to the canvas and tells the window where the pointer is."""

    def __init__(
        self,
        canvas: CanvasView,
        document: DocumentModel,
        window: MainWindow,
        actions: Mapping[str, QAction],
    ) -> None:
        super().__init__(window)
        self._canvas, self._document = canvas, document
        self._window, self._actions = window, actions
        self._connect_view()
        canvas.zoom_changed.connect(self._show_zoom)
        canvas.cursor_moved.connect(self._show_place)
        document.document_replaced.connect(self._show_size)
        document.changed.connect(self._show_size)
        document.document_replaced.connect(self._show_profile)
        document.changed.connect(self._show_profile)
        document.changed.connect(self._reveal)

    def _connect_view(self) -> None:
        actions, canvas = self._actions, self._canvas
        actions["fit"].triggered.connect(lambda: canvas.fit())
        actions["actual_size"].triggered.connect(lambda: canvas.actual_size())
        actions["zoom_in"].triggered.connect(lambda: canvas.set_zoom(canvas.zoom * _ZOOM_STEP))
        actions["zoom_out"].triggered.connect(lambda: canvas.set_zoom(canvas.zoom / _ZOOM_STEP))
        actions["show_mask"].toggled.connect(canvas.set_mask_visible)
        canvas.set_mask_visible(actions["show_mask"].isChecked())

    def _reveal(self, change: Change) -> None:
        """Take the regions' tint off a picture that has just changed, until a region changes."""
        if change.kind == "selection":
            return
        shown = change.kind in ("mask", "regions") and self._actions["show_mask"].isChecked()
        self._canvas.set_mask_visible(shown)

    def show_regions(self) -> None:
        """Show the regions' tint again, unless it is switched off."""
        self._canvas.set_mask_visible(self._actions["show_mask"].isChecked())

    def _show_zoom(self, zoom: float) -> None:
        self._window.zoom.setText(f"{zoom * 100:.0f} %")

    def _show_place(self, x: float, y: float) -> None:
        document = self._document.document
        inside = document is not None and 0 <= x < document.size[0] and 0 <= y < document.size[1]
        self._window.place.setText(f"{int(x)}, {int(y)}" if inside else "")

    def _show_profile(self) -> None:
        document = self._document.document
        self._canvas.show_profile(None if document is None else document.metadata.icc)

    def _show_size(self) -> None:
        document = self._document.document
        text = "" if document is None else "{} x {}".format(*document.size)
        self._window.picture_size.setText(text)
