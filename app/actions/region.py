"""Actions about the region that is redone."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

ROWS: tuple[Action, ...] = (
    row(
        "clear_mask",
        "region",
        QT_TRANSLATE_NOOP("actions", "&Clear mask"),
        QT_TRANSLATE_NOOP("actions", "Take all paint off."),
        "Ctrl+D",
        icon="clear",
        separated=True,
    ),
    row(
        "invert_mask",
        "region",
        QT_TRANSLATE_NOOP("actions", "&Invert mask"),
        QT_TRANSLATE_NOOP("actions", "Paint what is not painted, and the other way round."),
        "Ctrl+Shift+I",
        icon="invert",
    ),
)
