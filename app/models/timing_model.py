"""The value of "Decide later": of the active region, or of all words if none is painted.

Both sliders that show it, and the plot, follow this model. A drag is one step of the history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from app.models.document_model import DocumentModel
    from app.models.generation_model import GenerationModel
    from editing.concavity_drag import ConcavityDrag
    from editing.region import Colour

_PAUSE_MS = 400
"""Steps by keys that follow each other faster than this are one step of the history."""


class RegionCurve(NamedTuple):
    """How one region's curve is drawn."""

    name: str
    colour: Colour
    concavity: float
    is_active: bool


class TimingModel(QObject):
    """Follows the mode and the active region.

    Signals:
        changed: the value or a curve differs.
    """

    changed = Signal()

    def __init__(
        self, generation: GenerationModel, document: DocumentModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._generation, self._document = generation, document
        self._drag: ConcavityDrag | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.finish)
        for signal in (
            generation.concavity_changed,
            generation.mode_changed,
            document.active_changed,
            document.document_replaced,
            document.history_changed,
        ):
            signal.connect(self.changed)

    @property
    def is_regional(self) -> bool:
        """Whether the value belongs to a painted region."""
        return self._generation.mode != "generate" and self._document.document is not None

    @property
    def value(self) -> float:
        """How late, 0 to 0.95."""
        document = self._document.document
        if document is None or not self.is_regional:
            return self._generation.concavity
        return document.active_region.concavity

    def curves(self) -> list[RegionCurve]:
        """The curves of all regions that a run would use; empty where words are used."""
        document = self._document.document
        if document is None or not self.is_regional:
            return []
        active = document.active_region
        return [
            RegionCurve(region.name, region.colour, region.concavity, region is active)
            for region in document.regions
            if region.visible or region is active
        ]

    def region_names(self) -> list[str]:
        """What an order may call the regions."""
        document = self._document.document
        return [] if document is None else [region.name for region in document.regions]

    def set_value(self, value: float) -> None:
        """Set the value at once; the history gets it when the drag ends, or after a pause."""
        if self.is_regional:
            self.set_region_value(value)
        else:
            self._generation.concavity = value

    def set_region_value(self, value: float) -> None:
        """Set the value of the active region, whatever the mode."""
        document = self._document.document
        if document is None:
            return
        from editing.concavity_drag import ConcavityDrag

        if self._drag is None or self._drag.is_over:
            self._drag = ConcavityDrag(document, document.active_region.id)
            self._document.begin_stroke(self._drag)
        self._document.stroke_to(value, 0.0)
        self._pause.start()
        self.changed.emit()

    def finish(self) -> None:
        """The drag is over."""
        self._pause.stop()
        if self._drag is not None and not self._drag.is_over:
            self._document.end_stroke()
        self._drag = None
        # A drag may have been taken back meanwhile, which is no step of the history.
        self.changed.emit()
