"""Saves in the background: the window goes on, edits meanwhile count, closing waits or asks."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app import document_writing
from app.document_writing import ExportChoice, Progress, Write
from editing.document import Document
from editing.files.document_file import SaveOptions, load_document
from editing.layer_commands import add_layer
from tests.app.gaps import Gaps
from tests.app.studio import Bench


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 255, (200, 300, 3), np.uint8)).save(path)
    return path


class Gate:
    """Holds saves back until they are let go, as a slow disk would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.written: list[str] = []
        real = document_writing.prepare

        def prepare(document: Document, path: Path, export: ExportChoice | None = None) -> Write:
            write = real(document, path, export)

            def held(progress: Progress) -> list[str]:
                progress(0.25)
                assert self.open.wait(30)
                progress(0.5)
                self.written.append(path.name)
                return write(progress)

            return held

        monkeypatch.setattr(document_writing, "prepare", prepare)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(monkeypatch)
    yield gate
    gate.open.set()


def edit(bench: Bench) -> None:
    assert bench.document.document is not None
    bench.document.push(add_layer(bench.document.document))


def wait_until_saved(bench: Bench) -> None:
    bench.wait_for(lambda: not bench.workspace.files.saving.is_busy)


def test_progress_is_shown_and_goes_away(bench: Bench, photo: Path, gate: Gate) -> None:
    bench.open(photo)
    bench.dialogs.save_path = photo.with_name("out.ora")
    bench.actions["save_as"].trigger()
    bench.wait_for(lambda: bench.window.progress.value() == 250)
    assert bench.window.statusBar().currentMessage() == "Saving out.ora… 25 %"
    gate.open.set()
    wait_until_saved(bench)
    assert bench.window.progress.value() == 0
    assert bench.window.statusBar().currentMessage() == "Saved out.ora"
    assert bench.window.windowTitle().startswith("out.ora")


def test_an_edit_during_the_writing_is_not_saved(bench: Bench, photo: Path, gate: Gate) -> None:
    bench.open(photo)
    edit(bench)
    bench.dialogs.save_path = photo.with_name("out.ora")
    bench.actions["save_as"].trigger()
    edit(bench)
    gate.open.set()
    wait_until_saved(bench)
    assert bench.document.modified
    assert len(load_document(bench.dialogs.save_path).document.layers) == 2
    bench.actions["save"].trigger()
    wait_until_saved(bench)
    assert not bench.document.modified
    assert len(load_document(bench.dialogs.save_path).document.layers) == 3


def test_an_undo_and_another_edit_is_not_the_saved_state(
    bench: Bench, photo: Path, gate: Gate
) -> None:
    """The place in the history is the same as before, what is there is not."""
    bench.open(photo)
    edit(bench)
    bench.dialogs.save_path = photo.with_name("out.ora")
    bench.actions["save_as"].trigger()
    bench.actions["undo"].trigger()
    bench.wait_for(lambda: not bench.actions["undo"].isEnabled())
    bench.paint(50, 50)
    gate.open.set()
    wait_until_saved(bench)
    assert bench.document.modified


def test_the_state_in_the_file_is_the_one_the_save_began_with(
    bench: Bench, photo: Path, gate: Gate
) -> None:
    """Undo leads to it and past it; the state before is not in the file any more."""
    bench.open(photo)
    edit(bench)
    bench.dialogs.save_path = photo.with_name("out.ora")
    bench.actions["save_as"].trigger()
    edit(bench)
    gate.open.set()
    wait_until_saved(bench)
    assert bench.document.modified
    bench.document.undo()
    assert not bench.document.modified
    bench.document.undo()
    assert bench.document.history is not None
    assert not bench.document.history.can_undo
    assert bench.document.modified


def test_a_second_request_waits_for_the_first(bench: Bench, photo: Path, gate: Gate) -> None:
    bench.open(photo)
    edit(bench)
    bench.dialogs.save_path = photo.with_name("out.ora")
    for _ in range(3):
        bench.actions["save_as"].trigger()
    edit(bench)
    gate.open.set()
    wait_until_saved(bench)
    assert gate.written == ["out.ora", "out.ora"]
    assert not bench.document.modified
    assert len(load_document(bench.dialogs.save_path).document.layers) == 3


def test_closing_waits_for_the_save(bench: Bench, photo: Path, gate: Gate) -> None:
    bench.open(photo)
    edit(bench)
    bench.dialogs.save_path = photo.with_name("out.ora")
    bench.actions["save_as"].trigger()
    assert not bench.window.may_close()
    dialog = bench.dialogs.saving
    assert dialog is not None
    assert dialog.isVisible()
    with bench.qtbot.waitSignal(bench.workspace.files.close_wanted, timeout=30_000):
        gate.open.set()
    assert bench.window.may_close()
    assert bench.dialogs.save_path.exists()


def test_leaving_without_the_save_leaves_the_file_alone(
    bench: Bench, photo: Path, gate: Gate
) -> None:
    before = photo.read_bytes()
    bench.open(photo)
    edit(bench)
    bench.dialogs.layers = "flat"
    bench.actions["save"].trigger()
    assert bench.dialogs.questions == ["layers photo.png"]
    assert not bench.window.may_close()
    dialog = bench.dialogs.saving
    assert dialog is not None
    with bench.qtbot.waitSignal(bench.workspace.files.close_wanted, timeout=30_000):
        dialog.quit_button.click()
    assert bench.window.may_close()
    gate.open.set()
    wait_until_saved(bench)
    assert photo.read_bytes() == before
    assert gate.written == []


def test_staying_keeps_the_window(bench: Bench, photo: Path, gate: Gate) -> None:
    bench.open(photo)
    edit(bench)
    bench.dialogs.save_path = photo.with_name("out.ora")
    bench.actions["save_as"].trigger()
    assert not bench.window.may_close()
    dialog = bench.dialogs.saving
    assert dialog is not None
    dialog.stay_button.click()
    closes: list[bool] = []
    bench.workspace.files.close_wanted.connect(lambda: closes.append(True))
    gate.open.set()
    wait_until_saved(bench)
    assert closes == []


def test_opening_another_picture_waits_for_the_save(
    bench: Bench, photo: Path, gate: Gate, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    Image.new("RGB", (50, 40), (1, 2, 3)).save(other)
    bench.open(photo)
    edit(bench)
    bench.dialogs.save_path = photo.with_name("out.ora")
    bench.actions["save_as"].trigger()
    bench.workspace.files.open(other)
    assert bench.dialogs.questions == ["save photo.ora"]
    gate.open.set()
    bench.wait_for(lambda: bench.document.document and bench.document.document.path == other)
    assert len(load_document(bench.dialogs.save_path).document.layers) == 2


def test_layers_are_asked_about_once(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    edit(bench)
    bench.actions["save"].trigger()
    assert bench.dialogs.questions == ["layers photo.png"]
    assert bench.document.modified
    bench.dialogs.layers = "layers"
    bench.dialogs.save_path = photo.with_suffix(".ora")
    bench.actions["save"].trigger()
    assert bench.dialogs.questions[1:] == ["layers photo.png", "save photo.ora"]
    wait_until_saved(bench)
    edit(bench)
    bench.actions["save"].trigger()
    wait_until_saved(bench)
    assert len(bench.dialogs.questions) == 3
    assert not bench.document.modified


def test_flat_is_remembered_for_the_document(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    bench.dialogs.layers = "flat"
    for _ in range(2):
        edit(bench)
        bench.actions["save"].trigger()
        wait_until_saved(bench)
        assert not bench.document.modified
    assert bench.dialogs.questions == ["layers photo.png"]


def test_a_new_picture_is_proposed_as_a_layered_file_if_it_has_layers(
    bench: Bench, photo: Path
) -> None:
    bench.open(photo)
    bench.actions["save_as"].trigger()
    edit(bench)
    bench.actions["save_as"].trigger()
    assert bench.dialogs.questions == ["save photo.png", "save photo.ora"]


def test_an_export_is_a_copy(bench: Bench, photo: Path, tmp_path: Path) -> None:
    bench.open(photo)
    edit(bench)
    out = tmp_path / "copy.jpg"
    options = SaveOptions(format="jpeg", quality=80)
    bench.dialogs.export = (out, ExportChoice(options, keeps_metadata=False))
    bench.actions["export"].trigger()
    wait_until_saved(bench)
    assert bench.document.modified
    assert bench.document.document is not None
    assert bench.document.document.path == photo
    with Image.open(out) as picture:
        assert (picture.format, picture.size) == ("JPEG", (300, 200))


def test_an_export_over_the_own_file_is_known_and_no_save(
    bench: Bench, photo: Path, gate: Gate
) -> None:
    bench.open(photo)
    bench.dialogs.export = (photo, ExportChoice(SaveOptions(format="png"), keeps_metadata=False))
    bench.actions["export"].trigger()
    gate.open.set()
    wait_until_saved(bench)
    assert bench.document.modified
    bench.qtbot.wait(600)
    assert bench.run.file_message is None


def test_a_failure_is_a_sentence_and_the_document_stays_modified(
    bench: Bench, photo: Path, tmp_path: Path
) -> None:
    bench.open(photo)
    edit(bench)
    bench.dialogs.save_path = tmp_path / "none" / "out.ora"
    bench.actions["save_as"].trigger()
    bench.wait_for(lambda: bench.run.message is not None)
    assert bench.run.message is not None
    assert "does not exist" in bench.run.message.text
    assert bench.document.modified
    bench.dialogs.save_path = tmp_path / "out.ora"
    bench.actions["save_as"].trigger()
    wait_until_saved(bench)
    assert not bench.document.modified


def test_the_window_goes_on_during_a_large_save(
    bench: Bench, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The longest gap between two ticks of a timer; a save on this thread would be one gap."""
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 255, (512, 512, 4), np.uint8)
    bench.document.set_document(Document(np.tile(noise, (6, 6, 1))))
    edit(bench)
    bench.dialogs.save_path = tmp_path / "large.ora"
    with Gaps() as gaps:
        bench.actions["save_as"].trigger()
        wait_until_saved(bench)
    record_property("longest_gap_ms", round(gaps.longest_ms))
    record_property("duration_ms", round(gaps.duration_ms))
    assert not bench.document.modified
    assert gaps.ticks > 10
    assert gaps.longest_ms < gaps.duration_ms / 3
