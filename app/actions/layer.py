"""Actions about the layers: which there are, their order, and their masks."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

ROWS: tuple[Action, ...] = (
    row(
        "layer_add",
        "layer",
        QT_TRANSLATE_NOOP("actions", "&New layer"),
        QT_TRANSLATE_NOOP("actions", "Add a clear layer above the chosen one."),
        "Ctrl+Shift+N",
        icon="plus",
    ),
    row(
        "layer_duplicate",
        "layer",
        QT_TRANSLATE_NOOP("actions", "&Duplicate layer"),
        QT_TRANSLATE_NOOP("actions", "Add a copy of the chosen layer above it."),
        "Ctrl+J",
        icon="duplicate",
    ),
    row(
        "layer_delete",
        "layer",
        QT_TRANSLATE_NOOP("actions", "De&lete layer"),
        QT_TRANSLATE_NOOP("actions", "Delete the chosen layer; the last one stays."),
        icon="trash",
    ),
    row(
        "layer_raise",
        "layer",
        QT_TRANSLATE_NOOP("actions", "Move layer &up"),
        QT_TRANSLATE_NOOP("actions", "Swap the chosen layer with the one above it."),
        "Alt+Up",
        separated=True,
    ),
    row(
        "layer_lower",
        "layer",
        QT_TRANSLATE_NOOP("actions", "Move layer do&wn"),
        QT_TRANSLATE_NOOP("actions", "Swap the chosen layer with the one below it."),
        "Alt+Down",
    ),
    row(
        "layer_visible",
        "layer",
        QT_TRANSLATE_NOOP("actions", "&Show layer"),
        QT_TRANSLATE_NOOP("actions", "Show the chosen layer, or hide it."),
        checkable=True,
        separated=True,
    ),
    row(
        "layer_locked",
        "layer",
        QT_TRANSLATE_NOOP("actions", "Loc&k layer"),
        QT_TRANSLATE_NOOP("actions", "Keep the pixels of the chosen layer as they are."),
        checkable=True,
    ),
    row(
        "layer_mask_add",
        "layer",
        QT_TRANSLATE_NOOP("actions", "Add layer &mask"),
        QT_TRANSLATE_NOOP("actions", "Add a mask that shows all; paint on it to hide parts."),
        separated=True,
    ),
    row(
        "layer_mask_selection",
        "layer",
        QT_TRANSLATE_NOOP("actions", "Layer mask from s&election"),
        QT_TRANSLATE_NOOP("actions", "Add a mask that shows only what is selected."),
    ),
    row(
        "layer_mask_region",
        "layer",
        QT_TRANSLATE_NOOP("actions", "Layer mask from re&gion"),
        QT_TRANSLATE_NOOP("actions", "Add a mask that shows only the active region."),
    ),
    row(
        "layer_mask_apply",
        "layer",
        QT_TRANSLATE_NOOP("actions", "&Apply layer mask"),
        QT_TRANSLATE_NOOP("actions", "Erase for good what the mask hides, and remove the mask."),
    ),
    row(
        "layer_mask_delete",
        "layer",
        QT_TRANSLATE_NOOP("actions", "&Remove layer mask"),
        QT_TRANSLATE_NOOP("actions", "Take the mask away; all of the layer shows again."),
    ),
    row(
        "layer_merge",
        "layer",
        QT_TRANSLATE_NOOP("actions", "Merge &down"),
        QT_TRANSLATE_NOOP("actions", "Make one layer of the chosen one and the one below it."),
        "Ctrl+E",
        icon="merge-down",
        separated=True,
    ),
    row(
        "layer_flatten",
        "layer",
        QT_TRANSLATE_NOOP("actions", "&Flatten picture"),
        QT_TRANSLATE_NOOP("actions", "Make one layer of all; hidden ones are dropped."),
        "Ctrl+Shift+E",
    ),
)
"""In the order of the menu."""

MASKS: tuple[str, ...] = (
    "layer_mask_add",
    "layer_mask_selection",
    "layer_mask_region",
    "layer_mask_apply",
    "layer_mask_delete",
)
"""Those about the mask of a layer, for the panel's button."""
