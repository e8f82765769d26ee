"""Actions about the size and the orientation of the whole picture."""

from app.actions.row import Action, row
from app.translation import QT_TRANSLATE_NOOP

ROWS: tuple[Action, ...] = (
    row(
        "scale_image",
        "image",
        QT_TRANSLATE_NOOP("actions", "&Scale image…"),
        QT_TRANSLATE_NOOP("actions", "Make the whole picture larger or smaller."),
        "Ctrl+Alt+I",
        icon="scale-image",
    ),
    row(
        "canvas_size",
        "image",
        QT_TRANSLATE_NOOP("actions", "&Canvas size…"),
        QT_TRANSLATE_NOOP("actions", "Add a border or cut the edges off, without scaling."),
        "Ctrl+Alt+C",
        icon="canvas-size",
    ),
    row(
        "crop_to_selection",
        "image",
        QT_TRANSLATE_NOOP("actions", "Crop to s&election"),
        QT_TRANSLATE_NOOP("actions", "Cut off all that lies outside a box around the selection."),
    ),
    row(
        "rotate_left",
        "image",
        QT_TRANSLATE_NOOP("actions", "Rotate 90° &left"),
        QT_TRANSLATE_NOOP("actions", "Turn the whole picture against the clock."),
        icon="rotate-left",
        separated=True,
    ),
    row(
        "rotate_right",
        "image",
        QT_TRANSLATE_NOOP("actions", "Rotate 90° &right"),
        QT_TRANSLATE_NOOP("actions", "Turn the whole picture with the clock."),
        icon="rotate-right",
    ),
    row(
        "rotate_half",
        "image",
        QT_TRANSLATE_NOOP("actions", "Rotate &180°"),
        QT_TRANSLATE_NOOP("actions", "Turn the whole picture upside down."),
    ),
    row(
        "rotate_angle",
        "image",
        QT_TRANSLATE_NOOP("actions", "Rotate by &angle…"),
        QT_TRANSLATE_NOOP("actions", "Turn the whole picture by any angle."),
    ),
    row(
        "flip_horizontally",
        "image",
        QT_TRANSLATE_NOOP("actions", "Flip &horizontally"),
        QT_TRANSLATE_NOOP("actions", "Exchange left and right of the whole picture."),
        icon="flip-horizontally",
        separated=True,
    ),
    row(
        "flip_vertically",
        "image",
        QT_TRANSLATE_NOOP("actions", "Flip &vertically"),
        QT_TRANSLATE_NOOP("actions", "Exchange top and bottom of the whole picture."),
        icon="flip-vertically",
    ),
    row(
        "flip_layer_horizontally",
        "image",
        QT_TRANSLATE_NOOP("actions", "Flip layer h&orizontally"),
        QT_TRANSLATE_NOOP(
            "actions", "Exchange left and right of the layer or region, or the selected part of it."
        ),
        separated=True,
    ),
    row(
        "flip_layer_vertically",
        "image",
        QT_TRANSLATE_NOOP("actions", "Flip layer ver&tically"),
        QT_TRANSLATE_NOOP(
            "actions", "Exchange top and bottom of the layer or region, or the selected part of it."
        ),
    ),
)

TOOLS: tuple[Action, ...] = (
    row(
        "move",
        "tools",
        QT_TRANSLATE_NOOP("actions", "&Move"),
        QT_TRANSLATE_NOOP(
            "actions",
            "Drag the layer, the region or the selected part; arrow keys move by a pixel.",
        ),
        "V",
        icon="move",
        checkable=True,
        separated=True,
    ),
    row(
        "transform",
        "tools",
        QT_TRANSLATE_NOOP("actions", "Free &transform"),
        QT_TRANSLATE_NOOP(
            "actions", "Scale, turn and distort the layer, the region or the selected part."
        ),
        "Ctrl+T",
        icon="transform",
        checkable=True,
    ),
    row(
        "crop",
        "tools",
        QT_TRANSLATE_NOOP("actions", "&Crop"),
        QT_TRANSLATE_NOOP(
            "actions", "Drag a frame to cut the picture, or beyond its edges to extend it."
        ),
        "Shift+C",
        icon="crop",
        checkable=True,
    ),
)

EDITS = tuple(action.id for action in ROWS if action.id != "crop_to_selection")
"""Possible whenever a document is open."""
