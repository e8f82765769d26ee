import pytest
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app import theme
from app.actions import ACTIONS


@pytest.mark.parametrize(("foreground", "background"), theme.TEXT_PAIRS)
def test_text_is_readable(foreground: str, background: str) -> None:
    assert theme.contrast(foreground, background) >= 4.5


def test_contrast_follows_the_definition() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#777777") == pytest.approx(1)
    assert theme.contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)


def test_every_icon_file_draws_something(qapp: QApplication) -> None:  # noqa: ARG001
    names = sorted(path.stem for path in theme.ICONS.glob("*.svg"))
    assert {row.icon for row in ACTIONS if row.icon} <= set(names)
    for name in names:
        image = theme.icon(name).pixmap(20, 20).toImage()
        opaque = [image.pixelColor(x, y).alpha() for x in range(20) for y in range(20)]
        assert max(opaque) > 128, name


def test_a_disabled_icon_is_dimmer(qapp: QApplication) -> None:  # noqa: ARG001
    icon = theme.icon("cancel")
    lit = icon.pixmap(20, 20).toImage().pixelColor(10, 10)
    dim = icon.pixmap(20, 20, QIcon.Mode.Disabled).toImage().pixelColor(10, 10)
    assert dim.lightness() < lit.lightness()
