"""The brush is remembered from one start to the next."""

from pathlib import Path

from app.brush_memory import recall, remember
from app.models.brush_model import BrushModel
from app.settings import Settings
from editing.brush_settings import Brush


def test_a_brush_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    brush, settings = BrushModel(), Settings(path)
    brush.brush = Brush(33.5, 0.25, 0.5, 0.125, 1.5, 20.0, False, True, True, 2.0, True)
    brush.paint.tolerance, brush.paint.gradient_shape = 77, "radial"
    brush.colours.foreground = (1, 20, 255)
    brush.colours.remember()
    brush.colours.swap()
    remember(settings, brush)
    settings.write()
    again = BrushModel()
    recall(Settings(path), again)
    assert again.brush == brush.brush
    assert (again.paint.tolerance, again.paint.gradient_shape) == (77, "radial")
    assert again.colours.background == (1, 20, 255)
    assert again.colours.foreground == (255, 255, 255)
    assert again.colours.recent == ((1, 20, 255),)


def test_impossible_values_are_not_taken(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    settings.set("brush_flow", 7.0)
    settings.set("brush_radius", 1e9)
    settings.set("colour_foreground", "mauve")
    settings.set("colour_recent", ["#102030", "?"])
    brush = BrushModel()
    recall(settings, brush)
    assert 0 <= brush.brush.flow <= 1
    assert brush.colours.foreground == (0, 0, 0)
    assert brush.colours.recent == ((16, 32, 48),)
