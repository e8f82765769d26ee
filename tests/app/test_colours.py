"""Colours to paint with: the model, the swatch with its actions, and the picker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QColorDialog
from pytestqt.qtbot import QtBot

from app.models.colour_model import RECENT_LIMIT, ColourModel, from_hex, to_hex
from app.widgets.colour_field import ColourField
from app.widgets.colour_picker import ColourPicker
from app.widgets.colour_swatch import ColourButton
from tests.app.studio import Bench

channel = st.integers(0, 255)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    bench.window.show()
    yield bench
    bench.close()


@given(st.tuples(channel, channel, channel))
def test_a_colour_survives_its_number(colour: tuple[int, int, int]) -> None:
    assert from_hex(to_hex(colour)) == colour


@pytest.mark.parametrize("text", ["", "#12", "#12345g", "red", "#1234567"])
def test_what_is_no_number_is_no_colour(text: str) -> None:
    assert from_hex(text) is None


def test_a_short_number_is_understood() -> None:
    assert from_hex("f0A") == (255, 0, 170)


def test_recent_colours_are_few_and_not_repeated() -> None:
    colours = ColourModel()
    for k in [*range(20), 19, 15]:
        colours.foreground = (k, 0, 0)
        colours.remember()
    assert len(colours.recent) == RECENT_LIMIT
    assert colours.recent[:3] == ((15, 0, 0), (19, 0, 0), (18, 0, 0))


def test_actions_swap_and_reset(bench: Bench) -> None:
    colours, swatch = bench.brush.colours, bench.window.tool_strip.swatch
    colours.foreground = (200, 10, 30)
    assert swatch.foreground.colour == (200, 10, 30)
    assert "#c80a1e" in swatch.foreground.accessibleName()
    bench.actions["swap_colours"].trigger()
    assert (swatch.foreground.colour, swatch.background.colour) == ((255,) * 3, (200, 10, 30))
    bench.actions["default_colours"].trigger()
    assert (colours.foreground, colours.background) == ((0,) * 3, (255,) * 3)


def press(field: ColourField, x: float, y: float) -> None:
    place = QPointF(x, y)
    left = Qt.MouseButton.LeftButton
    QApplication.sendEvent(
        field,
        QMouseEvent(
            QEvent.Type.MouseButtonPress,
            place,
            QPointF(field.mapToGlobal(place)),
            left,
            left,
            Qt.KeyboardModifier.NoModifier,
        ),
    )


def test_the_field_is_pointed_at(qtbot: QtBot) -> None:
    field = ColourField()
    qtbot.addWidget(field)
    field.set_colour((255, 0, 0))
    height, strip = field.height(), field.width() - 4
    press(field, strip, height / 3)
    assert field.colour == pytest.approx((0, 255, 0), abs=3)
    press(field, 0, 0)
    assert field.colour == (255, 255, 255)
    # White has no hue, but the field has: the next colour is a green again.
    press(field, height, height / 2)
    assert field.colour == pytest.approx((0, 128, 0), abs=3)


def test_the_field_is_moved_in_by_keys(qtbot: QtBot) -> None:
    field = ColourField()
    qtbot.addWidget(field)
    for _ in range(60):
        for key in (Qt.Key.Key_Up, Qt.Key.Key_Right):
            event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(field, event)
    assert field.colour == (255, 0, 0)


def test_the_picker_changes_the_model_at_once(qtbot: QtBot) -> None:
    colours = ColourModel()
    colours.foreground = (10, 20, 30)
    colours.remember()
    colours.foreground = (0, 0, 0)
    picker = ColourPicker(colours, "background")
    qtbot.addWidget(picker)
    assert picker.number.text() == "#ffffff"
    picker.number.setText("#336699")
    picker.number.editingFinished.emit()
    assert colours.background == (0x33, 0x66, 0x99)
    picker.number.setText("nonsense"[:7])
    picker.number.editingFinished.emit()
    assert picker.number.text() == "#336699"
    chip = picker.findChild(ColourButton)
    assert chip is not None
    chip.click()
    assert colours.background == (10, 20, 30)
    assert colours.foreground == (0, 0, 0)


@pytest.mark.qt_log_ignore("^This plugin does not support")  # Offscreen has no popups.
def test_the_larger_dialog_sets_the_colour(bench: Bench) -> None:
    strip = bench.window.tool_strip
    strip.swatch.foreground.click()
    picker = strip.findChild(ColourPicker)
    assert picker is not None
    assert picker.isVisible()
    picker.more.click()
    dialog = strip.findChild(QColorDialog)
    assert dialog is not None
    dialog.setCurrentColor(QColor(9, 8, 7))
    dialog.accept()
    assert bench.brush.colours.foreground == (9, 8, 7)
