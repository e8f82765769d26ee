"""The whole window with files: opening, saving, closing, drops."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.dialogs.file_dialogs import Answer
from editing.brush import Stroke
from editing.files.raster import load_picture
from tests.app.studio import Bench
from tests.app.window_parts import pixels, ready_to_inpaint

NO_KEYS = Qt.KeyboardModifier.NoModifier


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


def test_save_and_read_back_with_settings(bench: Bench, photo: Path, tmp_path: Path) -> None:
    ready_to_inpaint(bench, photo)
    bench.run_to("result")
    bench.actions["accept"].trigger()
    bench.dialogs.save_path = tmp_path / "out.png"
    bench.actions["save_as"].trigger()
    bench.wait_for(lambda: not bench.document.modified)
    saved = load_picture(tmp_path / "out.png")
    assert (saved.pixels == pixels(bench)).all()
    assert saved.generation is not None
    assert saved.generation["prompt"] == "a house"
    assert bench.settings.get("recent_files")[0] == str(tmp_path / "out.png")
    assert bench.window.windowTitle().startswith("out.png")
    assert bench.window.statusBar().currentMessage() == "Saved out.png"


def test_a_failed_save_keeps_the_changes(bench: Bench, photo: Path, tmp_path: Path) -> None:
    ready_to_inpaint(bench, photo)
    bench.dialogs.save_path = tmp_path / "no such folder" / "out.png"
    bench.actions["save_as"].trigger()
    bench.wait_for(lambda: bench.run.message is not None)
    assert bench.document.modified
    assert bench.document.document is not None
    assert bench.document.document.path == photo


def test_unsaved_changes_are_asked_about(bench: Bench, photo: Path) -> None:
    ready_to_inpaint(bench, photo)
    assert bench.document.modified
    bench.dialogs.unsaved = "cancel"
    assert not bench.window.may_close()
    bench.workspace.files.open(photo)
    assert bench.dialogs.questions == ["unsaved photo.png", "unsaved photo.png"]
    bench.dialogs.unsaved = "discard"
    assert bench.window.may_close()


def test_a_stroke_under_way_is_a_change(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    assert bench.document.document is not None
    bench.document.begin_stroke(
        Stroke(bench.document.document, bench.workspace.brushes.brush_tool.brush)
    )
    bench.document.stroke_to(50, 60)
    assert not bench.window.may_close()
    assert bench.dialogs.questions == ["unsaved photo.png"]
    assert bench.document.has_mask()


@pytest.mark.parametrize("answer", ["cancel", "discard"])
def test_what_is_painted_while_another_picture_is_read_is_asked_about(
    bench: Bench, photo: Path, tmp_path: Path, answer: Answer
) -> None:
    bench.open(photo)
    other = tmp_path / "other.png"
    Image.new("RGB", (30, 20)).save(other)
    bench.dialogs.unsaved = answer
    bench.workspace.files.open(other)
    assert bench.dialogs.questions == []
    bench.paint(50, 50)
    bench.wait_for(lambda: not bench.run.activity)
    assert bench.dialogs.questions == ["unsaved photo.png"]
    assert bench.document.document is not None
    assert bench.document.document.path == (photo if answer == "cancel" else other)


def test_closing_may_save_first(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    bench.generation.prompt = "a house"
    bench.run_to("result")
    bench.actions["accept"].trigger()
    bench.dialogs.unsaved = "save"
    with bench.qtbot.waitSignal(bench.workspace.files.close_wanted, timeout=30_000):
        assert not bench.window.may_close()
    assert bench.window.may_close()
    assert load_picture(photo).generation is not None


def test_revert_goes_back_to_the_file(bench: Bench, photo: Path) -> None:
    ready_to_inpaint(bench, photo)
    bench.dialogs.unsaved = "discard"
    bench.actions["revert"].trigger()
    bench.wait_for(lambda: not bench.document.modified)
    assert not bench.document.has_mask()


def test_a_file_that_is_no_picture_leaves_all_as_it_is(
    bench: Bench, photo: Path, tmp_path: Path
) -> None:
    bench.open(photo)
    text = tmp_path / "text.png"
    text.write_text("no picture")
    bench.workspace.files.open(text)
    bench.wait_for(lambda: bench.run.message is not None)
    assert bench.document.document is not None
    assert bench.document.document.path == photo


def test_drops_of_files_and_of_pictures(bench: Bench, photo: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo))])
    bench.window.dropped.emit(data, NO_KEYS)
    bench.wait_for(lambda: bench.document.document is not None)
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(0xFF112233)
    data = QMimeData()
    data.setImageData(image)
    bench.window.dropped.emit(data, NO_KEYS)
    bench.dialogs.unsaved = "discard"
    bench.wait_for(lambda: bench.document.modified)
    assert bench.document.document is not None
    assert bench.document.document.size == (20, 10)
    assert bench.document.modified
    data = QMimeData()
    data.setText("words")
    bench.dialogs.unsaved = "discard"
    bench.window.dropped.emit(data, NO_KEYS)
    assert bench.run.message is not None
