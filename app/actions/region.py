"""Actions about the regions that are redone: which there are, and their masks."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

_REGIONS: tuple[Action, ...] = (
    row(
        "region_from_selection",
        "region",
        QT_TRANSLATE_NOOP("actions", "&Use selection as region"),
        QT_TRANSLATE_NOOP("actions", "Make what is selected a region that is redone."),
        "Ctrl+Shift+R",
        icon="region",
    ),
    row(
        "selection_from_region",
        "region",
        QT_TRANSLATE_NOOP("actions", "&Select the region"),
        QT_TRANSLATE_NOOP("actions", "Select what the active region covers."),
    ),
    row(
        "region_add",
        "region",
        QT_TRANSLATE_NOOP("actions", "&Add region"),
        QT_TRANSLATE_NOOP("actions", "Add an empty region; it is redone with its own timing."),
        icon="plus",
        separated=True,
    ),
    row(
        "region_duplicate",
        "region",
        QT_TRANSLATE_NOOP("actions", "&Duplicate region"),
        QT_TRANSLATE_NOOP("actions", "Add a copy of the active region."),
        icon="duplicate",
    ),
    row(
        "region_delete",
        "region",
        QT_TRANSLATE_NOOP("actions", "De&lete region"),
        QT_TRANSLATE_NOOP("actions", "Delete the active region; the last one is emptied."),
        icon="trash",
    ),
    row(
        "region_load",
        "region",
        QT_TRANSLATE_NOOP("actions", "L&oad region…"),
        QT_TRANSLATE_NOOP("actions", "Make a region of a picture file: white is redone."),
        icon="open",
        separated=True,
    ),
    row(
        "region_save",
        "region",
        QT_TRANSLATE_NOOP("actions", "Sa&ve region…"),
        QT_TRANSLATE_NOOP("actions", "Write the active region to a PNG file, soft edges included."),
        icon="save",
    ),
)

_MASK: tuple[Action, ...] = (
    row(
        "clear_mask",
        "region",
        QT_TRANSLATE_NOOP("actions", "&Clear region"),
        QT_TRANSLATE_NOOP("actions", "Take all paint off the active region."),
        "Alt+Delete",
        icon="clear",
        separated=True,
    ),
    row(
        "fill_mask",
        "region",
        QT_TRANSLATE_NOOP("actions", "F&ill region"),
        QT_TRANSLATE_NOOP("actions", "Make the whole picture the active region."),
    ),
    row(
        "invert_mask",
        "region",
        QT_TRANSLATE_NOOP("actions", "I&nvert region"),
        QT_TRANSLATE_NOOP("actions", "Paint what is not painted, and the other way round."),
        "Alt+Shift+I",
        icon="invert",
    ),
    row(
        "region_grow",
        "region",
        QT_TRANSLATE_NOOP("actions", "&Grow region…"),
        QT_TRANSLATE_NOOP("actions", "Make the active region larger by some pixels."),
        separated=True,
    ),
    row(
        "region_shrink",
        "region",
        QT_TRANSLATE_NOOP("actions", "S&hrink region…"),
        QT_TRANSLATE_NOOP("actions", "Make the active region smaller by some pixels."),
    ),
    row(
        "region_feather",
        "region",
        QT_TRANSLATE_NOOP("actions", "&Feather region…"),
        QT_TRANSLATE_NOOP("actions", "Let the edge of the active region fade over some pixels."),
    ),
    row(
        "region_smooth",
        "region",
        QT_TRANSLATE_NOOP("actions", "S&mooth region…"),
        QT_TRANSLATE_NOOP("actions", "Take spikes and notches off the edge of the region."),
    ),
    row(
        "region_fill_holes",
        "region",
        QT_TRANSLATE_NOOP("actions", "Fill hol&es"),
        QT_TRANSLATE_NOOP("actions", "Paint what the active region encloses."),
    ),
    row(
        "region_keep_largest",
        "region",
        QT_TRANSLATE_NOOP("actions", "&Keep largest part"),
        QT_TRANSLATE_NOOP("actions", "Keep only the largest connected part of the region."),
    ),
)

ROWS: tuple[Action, ...] = (*_REGIONS, *_MASK)
"""In the order of the menu."""

MASK_EDITS: tuple[str, ...] = tuple(action.id for action in _MASK)
"""Those that edit the mask of the active region, for the panel's menu."""
ALWAYS: tuple[str, ...] = (
    "region_add",
    "region_duplicate",
    "region_delete",
    "region_load",
    "fill_mask",
    "invert_mask",
)
"""Possible with any picture."""
OF_SELECTION: tuple[str, ...] = ("region_from_selection",)
"""Possible while something is selected."""
OF_MASK: tuple[str, ...] = tuple(
    action.id for action in ROWS if action.id not in (*ALWAYS, *OF_SELECTION)
)
"""Possible while the active region covers something."""
