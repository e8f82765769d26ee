"""The layers in the window: the panel Layers and the menu Layer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.jobs.document_work import DocumentWork, Edit
from app.layer_thumbnails import LayerThumbnails
from app.panels.layers_panel import LayersPanel
from editing import layer_commands as commands
from editing.errors import EditingError
from editing.layer_masks import delete_layer_mask, with_mask, with_mask_applied
from editing.layer_merge import put, with_copy, with_flattened, with_merged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QAction

    from app.jobs.background import Background
    from app.main_window import MainWindow
    from app.models.document_model import DocumentModel
    from editing.document import Document
    from editing.history import Command
    from editing.layer import Layer
    from editing.plane import Plane
    from editing.structure import Structure

    LongStep = Callable[[Structure, int], Structure]

_DRAG_PAUSE_MS = 700


class LayerLink(QObject):
    """Fills the panel from the document and turns what a person does there into edits.

    Args:
        document: whose layers are shown. work: makes edits that take long.
        background: draws small pictures.
        window, actions: of the program.
        say: shows a sentence about what cannot be done.

    Attributes:
        panel: the tab Layers.
    """

    def __init__(
        self,
        document: DocumentModel,
        work: DocumentWork,
        background: Background,
        window: MainWindow,
        actions: Mapping[str, QAction],
        say: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._document, self._actions = document, actions
        self._work = work
        self._say = say
        self.panel = LayersPanel(actions, window)
        self._drag: commands.OpacityDrag | None = None
        self._thumbnails = LayerThumbnails(document, background, self)
        self._thumbnails.drawn.connect(self.panel.list.rows.set_images)
        self._drag_end = QTimer(self)
        self._drag_end.setSingleShot(True)
        self._drag_end.setInterval(_DRAG_PAUSE_MS)
        self._drag_end.timeout.connect(self._end_drag)
        self._connect_actions()
        self._connect_panel()
        document.lock_changed.connect(self._show_possible)
        document.active_changed.connect(self.refresh)
        document.document_replaced.connect(self._begin_anew)
        self.refresh()

    def refresh(self) -> None:
        """Show the layers as they are."""
        document = self._document.document
        panel = self.panel
        panel.setEnabled(document is not None)
        if document is None:
            panel.list.rows.set_layers(())
            self._show_possible()
            return
        layer = document.active_layer
        if document.target == "layer_mask" and layer.mask is None:
            # Undo has taken the mask away.
            self._document.set_target("layer")
            return
        panel.list.rows.set_layers(document.layers)
        panel.list.rows.set_painted(layer.id, document.target)
        panel.list.choose(layer.id)
        panel.blend.set_choice(layer.blend)
        if not panel.opacity.slider.isSliderDown():
            panel.opacity.set_value(100 * layer.opacity)
        self._thumbnails.draw_unless(panel.list.rows.has_image)
        self._show_possible()

    def _begin_anew(self) -> None:
        self._drag = None
        self.refresh()

    def _connect_actions(self) -> None:
        for name, edit in (
            ("layer_add", lambda document, _: commands.add_layer(document)),
            ("layer_delete", lambda document, layer: commands.delete_layer(document, layer.id)),
            ("layer_raise", partial(_moved, by=1)),
            ("layer_lower", partial(_moved, by=-1)),
            ("layer_mask_delete", lambda document, layer: delete_layer_mask(document, layer.id)),
        ):
            self._actions[name].triggered.connect(lambda _=False, edit=edit: self._edit(edit))
        for name, flag in (
            ("layer_visible", commands.set_visible),
            ("layer_locked", commands.set_locked),
        ):
            self._actions[name].triggered.connect(
                lambda on, flag=flag: self._edit(
                    lambda document, layer: flag(document, layer.id, on)
                )
            )
        for name, title, text, change in (
            ("layer_duplicate", "Duplicate layer", self.tr("Copying the layer…"), with_copy),
            ("layer_merge", "Merge down", self.tr("Merging the layers…"), with_merged),
            ("layer_mask_apply", "Apply layer mask", self.tr("Applying…"), with_mask_applied),
            ("layer_flatten", "Flatten picture", self.tr("Flattening the picture…"), _flat),
        ):
            self._actions[name].triggered.connect(
                lambda _=False, title=title, text=text, change=change: self._run(
                    title, text, change
                )
            )
        for name, source in (
            ("layer_mask_add", lambda _: None),
            ("layer_mask_selection", lambda document: document.selection),
            ("layer_mask_region", lambda document: document.mask),
        ):
            self._actions[name].triggered.connect(
                lambda _=False, source=source: self._add_mask(source)
            )

    def _connect_panel(self) -> None:
        panel, rows = self.panel, self.panel.list.rows
        panel.list.chosen.connect(self._choose)
        for signal, edit in (
            (rows.renamed, commands.rename),
            (rows.moved, commands.move_layer),
            (rows.visible_wanted, commands.set_visible),
            (rows.locked_wanted, commands.set_locked),
        ):
            signal.connect(
                lambda key, value, edit=edit: self._edit(lambda d, _: edit(d, key, value))
            )
        panel.blend.picked.connect(
            lambda mode: self._edit(lambda d, layer: commands.set_blend(d, layer.id, mode))
        )
        panel.opacity.edited.connect(self._drag_opacity)
        panel.opacity.slider.sliderReleased.connect(self._end_drag)

    def _choose(self, layer_id: int, is_mask: bool) -> None:
        self._document.choose_layer(layer_id)
        self._document.set_target("layer_mask" if is_mask else "layer")

    def _edit(self, edit: Callable[[Document, Layer], Command | None]) -> None:
        """Make an edit that is done at once, of the chosen layer or of the whole stack."""
        document = self._document.document
        if document is None:
            return
        self._document.end_stroke()
        try:
            self._document.push(edit(document, document.active_layer))
        except EditingError as error:
            self._say(error.sentence)
        # An edit that changed nothing may have left the panel ahead of the document.
        self.refresh()

    def _run(self, name: str, text: str, change: LongStep) -> None:
        """Make an edit of the chosen layer that may take long.

        Args:
            name: in the history.
            text: what is going on.
            change: the long step; it only reads.
        """
        document = self._document.document
        if document is None:
            return
        self._document.end_stroke()
        structure, layer_id = document.structure, document.active_layer.id

        def commit(new: Structure) -> Command | None:
            was_masked = document.active_layer.mask is not None
            command = put(document, new, name)
            is_masked = document.active_layer.mask is not None
            # A new mask is painted on next; one that has gone is not.
            if is_masked and not was_masked:
                document.target = "layer_mask"
            elif document.target == "layer_mask" and not is_masked:
                document.target = "layer"
            return command

        self._work.run(
            Edit(text, lambda _: change(structure, layer_id), commit, document.bounds.area)
        )

    def _add_mask(self, source: Callable[[Document], Plane | None]) -> None:
        document = self._document.document
        if document is not None:
            plane = source(document)
            self._run(
                "Add layer mask",
                self.tr("Making the layer mask…"),
                lambda structure, layer_id: with_mask(structure, layer_id, plane),
            )

    def _drag_opacity(self, percent: float) -> None:
        """Show the opacity at once; it becomes one step when the slider rests."""
        document = self._document.document
        if document is None:
            return
        if self._drag is None or self._drag.is_over:
            self._drag = commands.OpacityDrag(document, document.active_layer.id)
            self._document.begin_stroke(self._drag)
        self._document.stroke_to(percent / 100, 0.0)
        self._drag_end.start()

    def _end_drag(self) -> None:
        if self.panel.opacity.slider.isSliderDown():
            self._drag_end.start()
        elif self._drag is not None:
            self._drag = None
            self._drag_end.stop()
            self._document.end_stroke()

    def _show_possible(self) -> None:
        """Enable and check the actions as the chosen layer allows."""
        document = self._document.document
        layers = () if document is None else document.layers
        layer = None if document is None else document.active_layer
        index = 0 if layer is None else layers.index(layer)
        is_masked = layer is not None and layer.mask is not None
        is_free = layer is not None and not self._document.is_locked
        for name, is_possible in (
            ("layer_add", is_free),
            ("layer_duplicate", is_free),
            ("layer_delete", is_free and len(layers) > 1),
            ("layer_raise", is_free and index < len(layers) - 1),
            ("layer_lower", is_free and index > 0),
            ("layer_visible", is_free),
            ("layer_locked", is_free),
            ("layer_mask_add", is_free and not is_masked),
            ("layer_mask_selection", is_free and not is_masked),
            ("layer_mask_region", is_free and not is_masked),
            ("layer_mask_apply", is_free and is_masked),
            ("layer_mask_delete", is_free and is_masked),
            ("layer_merge", is_free and index > 0),
            ("layer_flatten", is_free),
        ):
            self._actions[name].setEnabled(is_possible)
        self._actions["layer_visible"].setChecked(layer is not None and layer.visible)
        self._actions["layer_locked"].setChecked(layer is not None and layer.locked)


def _moved(document: Document, layer: Layer, by: int) -> Command | None:
    return commands.move_layer(document, layer.id, document.layers.index(layer) + by)


def _flat(structure: Structure, _layer_id: int) -> Structure:
    return with_flattened(structure)
