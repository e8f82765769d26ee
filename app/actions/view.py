"""Actions about how the picture is shown."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

ROWS: tuple[Action, ...] = (
    row(
        "fit",
        "view",
        QT_TRANSLATE_NOOP("actions", "&Fit to window"),
        QT_TRANSLATE_NOOP("actions", "Show the whole picture."),
        "Ctrl+0",
    ),
    row(
        "actual_size",
        "view",
        QT_TRANSLATE_NOOP("actions", "&Actual size"),
        QT_TRANSLATE_NOOP("actions", "Show one pixel of the picture per pixel of the screen."),
        "Ctrl+1",
    ),
    row(
        "zoom_in",
        "view",
        QT_TRANSLATE_NOOP("actions", "Zoom &in"),
        QT_TRANSLATE_NOOP("actions", "Show the picture larger."),
        "Ctrl++",
        "Ctrl+=",
    ),
    row(
        "zoom_out",
        "view",
        QT_TRANSLATE_NOOP("actions", "Zoom &out"),
        QT_TRANSLATE_NOOP("actions", "Show the picture smaller."),
        "Ctrl+-",
    ),
    row(
        "show_mask",
        "view",
        QT_TRANSLATE_NOOP("actions", "Show &mask"),
        QT_TRANSLATE_NOOP("actions", "Show the painted region over the picture."),
        "Ctrl+M",
        icon="mask",
        checkable=True,
        separated=True,
    ),
    row(
        "show_levels",
        "view",
        QT_TRANSLATE_NOOP("actions", "Show &timestep map"),
        QT_TRANSLATE_NOOP("actions", "During a run, show how much noise each pixel still has."),
        "Ctrl+Shift+M",
        icon="timestep-map",
        checkable=True,
    ),
    row(
        "hide_panels",
        "view",
        QT_TRANSLATE_NOOP("actions", "Hide &panels"),
        QT_TRANSLATE_NOOP("actions", "Leave the whole window to the picture."),
        "Tab",
        checkable=True,
        separated=True,
        on_canvas=True,
    ),
)
