"""Which actions are possible when: one table, looked at whenever something changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.actions import ACTIONS, image, layer, region, select, tools

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QAction

    from app.models.document_model import DocumentModel
    from app.models.generation_model import GenerationModel
    from app.models.run_model import RunModel

NEEDS_WORKSPACE = frozenset(
    {
        "open", "copy", "cut", "copy_merged", "paste", "paste_new", "export", "save", "save_as",
        "revert", "undo", "redo", "clear_mask", "invert_mask",
        "fit", "actual_size", "zoom_in", "zoom_out", "run", "cancel", "accept", "discard",
        "previous", "next", "models",
    }
    | {row.id for row in (*layer.ROWS, *select.ROWS, *region.ROWS, *image.ROWS, *image.TOOLS)}
    | {"fill", "clear", *tools.TOOLS}
)  # fmt: skip
"""Actions that do nothing before the workspace is there."""

_HARMLESS = frozenset(row.id for row in ACTIONS if row.menu in ("tools", "view", "help")) | {
    "cancel",
    "models",
}
"""Actions that are possible while the document is locked."""


def connect(
    actions: Mapping[str, QAction],
    document: DocumentModel,
    run: RunModel,
    generation: GenerationModel,
) -> None:
    """Enable and disable the actions from now on."""

    def has_document() -> bool:
        return document.document is not None

    def has_file() -> bool:
        return document.document is not None and document.document.path is not None

    def can_run() -> bool:
        needs_picture = generation.mode != "generate"
        return not run.is_running and (has_document() or not needs_picture)

    possible: dict[str, Callable[[], bool]] = {
        "open": lambda: True,
        "copy": has_document,
        "cut": has_document,
        "copy_merged": has_document,
        "paste": lambda: True,
        "paste_new": lambda: True,
        "export": has_document,
        "save": has_document,
        "save_as": has_document,
        "revert": has_file,
        "undo": lambda: document.history is not None and document.history.can_undo,
        "redo": lambda: document.history is not None and document.history.can_redo,
        **dict.fromkeys(select.TOOLS, lambda: True),
        **dict.fromkeys((*select.ALWAYS, *region.ALWAYS), has_document),
        **dict.fromkeys((*select.EDITS, *region.OF_SELECTION), document.has_selection),
        **dict.fromkeys(region.OF_MASK, document.has_mask),
        **dict.fromkeys(tools.TOOLS, lambda: True),
        "fill": has_document,
        "clear": lambda: document.has_selection() and run.state != "result",
        **dict.fromkeys(image.EDITS, has_document),
        "crop_to_selection": document.has_selection,
        **{row.id: lambda: True for row in image.TOOLS},
        "fit": has_document,
        "actual_size": has_document,
        "zoom_in": has_document,
        "zoom_out": has_document,
        "run": can_run,
        "cancel": lambda: run.state == "running",
        "previous": lambda: run.state == "result" and run.candidates > 1,
        "next": lambda: run.state == "result" and run.candidates > 1,
        "accept": lambda: run.state == "result",
        "discard": lambda: run.state == "result",
        "models": lambda: True,
    }

    def is_free(name: str) -> bool:
        if not document.is_locked or name in _HARMLESS:
            return True
        # Who presses Ctrl+Z quickly several times means each of them.
        return document.is_locked_by_history and name in ("undo", "redo")

    def update() -> None:
        for name, is_possible in possible.items():
            actions[name].setEnabled(is_free(name) and is_possible())

    for signal in (
        document.history_changed,
        document.document_replaced,
        document.active_changed,
        document.lock_changed,
        run.state_changed,
        run.candidates_changed,
        generation.mode_changed,
    ):
        signal.connect(update)
    update()
