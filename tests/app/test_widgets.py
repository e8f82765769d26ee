"""The small widgets, each told by hand."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QColor, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.widgets.choice_box import ChoiceBox
from app.widgets.curve_plot import CurvePlot
from app.widgets.hold_key import HoldKey
from app.widgets.inline_slider import InlineSlider
from app.widgets.labeled_slider import LabeledSlider
from app.widgets.level_legend import LevelLegend
from app.widgets.message_bar import MessageBar
from app.widgets.mode_tabs import ModeTabs
from app.widgets.progress_strip import ProgressStrip
from app.widgets.prompt_edit import PromptEdit
from app.widgets.result_bar import ResultBar
from app.widgets.section import Section
from app.widgets.seed_field import LARGEST_SEED, SeedField
from app.widgets.word_chips import Chip, WordChips
from app.widgets.word_time_popover import WordTimePopover
from asyndm.schedule import Schedule


def test_slider_and_field_show_one_value(qtbot: QtBot) -> None:
    slider = LabeledSlider("Later", "Help.", low=0.0, high=0.95, step=0.05, decimals=2)
    qtbot.addWidget(slider)
    heard: list[float] = []
    slider.edited.connect(heard.append)
    slider.set_value(0.7)
    assert heard == []
    assert slider.slider.value() == 14
    slider.slider.setValue(19)
    assert slider.value == pytest.approx(0.95)
    slider.field.setValue(0.5)
    assert slider.slider.value() == 10
    assert heard == pytest.approx([0.95, 0.5])


def test_dial_covers_small_and_large_sizes(qtbot: QtBot) -> None:
    dial = InlineSlider("Size", "Help.", low=1, high=2000, logarithmic=True)
    qtbot.addWidget(dial)
    heard: list[float] = []
    dial.edited.connect(heard.append)
    dial.slider.setValue(dial.slider.maximum())
    dial.slider.setValue(0)
    dial.slider.setValue(dial.slider.maximum() // 2)
    assert heard[:2] == [2000, 1]
    assert heard[2] == round(2000**0.5)
    dial.set_value(24)
    assert dial.field.value() == 24
    assert len(heard) == 3


def test_plot_draws_the_schedule(qtbot: QtBot) -> None:
    plot = CurvePlot()
    qtbot.addWidget(plot)
    plot.resize(300, 168)
    plot.set_curve("exponential", 0.5)
    levels = np.array(plot.region_levels)
    times = np.linspace(0, 1, len(levels))
    assert levels == pytest.approx(Schedule("exponential", 0.5)(times))
    assert "%" in plot.accessibleDescription()


def test_plot_shows_region_and_cursor_only_when_told(qtbot: QtBot) -> None:
    plot = CurvePlot()
    qtbot.addWidget(plot)
    plot.resize(300, 168)

    def count(colour: str) -> int:
        image, wanted = plot.grab().toImage(), QColor(colour).rgb()
        return sum(
            image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height())
        )

    plot.set_curve("quadratic", 0.7)
    assert count(theme.CONCAVE_CURVE) > 100
    plot.set_curve("quadratic", 0.7, concave=False)
    assert count(theme.CONCAVE_CURVE) == 0
    before = plot.grab().toImage()
    plot.set_progress(0.5)
    assert plot.grab().toImage() != before
    plot.set_progress(None)
    assert plot.grab().toImage() == before


def test_seeds_beyond_32_bits_and_nonsense(qtbot: QtBot) -> None:
    field = SeedField()
    qtbot.addWidget(field)
    heard: list[int] = []
    field.edited.connect(heard.append)
    field.field.selectAll()
    QTest.keyClicks(field.field, "9223372036854775807")
    assert heard[-1] == LARGEST_SEED
    QTest.keyClicks(field.field, "x-")
    assert field.field.text() == "9223372036854775807"
    field.dice.click()
    assert heard[-1] == int(field.field.text())
    count = len(heard)
    field.set_seed(5)
    assert (field.field.text(), len(heard)) == ("5", count)
    locks: list[bool] = []
    field.locked.connect(locks.append)
    field.lock.click()
    assert locks == [True]


def test_chips_follow_the_words(qtbot: QtBot) -> None:
    chips = WordChips()
    qtbot.addWidget(chips)
    heard: list[tuple[str, bool]] = []
    chips.toggled.connect(lambda text, lit: heard.append((text, lit)))
    chips.set_words([Chip("red", False), Chip("house", True), Chip("tree", False)])
    chips.set_words([Chip("blue", False), Chip("house", True)])
    assert [(c.text(), c.isChecked()) for c in chips.chips] == [("blue", False), ("house", True)]
    assert heard == []
    chips.chips[0].click()
    assert heard == [("blue", True)]


def test_chips_wrap_into_lines(qtbot: QtBot) -> None:
    chips = WordChips()
    qtbot.addWidget(chips)
    chips.set_words([Chip(f"word{k}", False) for k in range(12)])
    chips.resize(200, 400)
    chips.show()
    tops = {chip.y() for chip in chips.chips}
    assert len(tops) > 2
    assert all(chip.geometry().right() < 200 for chip in chips.chips)


def test_a_lit_chip_asks_for_its_time_and_shows_it(qtbot: QtBot) -> None:
    chips = WordChips()
    qtbot.addWidget(chips)
    asked: list[str] = []
    heard: list[tuple[str, bool]] = []
    chips.time_wanted.connect(asked.append)
    chips.toggled.connect(lambda text, lit: heard.append((text, lit)))
    chips.set_words([Chip("red", False), Chip("house", lit=True, value=0.3, colour="#20b2e6")])
    red, house = chips.chips
    assert (red.text(), house.text()) == ("red", "house  0.30")
    assert (house.accessibleName(), house.accessibleDescription()) == (
        "house",
        "Decide later: 0.30",
    )
    assert red.icon().isNull()
    assert house.icon().pixmap(house.iconSize()).toImage().pixelColor(4, 4).name() == "#20b2e6"
    for chip in (red, house):
        chip.customContextMenuRequested.emit(QPoint(2, 2))
    assert asked == ["house"]
    house.click()
    assert heard == [("house", False)]
    chips.set_words([Chip("house", True)])
    assert chips.chips[0].icon().isNull()
    assert chips.chips[0].accessibleDescription() == ""


@pytest.mark.qt_log_ignore("^This plugin does not support")  # Offscreen has no popups.
def test_the_popover_of_a_word_stays_on_the_screen(qtbot: QtBot) -> None:
    chip = QPushButton("house")
    qtbot.addWidget(chip)
    room = chip.screen().availableGeometry()
    chip.move(room.right() - 40, room.bottom() - 40)
    chip.show()
    popover = WordTimePopover()
    qtbot.addWidget(popover)
    heard: list[tuple[str, float]] = []
    cleared: list[str] = []
    popover.edited.connect(lambda word, value: heard.append((word, value)))
    popover.cleared.connect(cleared.append)
    popover.show_for("house", 0.3, chip, is_own=False)
    assert room.contains(popover.frameGeometry())
    assert not popover.reset.isEnabled()
    assert heard == []
    popover.slider.slider.setValue(4)
    assert [(word, round(value, 6)) for word, value in heard] == [("house", 0.2)]
    popover.reset.click()
    assert cleared == ["house"]
    assert not popover.isVisible()


def test_message_bar_shows_what_makes_sense(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    assert bar.isHidden()
    bar.show_message("It broke.", error=True, details=False, retry=True)
    assert bar.isVisible()
    assert bar.retry.isVisible()
    assert not bar.details.isVisible()
    with qtbot.waitSignal(bar.retry_clicked):
        bar.retry.click()
    with qtbot.waitSignal(bar.closed):
        bar.close_button.click()


def test_result_bar_buttons_act(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    accept, discard = QAction("Accept", owner), QAction("Discard", owner)
    bar = ResultBar(accept, discard)
    qtbot.addWidget(bar)
    height = bar.height()
    bar.show_result("0 pixels changed outside the mask.")
    with qtbot.waitSignals([accept.triggered, discard.triggered]):
        bar.accept.click()
        bar.discard.click()
    held: list[bool] = []
    bar.before_held.connect(held.append)
    bar.show()
    QTest.mousePress(bar.before, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(bar.before, Qt.MouseButton.LeftButton)
    assert held == [True, False]
    bar.show_hint("Paint.")
    assert not bar.accept.isVisible()
    assert bar.height() == height


def test_progress_may_be_unknown(qtbot: QtBot) -> None:
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    strip.set_progress(None)
    assert strip.maximum() == 0
    strip.set_progress(0.25)
    assert strip.value() / strip.maximum() == 0.25
    strip.set_idle()
    assert strip.value() == 0


def test_tabs_know_their_modes(qtbot: QtBot) -> None:
    tabs = ModeTabs((("a", "A", "Help a."), ("b", "B", "Help b.")))
    qtbot.addWidget(tabs)
    heard: list[str] = []
    tabs.picked.connect(heard.append)
    tabs.set_mode("b")
    assert (tabs.currentIndex(), heard) == (1, [])
    tabs.setCurrentIndex(0)
    assert heard == ["a"]


def test_section_opens_on_a_click(qtbot: QtBot) -> None:
    section = Section("More", "Help.", QLabel("content"))
    qtbot.addWidget(section)
    section.show()
    assert not section.content.isVisible()
    with qtbot.waitSignal(section.opened):
        section.button.click()
    assert section.content.isVisible()


def test_choice_keeps_what_is_still_offered(qtbot: QtBot) -> None:
    box = ChoiceBox((("", "Automatic", ""), ("x", "X", "Help.")), "Help.")
    qtbot.addWidget(box)
    heard: list[str] = []
    box.picked.connect(heard.append)
    box.set_choice("x")
    box.set_choices((("", "Automatic", ""), ("y", "Y", ""), ("x", "X", "")))
    assert box.currentData() == "x"
    box.set_choice("gone")
    assert box.currentData() == ""
    assert heard == []
    box.activated.emit(1)
    assert heard == ["y"]


def test_legend_has_noise_on_top(qtbot: QtBot) -> None:
    legend = LevelLegend()
    qtbot.addWidget(legend)
    legend.resize(48, 96)
    legend.set_colours(["#0000ff", "#ff0000"])
    image = legend.grab().toImage()
    assert image.pixelColor(24, 20).red() > 200
    assert image.pixelColor(24, 75).blue() > 200


def test_prompt_leaves_files_to_the_window(qtbot: QtBot) -> None:
    edit = PromptEdit("Prompt", "Help.", 60)
    qtbot.addWidget(edit)
    files, text = QMimeData(), QMimeData()
    files.setUrls([QUrl.fromLocalFile("/a.png")])
    text.setText("words")
    assert not edit.canInsertFromMimeData(files)
    assert edit.canInsertFromMimeData(text)


def test_a_held_key_counts_once_and_not_while_typing(qtbot: QtBot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    heard: list[bool] = []
    key = HoldKey(Qt.Key.Key_C, field)
    key.held.connect(heard.append)

    def send(kind: QEvent.Type, *, repeat: bool = False) -> None:
        event = QKeyEvent(kind, Qt.Key.Key_C, Qt.KeyboardModifier.NoModifier, "c", repeat)
        QApplication.sendEvent(field, event)

    field.clearFocus()
    send(QEvent.Type.KeyPress)
    send(QEvent.Type.KeyPress, repeat=True)
    send(QEvent.Type.KeyRelease)
    assert heard == [True, False]
    field.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    send(QEvent.Type.KeyPress)
    assert heard == [True, False]


def test_keys_in_the_prompt_change_the_weight_of_a_word(qtbot: QtBot) -> None:
    prompt = PromptEdit("Prompt", "Help.", 60)
    qtbot.addWidget(prompt)
    prompt.set_text("a \N{BOUQUET} red cat")
    cursor = prompt.textCursor()
    cursor.setPosition(10)  # Qt counts the flowers as two
    prompt.setTextCursor(cursor)
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(prompt, Qt.Key.Key_Up, control)
    QTest.keyClick(prompt, Qt.Key.Key_Up, control | Qt.KeyboardModifier.KeypadModifier)
    assert prompt.toPlainText() == "a \N{BOUQUET} red (cat:1.2)"
    assert prompt.textCursor().selectedText() == "cat"
    QTest.keyClick(prompt, Qt.Key.Key_Down, control)
    QTest.keyClick(prompt, Qt.Key.Key_Down, control)
    assert prompt.toPlainText() == "a \N{BOUQUET} red cat"
    prompt.undo()
    assert prompt.toPlainText() == "a \N{BOUQUET} red (cat:1.1)"
    prompt.setReadOnly(True)
    QTest.keyClick(prompt, Qt.Key.Key_Up, control)
    assert prompt.toPlainText() == "a \N{BOUQUET} red (cat:1.1)"
