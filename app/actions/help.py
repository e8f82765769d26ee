"""Actions about help."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

ROWS: tuple[Action, ...] = (
    row(
        "shortcuts",
        "help",
        QT_TRANSLATE_NOOP("actions", "&Keyboard shortcuts"),
        QT_TRANSLATE_NOOP("actions", "List all keys."),
        "F1",
    ),
    row(
        "about",
        "help",
        QT_TRANSLATE_NOOP("actions", "&About AsynDM Studio"),
        QT_TRANSLATE_NOOP("actions", "Say what this program is and which version."),
    ),
)
