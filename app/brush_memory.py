"""What is remembered of the brush and of the tools that paint, from one start to the next."""

from PySide6.QtCore import QObject

from app.models.brush_model import BrushModel
from app.models.colour_model import RECENT_LIMIT, from_hex, to_hex
from app.settings import Settings

_BRUSH = (
    "hardness",
    "opacity",
    "flow",
    "spacing",
    "smoothing",
    "pressure_size",
    "pressure_opacity",
    "pressure_flow",
    "pressure_curve",
    "tilt",
)
_PAINT = (
    "clone_aligned",
    "clone_all",
    "gradient_shape",
    "gradient_clear",
    "gradient_opacity",
    "tolerance",
    "contiguous",
    "sample_all",
    "sample_side",
)
_COLOURS = ("foreground", "background")


def recall(settings: Settings, brush: BrushModel) -> None:
    """Set a brush as it was; a value that no brush can have is left out."""
    brush.set_radius(settings.get("brush_radius"))
    for model, name, key in _rows(brush):
        setattr(model, name, settings.get(key))
    try:
        _ = brush.brush
    except ValueError:
        brush.brush = type(brush)().brush
    for name in _COLOURS:
        colour = from_hex(settings.get(f"colour_{name}"))
        if colour is not None:
            setattr(brush.colours, name, colour)
    found = [from_hex(text) for text in settings.get("colour_recent")[:RECENT_LIMIT]]
    brush.colours.recent = tuple(colour for colour in found if colour is not None)


def remember(settings: Settings, brush: BrushModel) -> None:
    """Take down how a brush is."""
    settings.set("brush_radius", brush.radius)
    for model, name, key in _rows(brush):
        settings.set(key, getattr(model, name))
    for name in _COLOURS:
        settings.set(f"colour_{name}", to_hex(getattr(brush.colours, name)))
    settings.set("colour_recent", [to_hex(colour) for colour in brush.colours.recent])


def _rows(brush: BrushModel) -> list[tuple[QObject, str, str]]:
    """Models with their properties and the settings that hold them."""
    own: list[tuple[QObject, str, str]] = [(brush, name, f"brush_{name}") for name in _BRUSH]
    return own + [(brush.paint, name, f"paint_{name}") for name in _PAINT]
