"""The model line: what a mode offers, what becomes of the choice, samplers, what is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from asyndm.catalogue import EMBEDDED, installed_models_folder
from tests.app.library_parts import install, started
from tests.app.studio import Bench
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_transformers import tiny_flux_folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipeline_folder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_flux_folder(tmp_path_factory.mktemp("models") / "flux")


@pytest.fixture
def bench(
    qtbot: QtBot, tmp_path: Path, tiny: Path, flux: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    embedded = tmp_path / "embedded"
    embedded.mkdir()
    for name in ("papertown", "papertown-inpaint"):
        (embedded / name).symlink_to(EMBEDDED / name)
    monkeypatch.setattr("asyndm.catalogue.EMBEDDED", embedded)
    install(tiny, "tiny")
    install(flux, "flux")
    bench = Bench(qtbot, tmp_path)
    bench.window.show_canvas(bench.workspace.canvas)
    bench.window.column.section.set_open(True)
    bench.window.show()
    yield bench
    bench.close()


def offered(bench: Bench) -> list[str]:
    box = bench.window.column.prompt.model_line.box
    return [box.itemData(k) for k in range(box.count())]


def samplers(bench: Bench) -> list[str]:
    box = bench.window.column.advanced.sampler
    return [box.itemData(k) for k in range(box.count())]


def test_a_mode_offers_the_models_that_can_do_it(bench: Bench) -> None:
    started(bench)
    line = bench.window.column.prompt.model_line
    assert offered(bench) == ["", "papertown", "flux", "tiny"]
    assert line.box.itemText(0) == "Paper Town (auto)"
    line.box.activated.emit(3)
    assert bench.generation.model == "tiny"
    bench.generation.mode = "inpaint"
    assert "papertown-inpaint" in offered(bench)
    assert line.box.itemText(0) == "Paper Town Inpaint (auto)"
    assert bench.generation.model == "tiny"  # it can inpaint by blending
    bench.generation.mode = "edit"
    assert offered(bench) == [""]
    assert bench.generation.model == ""
    bench.generation.mode = "generate"
    assert bench.generation.model == "tiny"
    assert line.box.currentData() == "tiny"


def test_a_model_that_is_not_there_is_named_as_such(bench: Bench) -> None:
    started(bench)
    bench.generation.model = "dream"
    box = bench.window.column.prompt.model_line.box
    assert box.currentText() == "dream (not here)"
    bench.generation.mode = "repair"
    assert bench.generation.model == "dream"
    bench.generation.model = ""
    assert "dream" not in offered(bench)


def test_the_samplers_are_those_of_the_model(bench: Bench) -> None:
    started(bench)
    advanced = bench.window.column.advanced
    assert samplers(bench) == ["", "ddim", "ddpm", "dpmpp_2m"]
    assert advanced.sampler.itemText(0) == "The model's own (DDIM)"
    assert advanced.eta.isVisible()
    bench.generation.sampler = "dpmpp_2m"
    assert not advanced.eta.isVisible()
    bench.generation.model = "flux"
    assert bench.generation.sampler is None
    assert samplers(bench) == ["", "flow_euler", "flow_heun"]
    assert not advanced.eta.isVisible()
    bench.generation.model = ""
    assert advanced.eta.isVisible()


def test_a_mode_without_a_model_has_the_way_to_one(bench: Bench) -> None:
    link = started(bench)
    bench.generation.mode = "edit"
    missing = bench.window.column.prompt.missing
    assert missing.isVisible()
    assert missing.download.isVisible()
    for part in ("FLUX.1 Kontext", "34 GB", str(installed_models_folder())):
        assert part in missing.text()
    assert missing.meanwhile.text() == "Ready at once: Generate, Repair, Inpaint, with Paper Town."
    missing.add.click()
    assert link.dialog is not None
    assert link.dialog.isVisible()
    link.dialog.close()
    bench.generation.mode = "generate"
    assert not missing.isVisible()
