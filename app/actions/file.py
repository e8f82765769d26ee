"""Actions about files: opening, saving, leaving."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

ROWS: tuple[Action, ...] = (
    row(
        "open",
        "file",
        QT_TRANSLATE_NOOP("actions", "&Open…"),
        QT_TRANSLATE_NOOP("actions", "Open a picture from disk."),
        "Ctrl+O",
        icon="open",
    ),
    row(
        "save",
        "file",
        QT_TRANSLATE_NOOP("actions", "&Save"),
        QT_TRANSLATE_NOOP("actions", "Save the picture, with the settings that made it."),
        "Ctrl+S",
        icon="save",
    ),
    row(
        "save_as",
        "file",
        QT_TRANSLATE_NOOP("actions", "Save &as…"),
        QT_TRANSLATE_NOOP("actions", "Save the picture under another name or format."),
        "Ctrl+Shift+S",
    ),
    row(
        "export",
        "file",
        QT_TRANSLATE_NOOP("actions", "&Export…"),
        QT_TRANSLATE_NOOP("actions", "Write a flat copy, with a choice of format and quality."),
        "Ctrl+Alt+S",
    ),
    row(
        "revert",
        "file",
        QT_TRANSLATE_NOOP("actions", "Re&vert"),
        QT_TRANSLATE_NOOP("actions", "Go back to the picture as it is on disk."),
    ),
    row(
        "quit",
        "file",
        QT_TRANSLATE_NOOP("actions", "&Quit"),
        QT_TRANSLATE_NOOP("actions", "Close the window."),
        "Ctrl+Q",
        separated=True,
    ),
)
