"""The whole window with the scripted engine process: runs and results."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.app.studio import Bench
from tests.app.window_parts import pixels, ready_to_inpaint


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    path = tmp_path / "photo.png"
    Image.fromarray(rng.integers(0, 255, (200, 300, 3), np.uint8)).save(path)
    return path


def test_inpaint_accept_undo_redo(bench: Bench, photo: Path) -> None:
    ready_to_inpaint(bench, photo)
    before = pixels(bench)
    bench.run_to("result")
    assert (pixels(bench) == before).all()
    assert bench.run.caption.startswith("0 pixels changed outside the mask")
    bench.actions["accept"].trigger()
    after = pixels(bench)
    assert (after[100, 150, :3] == (7, 10, 20)).all()
    assert (after[:40] == before[:40]).all()
    assert bench.document.modified
    bench.actions["undo"].trigger()
    assert (pixels(bench) == before).all()
    bench.actions["redo"].trigger()
    assert (pixels(bench) == after).all()
    assert bench.run.state == "idle"


def test_a_line_says_what_to_do_next(bench: Bench, photo: Path) -> None:
    line = bench.window.result_bar
    assert not line.isVisibleTo(bench.window)
    bench.open(photo)
    assert "Write a prompt" in line.caption.text()
    bench.generation.mode = "inpaint"
    assert "Paint over" in line.caption.text()
    bench.paint(150, 100)
    assert "will be redone" in line.caption.text()
    assert not line.accept.isVisibleTo(line)
    bench.run_to("result")
    assert line.caption.text() == bench.run.caption
    assert line.accept.isVisibleTo(line)


def test_discard_and_before_leave_the_picture_alone(bench: Bench, photo: Path) -> None:
    ready_to_inpaint(bench, photo)
    before = pixels(bench)
    bench.run_to("result")
    bench.window.result_bar.before.pressed.emit()
    bench.window.result_bar.before.released.emit()
    bench.actions["discard"].trigger()
    assert bench.run.state == "idle"
    assert (pixels(bench) == before).all()
    assert not bench.actions["accept"].isEnabled()


def test_generate_in_an_empty_window_makes_the_document(bench: Bench) -> None:
    bench.generation.prompt = "a house"
    bench.run_to("result")
    assert bench.document.document is None
    assert bench.window.stack.currentWidget() is bench.workspace.canvas
    bench.actions["accept"].trigger()
    document = bench.document.document
    assert document is not None
    assert document.modified
    assert document.path is None
    assert (document.active_layer.plane.pixels[0, 0] == (7, 10, 20, 255)).all()
    assert document.metadata.generation is not None
    assert document.metadata.generation["seed"] == 7


def test_enter_reaches_the_first_result_from_the_prompt(bench: Bench) -> None:
    bench.window.show()
    bench.window.activateWindow()
    prompt = bench.window.column.prompt.prompt
    prompt.setFocus()
    bench.wait_for(prompt.hasFocus)
    bench.generation.prompt = "a house"
    bench.run_to("result")
    assert bench.workspace.canvas.hasFocus()
    QTest.keyClick(bench.workspace.canvas, Qt.Key.Key_Return)
    assert bench.document.document is not None


def test_a_discarded_first_generation_brings_the_start_page_back(bench: Bench) -> None:
    bench.generation.prompt = "a house"
    bench.run_to("result")
    bench.actions["discard"].trigger()
    assert bench.window.stack.currentWidget() is bench.window.start_page


def test_generate_over_a_picture_is_one_undoable_step(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    before = pixels(bench)
    bench.generation.prompt = "a house"
    bench.run_to("result")
    bench.actions["accept"].trigger()
    assert pixels(bench).shape != before.shape
    bench.actions["undo"].trigger()
    assert (pixels(bench) == before).all()


def test_an_unlocked_seed_serves_one_run_and_a_locked_one_stays(bench: Bench) -> None:
    bench.generation.prompt = "a house"
    for _ in range(2):
        bench.run_to("result")
        bench.actions["discard"].trigger()
    assert bench.generation.seed != 7
    bench.generation.seed, bench.generation.seed_locked = 11, True
    for _ in range(2):
        bench.run_to("result")
        bench.actions["discard"].trigger()
    assert bench.generation.seed == 11


def test_nothing_painted_is_one_sentence(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    bench.generation.mode = "inpaint"
    bench.actions["run"].trigger()
    bench.wait_for(lambda: bench.run.message is not None)
    assert "paint" in bench.window.message_bar.label.text()
    assert bench.run.state == "idle"
    assert not bench.window.message_bar.retry.isVisibleTo(bench.window)
    bench.paint(20, 20)
    assert bench.run.message is None


def test_a_refused_run_keeps_the_seed_and_other_messages_survive_painting(
    bench: Bench, photo: Path
) -> None:
    bench.open(photo)
    bench.generation.mode = "inpaint"
    for _ in range(2):
        bench.run.message = None
        bench.actions["run"].trigger()
        bench.wait_for(lambda: bench.run.message is not None)
    assert bench.generation.seed == 7
    bench.workspace.control.say("The disk is full.")
    bench.paint(20, 20)
    assert bench.run.message is not None


def test_a_refused_edit_is_told_until_another_is_made(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    bench.actions["layer_mask_region"].trigger()
    assert bench.run.message is not None
    assert bench.run.message.text.startswith("Nothing is painted in the region")
    bench.paint(20, 20)
    assert bench.run.message is None


def test_the_canvas_has_the_keyboard_after_a_decision(bench: Bench, photo: Path) -> None:
    bench.window.show()
    bench.qtbot.waitActive(bench.window)
    ready_to_inpaint(bench, photo)
    for name in ("discard", "accept"):
        bench.run_to("result")
        button = bench.window.result_bar.discard
        if name == "accept":
            button = bench.window.result_bar.accept
        button.setFocus()
        button.click()
        bench.wait_for(bench.workspace.canvas.hasFocus)


def test_cancel_ends_the_run_and_shows_the_picture_again(bench: Bench, photo: Path) -> None:
    ready_to_inpaint(bench, photo, "slow")
    bench.generation.steps = 100
    before = pixels(bench)
    bench.actions["run"].trigger()
    bench.wait_for(lambda: bench.run.level_time > 0)
    assert bench.window.column.timing.plot.progress is not None
    assert not bench.actions["run"].isEnabled()
    bench.actions["cancel"].trigger()
    bench.wait_for(lambda: bench.run.state == "idle")
    assert bench.run.message is None
    assert bench.window.column.timing.plot.progress is None
    assert (pixels(bench) == before).all()


def test_a_death_is_told_and_the_retry_gives_the_same(
    bench: Bench, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIPTED_MARK", str(tmp_path / "mark"))
    ready_to_inpaint(bench, photo, "die-once")
    bench.actions["run"].trigger()
    bench.wait_for(lambda: bench.run.message is not None)
    message = bench.run.message
    assert message is not None
    assert message.retry
    assert "SIGKILL" in message.details
    assert bench.run.state == "idle"
    bench.generation.seed = 99  # a retry runs the same request, whatever the panels say now
    bench.window.message_bar.retry_clicked.emit()
    bench.wait_for(lambda: bench.run.state == "result")
    assert bench.run.message is None
    bench.actions["accept"].trigger()
    assert (pixels(bench)[100, 150, :3] == (7, 10, 20)).all()


def test_a_failure_has_details(bench: Bench, photo: Path) -> None:
    ready_to_inpaint(bench, photo, "fail")
    bench.actions["run"].trigger()
    bench.wait_for(lambda: bench.run.message is not None)
    bar = bench.window.message_bar
    assert bar.label.text() == "The script failed."
    bar.details_clicked.emit()
    bar.closed.emit()
    assert bench.run.message is None


def test_progress_counts_both_phases(bench: Bench, photo: Path) -> None:
    ready_to_inpaint(bench, photo, "probe")
    heard: list[float | None] = []
    bench.run.progress_changed.connect(heard.append)
    bench.run_to("result")
    shares = [share for share in heard if share is not None]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(1 / 6)
    assert shares[-1] == 1


def test_another_document_ends_the_result(bench: Bench, photo: Path, tmp_path: Path) -> None:
    ready_to_inpaint(bench, photo)
    bench.run_to("result")
    other = tmp_path / "other.png"
    Image.new("RGB", (50, 40), (1, 2, 3)).save(other)
    bench.dialogs.unsaved = "discard"
    bench.open(other)
    assert bench.run.state == "idle"
    assert pixels(bench).shape == (40, 50, 4)


def test_an_undo_of_the_picture_ends_a_result_that_was_made_for_it(
    bench: Bench, photo: Path
) -> None:
    ready_to_inpaint(bench, photo)
    bench.run_to("result")
    bench.actions["accept"].trigger()
    bench.run_to("result")
    bench.actions["undo"].trigger()
    assert bench.run.state == "idle"


def test_repair_reads_the_settings_of_the_picture(bench: Bench, tmp_path: Path) -> None:
    bench.generation.prompt, bench.generation.steps = "a blue boat", 4
    bench.run_to("result")
    bench.actions["accept"].trigger()
    path = tmp_path / "boat.png"
    bench.dialogs.save_path = path
    bench.actions["save"].trigger()
    bench.wait_for(path.exists)
    bench.wait_for(lambda: not bench.document.modified)
    bench.generation.prompt, bench.generation.seed, bench.generation.steps = "other", 1, 9
    bench.generation.mode = "repair"
    assert (bench.generation.prompt, bench.generation.seed) == ("a blue boat", 7)
    assert bench.generation.steps == 4
    assert bench.generation.model == "papertown"
    assert "read from the picture" in bench.generation.hint
    bench.paint(20, 20)
    bench.generation.seed = 8  # the script gives each seed its own colour
    bench.run_to("result")
    bench.actions["accept"].trigger()
    document = bench.document.document
    assert document is not None
    assert document.metadata.generation is not None
    assert document.metadata.generation["recorded"]["prompt"] == "a blue boat"
    bench.generation.mode = "inpaint"
    assert (bench.generation.model, bench.generation.hint) == ("", "")


def test_repair_says_when_the_picture_holds_no_settings(bench: Bench, photo: Path) -> None:
    bench.generation.mode = "repair"
    assert "Open the picture" in bench.generation.hint
    bench.open(photo)
    assert "holds no settings" in bench.generation.hint
    assert bench.window.column.prompt.hint.text() == bench.generation.hint


def test_a_result_leaves_a_small_window_as_wide_as_it_was(bench: Bench, photo: Path) -> None:
    bench.window.resize(1024, 700)
    bench.window.show()
    bench.qtbot.waitExposed(bench.window)
    ready_to_inpaint(bench, photo)
    bench.run_to("result")
    bench.run.caption = "0 pixels changed outside the mask and its border of 3 px."
    bench.window.result_bar.show_result(bench.run.caption)
    bench.qtbot.wait(50)
    assert bench.window.width() == 1024
    caption = bench.window.result_bar.caption
    assert caption.height() >= caption.heightForWidth(caption.width())
