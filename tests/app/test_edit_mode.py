"""The mode Edit in the window: what it shows, and runs from the button to the accepted layer."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from asyndm.catalogue import EMBEDDED, installed_models_folder
from editing.flatten import flattened
from tests.app.studio import Bench
from tests.asyndm.tiny_transformers import tiny_flux_folder
from tests.editing.photograph import photograph


def opened(qtbot: QtBot, folder: Path) -> Bench:
    """A window with a photograph, in the mode Edit."""
    bench = Bench(qtbot, folder)
    bench.window.show_canvas(bench.workspace.canvas)
    bench.window.show()
    Image.fromarray(photograph(96, 64)).save(folder / "photo.png")
    bench.open(folder / "photo.png")
    bench.generation.mode = "edit"
    return bench


@pytest.fixture(scope="module")
def kontext(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_flux_folder(tmp_path_factory.mktemp("models") / "kontext", "kontext")


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, kontext: Path) -> Iterator[Bench]:
    installed_models_folder().mkdir(parents=True)
    (installed_models_folder() / "kontext").symlink_to(kontext)
    bench = opened(qtbot, tmp_path)
    bench.workspace.start(None)
    bench.wait_for(lambda: bench.run.engine == "ready")
    bench.generation.instruction = "make the ball red"
    yield bench
    bench.close()


def test_the_text_is_an_instruction_of_its_own(bench: Bench) -> None:
    model, panel = bench.generation, bench.window.column.prompt
    assert panel.tabs.tabText(panel.tabs.currentIndex()) == "Edit"
    assert panel.prompt.accessibleName() == "Instruction"
    assert panel.prompt.placeholderText().startswith("Instruction, such as")
    panel.prompt.setPlainText("make the sky green")
    assert (model.instruction, model.prompt) == ("make the sky green", "")
    model.mode = "inpaint"
    assert panel.prompt.accessibleName() == "Prompt"
    assert panel.prompt.toPlainText() == ""
    panel.prompt.setPlainText("a tree")
    model.mode = "edit"
    assert panel.prompt.toPlainText() == "make the sky green"
    assert (model.instruction, model.prompt) == ("make the sky green", "a tree")
    assert not panel.missing.isVisible()
    assert not panel.words.isVisible()


def test_a_painted_region_is_edited_and_accepted_as_a_layer(bench: Bench) -> None:
    document = bench.document.document
    assert document is not None
    before = flattened(document.layers).copy()
    bench.paint(48, 32, 10)
    assert "Only the painted region" in bench.window.result_bar.caption.text()
    bench.run_to("result")
    assert bench.run.caption.startswith("0 pixels changed outside the mask and its border")
    bench.actions["accept"].trigger()
    after = flattened(document.layers)
    y, x = np.mgrid[:64, :96]
    away = np.hypot(x + 0.5 - 48, y + 0.5 - 32)
    np.testing.assert_array_equal(after[away > 10 + 5], before[away > 10 + 5])
    assert (after[away < 8] != before[away < 8]).any(axis=1).all()
    assert [layer.name for layer in document.layers][-1].startswith("Edit")
    assert document.metadata.generation is not None
    assert document.metadata.generation["task"] == "edit"
    bench.actions["undo"].trigger()
    np.testing.assert_array_equal(flattened(document.layers), before)


def test_without_a_region_the_whole_picture_is_edited(bench: Bench) -> None:
    document = bench.document.document
    assert document is not None
    assert "whole picture may change" in bench.window.result_bar.caption.text()
    for seed in (7, 8):
        bench.generation.seed = seed
        bench.run_to("result")
    assert bench.run.candidates == 2
    assert bench.run.caption.endswith("The whole picture was made anew.")
    layers = len(document.layers)
    bench.actions["accept"].trigger()
    assert len(document.layers) == layers + 1
    # The script's engine paints everything in a colour that tells the seed.
    assert (flattened(document.layers)[..., 0] == 8).all()


def test_an_empty_instruction_is_refused(bench: Bench) -> None:
    bench.generation.instruction = "  "
    bench.actions["run"].trigger()
    bench.wait_for(lambda: bench.run.message is not None)
    assert bench.run.message is not None
    assert "an instruction is needed" in bench.run.message.text
    assert bench.run.state == "idle"


def test_without_a_model_the_mode_says_what_to_install(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = tmp_path / "embedded"
    embedded.mkdir()
    for name in ("papertown", "papertown-inpaint"):
        (embedded / name).symlink_to(EMBEDDED / name)
    monkeypatch.setattr("asyndm.catalogue.EMBEDDED", embedded)
    bench = opened(qtbot, tmp_path)
    try:
        bench.workspace.start(None)
        missing = bench.window.column.prompt.missing
        bench.wait_for(lambda: bench.run.engine == "ready" and missing.isVisible())
        for part in ("FLUX.1 Kontext", "34 GB", str(installed_models_folder())):
            assert part in missing.text()
        bench.generation.mode = "inpaint"
        assert not missing.isVisible()
        assert bench.run.message is None
        bench.generation.mode, bench.generation.instruction = "edit", "make it blue"
        bench.actions["run"].trigger()
        bench.wait_for(lambda: bench.run.message is not None)
        assert bench.run.state == "idle"
    finally:
        bench.close()
