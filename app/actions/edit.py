"""Actions about taking changes back and making them again, and about the clipboard."""

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
    row(
        "cut",
        "edit",
        QT_TRANSLATE_NOOP("actions", "Cu&t"),
        QT_TRANSLATE_NOOP("actions", "Copy what is selected of the layer, and take it away there."),
        "Ctrl+X",
        separated=True,
    ),
    row(
        "copy",
        "edit",
        QT_TRANSLATE_NOOP("actions", "&Copy"),
        QT_TRANSLATE_NOOP("actions", "Copy what is selected of the layer."),
        "Ctrl+C",
        icon="copy",
    ),
    row(
        "copy_merged",
        "edit",
        QT_TRANSLATE_NOOP("actions", "Copy &merged"),
        QT_TRANSLATE_NOOP("actions", "Copy what is selected, as all layers show it."),
        "Ctrl+Shift+C",
    ),
    row(
        "paste",
        "edit",
        QT_TRANSLATE_NOOP("actions", "&Paste as a layer"),
        QT_TRANSLATE_NOOP("actions", "Add the picture that is on the clipboard as a layer."),
        "Ctrl+V",
    ),
    row(
        "paste_new",
        "edit",
        QT_TRANSLATE_NOOP("actions", "Paste as a &new picture"),
        QT_TRANSLATE_NOOP("actions", "Open the picture that is on the clipboard."),
        "Ctrl+Shift+V",
    ),
)
