"""Actions about the tools and their sizes."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

ROWS: tuple[Action, ...] = (
    row(
        "brush",
        "tools",
        QT_TRANSLATE_NOOP("actions", "&Brush"),
        QT_TRANSLATE_NOOP("actions", "Paint the region that is to be redone."),
        "B",
        icon="brush",
        checkable=True,
    ),
    row(
        "eraser",
        "tools",
        QT_TRANSLATE_NOOP("actions", "&Eraser"),
        QT_TRANSLATE_NOOP("actions", "Take paint off the region."),
        "E",
        icon="eraser",
        checkable=True,
    ),
    row(
        "smaller",
        "tools",
        QT_TRANSLATE_NOOP("actions", "S&maller brush"),
        QT_TRANSLATE_NOOP("actions", "Make the brush smaller."),
        "[",
        separated=True,
    ),
    row(
        "larger",
        "tools",
        QT_TRANSLATE_NOOP("actions", "&Larger brush"),
        QT_TRANSLATE_NOOP("actions", "Make the brush larger."),
        "]",
    ),
    row(
        "softer",
        "tools",
        QT_TRANSLATE_NOOP("actions", "S&ofter brush"),
        QT_TRANSLATE_NOOP("actions", "Make the edge of the brush softer."),
        "{",
    ),
    row(
        "harder",
        "tools",
        QT_TRANSLATE_NOOP("actions", "&Harder brush"),
        QT_TRANSLATE_NOOP("actions", "Make the edge of the brush harder."),
        "}",
    ),
)
