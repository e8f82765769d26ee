"""Actions about the selection, and the tools that make it."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

_TOOLS: tuple[Action, ...] = (
    row(
        "select_rectangle",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Rectangle"),
        QT_TRANSLATE_NOOP("actions", "Select a rectangle; Shift in the drag makes it a square."),
        "M",
        icon="select-rectangle",
        checkable=True,
        separated=True,
    ),
    row(
        "select_ellipse",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Ellipse"),
        QT_TRANSLATE_NOOP("actions", "Select an ellipse; Shift in the drag makes it a circle."),
        "Shift+M",
        icon="select-ellipse",
        checkable=True,
    ),
    row(
        "select_lasso",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Lasso"),
        QT_TRANSLATE_NOOP("actions", "Select what is drawn around by hand."),
        "L",
        icon="select-lasso",
        checkable=True,
    ),
    row(
        "select_polygon",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Polygon"),
        QT_TRANSLATE_NOOP("actions", "Select with a corner by each click; Enter closes it."),
        "Shift+L",
        icon="select-polygon",
        checkable=True,
    ),
    row(
        "select_wand",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Magic wand"),
        QT_TRANSLATE_NOOP("actions", "Select what has about the colour that is clicked at."),
        "W",
        icon="select-wand",
        checkable=True,
    ),
    row(
        "select_colour",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Colour range"),
        QT_TRANSLATE_NOOP("actions", "Select a colour everywhere; a drag gathers several."),
        "Shift+W",
        icon="select-colour",
        checkable=True,
    ),
    row(
        "select_object",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Object by click"),
        QT_TRANSLATE_NOOP("actions", "Select the object that is clicked at or boxed in."),
        "Q",
        icon="select-object",
        checkable=True,
    ),
)

ROWS: tuple[Action, ...] = (
    row(
        "select_all",
        "select",
        QT_TRANSLATE_NOOP("actions", "&All"),
        QT_TRANSLATE_NOOP("actions", "Select the whole picture."),
        "Ctrl+A",
    ),
    row(
        "select_none",
        "select",
        QT_TRANSLATE_NOOP("actions", "&None"),
        QT_TRANSLATE_NOOP("actions", "Select nothing, so that edits go everywhere."),
        "Ctrl+D",
    ),
    row(
        "select_invert",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Invert"),
        QT_TRANSLATE_NOOP("actions", "Select what is not selected, and the other way round."),
        "Ctrl+Shift+I",
    ),
    *_TOOLS,
    row(
        "select_grow",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Grow…"),
        QT_TRANSLATE_NOOP("actions", "Make the selection larger by some pixels."),
        separated=True,
    ),
    row(
        "select_shrink",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Shrink…"),
        QT_TRANSLATE_NOOP("actions", "Make the selection smaller by some pixels."),
    ),
    row(
        "select_feather",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Feather…"),
        QT_TRANSLATE_NOOP("actions", "Let the edge of the selection fade over some pixels."),
        "Shift+F6",
    ),
    row(
        "select_smooth",
        "select",
        QT_TRANSLATE_NOOP("actions", "Smoo&th…"),
        QT_TRANSLATE_NOOP("actions", "Take spikes and notches off the edge of the selection."),
    ),
    row(
        "select_border",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Border…"),
        QT_TRANSLATE_NOOP("actions", "Select a band along the edge of the selection."),
    ),
    row(
        "select_fill_holes",
        "select",
        QT_TRANSLATE_NOOP("actions", "Fill &holes"),
        QT_TRANSLATE_NOOP("actions", "Select what the selection encloses."),
    ),
    row(
        "select_keep_largest",
        "select",
        QT_TRANSLATE_NOOP("actions", "&Keep largest part"),
        QT_TRANSLATE_NOOP("actions", "Select only the largest connected part."),
    ),
)

TOOLS: tuple[str, ...] = tuple(action.id for action in _TOOLS)
ALWAYS: tuple[str, ...] = ("select_all", "select_invert")
"""Possible with any picture."""
EDITS: tuple[str, ...] = tuple(action.id for action in ROWS if action.id not in (*TOOLS, *ALWAYS))
"""Possible while something is selected."""
