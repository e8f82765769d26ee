"""Actions about running the model and deciding on its result."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

ROWS: tuple[Action, ...] = (
    row(
        "run",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Run"),
        QT_TRANSLATE_NOOP("actions", "Start the run with the settings at the right."),
        "Ctrl+Return",
        "Ctrl+Enter",
        icon="run",
    ),
    row(
        "cancel",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Cancel run"),
        QT_TRANSLATE_NOOP("actions", "Stop the run; the picture stays as it was."),
        "Esc",
        icon="cancel",
    ),
    row(
        "accept",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Accept result"),
        QT_TRANSLATE_NOOP("actions", "Keep the result; it can be undone."),
        "Return",
        "Enter",
        icon="accept",
        separated=True,
    ),
    row(
        "discard",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Discard result"),
        QT_TRANSLATE_NOOP("actions", "Put the result away; the picture stays as it was."),
        "Delete",
        icon="discard",
    ),
    row(
        "previous",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Previous result"),
        QT_TRANSLATE_NOOP("actions", "Show the result of an earlier run that waits too."),
        "Left",
        on_canvas=True,
    ),
    row(
        "next",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Next result"),
        QT_TRANSLATE_NOOP("actions", "Show the result of a later run that waits too."),
        "Right",
        on_canvas=True,
    ),
    row(
        "models",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Models…"),
        QT_TRANSLATE_NOOP("actions", "Look at, add, download, check and remove models."),
        "Ctrl+Shift+L",
        separated=True,
    ),
)
