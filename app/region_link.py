"""The regions in the window: the panel, the menu Region, and what "Decide later" means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.dialogs.region_dialogs import RegionDialogs
from app.edit_lock import when_free
from app.mask_actions import MaskActions
from app.models.timing_model import TimingModel
from app.panels.regions_panel import RegionsPanel
from app.widgets.region_thumbnail import region_thumbnail
from editing import mask_edits, region_commands
from editing.errors import EditingError
from editing.mask_pictures import read_mask, save_mask
from editing.snapshot import HeldPlane

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QAction

    from app.jobs.background import Background
    from app.jobs.tile_work import TileWork, Work
    from app.main_window import MainWindow
    from app.models.document_model import DocumentModel
    from app.models.generation_model import GenerationModel
    from editing.document import Document
    from editing.history import Change, Command
    from editing.plane import Plane

_THUMBNAIL_PAUSE_MS = 250


class RegionLink(QObject):
    """Fills the panel from the document and turns what a person does there into edits.

    Attributes:
        panel: the tab Regions. timing: "Decide later" and the curves.

    Signals:
        regions_wanted: the person works with the regions, so they should be seen.
    """

    regions_wanted = Signal()

    def __init__(
        self,
        work: TileWork,
        background: Background,
        document: DocumentModel,
        generation: GenerationModel,
        window: MainWindow,
        actions: Mapping[str, QAction],
        dialogs: RegionDialogs | None = None,
    ) -> None:
        super().__init__(window)
        self._work, self._background = work, background
        self._document, self._actions = document, actions
        self._dialogs = dialogs or RegionDialogs(window)
        self._folder = Path()
        self.panel = RegionsPanel(actions, window)
        self.timing = TimingModel(generation, document, self)
        window.column.timing.set_timing(self.timing)
        window.column.advanced.set_timing(self.timing)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_THUMBNAIL_PAUSE_MS)
        self._late.timeout.connect(self._draw_stale)
        self._stale: set[int] = set()
        # Undo takes back what the slider has just done, not the step before it.
        actions["undo"].triggered.connect(self.timing.finish)
        self._connect_actions()
        self._connect_mask_actions()
        self._connect_panel()
        document.changed.connect(self._on_changed)
        for signal in (document.active_changed, document.document_replaced):
            signal.connect(self.refresh)
        document.document_replaced.connect(self._mark_all)
        self.timing.changed.connect(self._show_timing)
        self.refresh()

    def refresh(self) -> None:
        """Show the regions as they are."""
        document = self._document.document
        panel = self.panel
        panel.setEnabled(document is not None)
        if document is None:
            panel.list.rows.set_regions(())
            return
        panel.list.rows.set_regions(document.regions)
        panel.list.choose(document.active_region.id)
        if not panel.prompt.hasFocus() or not panel.prompt.isModified():
            panel.prompt.setText(document.active_region.prompt or "")
        drawn = panel.list.rows.has_thumbnail
        self._mark([region.id for region in document.regions if not drawn(region.id)])
        self._show_timing()

    def _connect_actions(self) -> None:
        for name, edit in (
            ("region_add", region_commands.add_region),
            ("region_delete", region_commands.delete_region),
        ):
            self._actions[name].triggered.connect(lambda _=False, edit=edit: self._push(edit))
        for name, title, plan in (
            (
                "region_from_selection",
                self.tr("Region from selection"),
                region_commands.plan_use_of_selection,
            ),
            (
                "selection_from_region",
                self.tr("Select region"),
                region_commands.plan_selection_from_region,
            ),
            ("region_duplicate", self.tr("Duplicate region"), region_commands.plan_duplicate),
        ):
            self._actions[name].triggered.connect(
                lambda _=False, title=title, plan=plan: self._copy(title, plan)
            )
        self._actions["region_load"].triggered.connect(lambda: self.load())
        self._actions["region_save"].triggered.connect(lambda: self.save())

    def _connect_mask_actions(self) -> None:
        edits = MaskActions(
            "mask",
            lambda document: document.mask,
            self._work,
            self._document,
            self._actions,
            self._dialogs,
        )
        for name, title, plan in (
            ("clear_mask", self.tr("Clear region"), mask_edits.clear),
            ("fill_mask", self.tr("Fill region"), mask_edits.fill),
            ("invert_mask", self.tr("Invert region"), mask_edits.invert),
            ("region_fill_holes", self.tr("Fill holes of region"), mask_edits.fill_holes),
            ("region_keep_largest", self.tr("Keep largest part"), mask_edits.keep_largest),
        ):
            edits.connect(name, title, plan)
        for edit, title in (
            ("grow", self.tr("Grow region")),
            ("shrink", self.tr("Shrink region")),
            ("feather", self.tr("Feather region")),
            ("smooth", self.tr("Smooth region")),
        ):
            edits.connect_amount(f"region_{edit}", title, edit)

    def _connect_panel(self) -> None:
        panel, rows = self.panel, self.panel.list.rows
        panel.list.chosen.connect(self._choose)
        panel.list.colour_wanted.connect(self._ask_colour)
        rows.renamed.connect(
            lambda key, name: self._push(lambda d: region_commands.rename(d, key, name))
        )
        rows.moved.connect(
            lambda key, place: self._push(lambda d: region_commands.move_region(d, key, place))
        )
        rows.visible_wanted.connect(
            lambda key, shown: self._push(lambda d: region_commands.set_visible(d, key, shown))
        )
        panel.slider.edited.connect(self.timing.set_region_value)
        panel.slider.slider.sliderReleased.connect(self.timing.finish)
        panel.prompt.editingFinished.connect(self._take_prompt)

    def load(self) -> None:
        """Make a region of a picture file."""
        document = self._document.document
        path = None if document is None else self._dialogs.ask_load(str(self._folder))
        if document is None or path is None:
            return
        self._folder = path.parent
        size = document.size

        def finish(mask: Plane) -> None:
            if self._document.document is not document:
                return
            if document.bounds == mask.bounds:
                self._push(lambda d: region_commands.region_from_mask(d, mask, path.stem))
            else:
                self._work.failed.emit(
                    self.tr("The picture's size changed meanwhile: please load the region again.")
                )

        self._background.run(
            lambda: read_mask(path, size),
            lambda mask: when_free(self._document, lambda: finish(mask)),
            self._tell,
        )

    def save(self) -> None:
        """Write the active region to a file."""
        document = self._document.document
        if document is None:
            return
        region = document.active_region
        path = self._dialogs.ask_save(self._folder / f"{region.name}.png")
        if path is not None:
            self._folder = path.parent
            self._document.end_stroke()
            held = HeldPlane(region.mask)

            def write() -> None:
                try:
                    save_mask(path, held.read(held.bounds))
                finally:
                    held.close()

            self._background.run(write, lambda _: None, self._tell)

    def _push(self, edit: Callable[[Document], Command | None]) -> None:
        document = self._document.document
        # A field that loses the focus may ask for an edit while the document is locked.
        if document is not None and not self._document.is_locked:
            self.timing.finish()
            self._document.end_stroke()
            self._document.push(edit(document))

    def _copy(self, title: str, plan: Work) -> None:
        document = self._document.document
        if document is not None:
            self.timing.finish()
            area = document.bounds.area
            self._work.run(title, plan, area, lambda _: self._paint_regions())

    def _choose(self, region_id: int) -> None:
        self.timing.finish()
        self._document.choose_region(region_id)
        self._paint_regions()

    def _paint_regions(self) -> None:
        self._document.set_target("region")
        self.regions_wanted.emit()

    def _ask_colour(self, region_id: int) -> None:
        document = self._document.document
        if document is None:
            return
        colour = self._dialogs.ask_colour(document.structure.region(region_id).colour)
        if colour is not None:
            self._push(lambda d: region_commands.set_colour(d, region_id, colour))

    def _take_prompt(self) -> None:
        document = self._document.document
        if document is not None:
            self.panel.prompt.setModified(False)
            key, text = document.active_region.id, self.panel.prompt.text()
            self._push(lambda d: region_commands.set_prompt(d, key, text))

    def _show_timing(self) -> None:
        document = self._document.document
        if document is not None:
            self.panel.list.rows.set_regions(document.regions)
            self.panel.slider.set_value(document.active_region.concavity)

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, EditingError):
            raise error
        self._work.failed.emit(error.sentence)

    def _on_changed(self, change: Change) -> None:
        document = self._document.document
        if document is None:
            return
        if change.kind == "mask":
            self._mark(
                [
                    region.id
                    for region in document.regions
                    if change.plane is None or region.mask is change.plane
                ]
            )
        elif change.kind == "document":
            self._mark_all()

    def _mark_all(self) -> None:
        document = self._document.document
        self._mark([] if document is None else [region.id for region in document.regions])

    def _mark(self, ids: list[int]) -> None:
        self._stale.update(ids)
        if self._stale:
            self._late.start()

    def _draw_stale(self) -> None:
        """Draw thumbnails some time after the last change, so that strokes do not wait."""
        document = self._document.document
        stale, self._stale = self._stale, set()
        if document is None:
            return
        for region in document.regions:
            if region.id in stale:
                self.panel.list.rows.set_thumbnail(region.id, region_thumbnail(region.mask))
