"""Actions that edit a mask, whether it is the selection's or the active region's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from editing import mask_edits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QAction

    from app.dialogs.region_dialogs import RegionDialogs
    from app.jobs.tile_work import TileWork
    from app.models.document_model import DocumentModel
    from editing.document import Document
    from editing.history import ChangeKind
    from editing.plane import Plane
    from editing.tile_plan import TilePlan

    MaskPlan = Callable[[ChangeKind, Plane], TilePlan]

MOST_PX = 500

_AMOUNTS: dict[str, tuple[Callable[[int], MaskPlan], int, int]] = {
    "grow": (mask_edits.grow, 8, MOST_PX),
    "shrink": (mask_edits.shrink, 8, MOST_PX),
    "feather": (mask_edits.feather, 12, MOST_PX),
    "smooth": (mask_edits.smooth, 4, 100),
    "border": (mask_edits.border, 8, MOST_PX),
}
"""Edit, first proposal and largest number of pixels."""


class MaskActions:
    """Connects actions with edits of one kind of mask.

    Args:
        kind: of the mask.
        plane: gives it, of a document.
        work: makes the edits.
        document: the open one.
        actions: by identifier.
        dialogs: asks for numbers of pixels.
    """

    def __init__(
        self,
        kind: ChangeKind,
        plane: Callable[[Document], Plane],
        work: TileWork,
        document: DocumentModel,
        actions: Mapping[str, QAction],
        dialogs: RegionDialogs,
    ) -> None:
        self._kind, self._plane, self._work = kind, plane, work
        self._document, self._actions, self._dialogs = document, actions, dialogs
        self._last: dict[str, int] = {}

    def connect(self, name: str, title: str, plan: MaskPlan) -> None:
        """Let an action make an edit, called `title` in the history."""
        self._actions[name].triggered.connect(lambda: self._edit(title, plan, 1))

    def connect_amount(self, name: str, title: str, edit: str) -> None:
        """Let an action ask for a number of pixels and make an edit with it."""
        make, first, most = _AMOUNTS[edit]

        def ask() -> None:
            amount = self._dialogs.ask_amount(title, self._last.get(name, first), most)
            if amount is not None:
                self._last[name] = amount
                # A disc of a large radius takes a step for each of its pixels.
                self._edit(_named(title, amount), make(amount), 1 + amount / 8)

        self._actions[name].triggered.connect(ask)

    def _edit(self, name: str, plan: MaskPlan, cost: float) -> None:
        document = self._document.document
        if document is None:
            return
        self._work.run(
            name,
            lambda document: plan(self._kind, self._plane(document)),
            document.bounds.area * cost,
        )


def _named(title: str, amount: int) -> str:
    return QCoreApplication.translate("MaskActions", "{0} by {1} px").format(title, amount)
