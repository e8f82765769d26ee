"""Actions about taking changes back and making them again."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

ROWS: tuple[Action, ...] = (
    row(
        "undo",
        "edit",
        QT_TRANSLATE_NOOP("actions", "&Undo"),
        QT_TRANSLATE_NOOP("actions", "Take the last change back."),
        "Ctrl+Z",
        icon="undo",
    ),
    row(
        "redo",
        "edit",
        QT_TRANSLATE_NOOP("actions", "&Redo"),
        QT_TRANSLATE_NOOP("actions", "Make the change again."),
        "Ctrl+Shift+Z",
        "Ctrl+Y",
        icon="redo",
    ),
)
