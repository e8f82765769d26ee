"""LoRAs and textual inversions: offered where they fit, worn by strength, sent and read back."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from app.jobs.generation_job import fill_from_record, settings_from
from app.model_link import may_fit
from app.models.generation_model import GenerationModel
from app.panels.advanced_panel import AdvancedPanel
from app.widgets.adapter_list import AdapterList
from app.widgets.tab_order import controls
from asyndm.catalogue import installed_models_folder
from asyndm.records import to_json
from asyndm.request import Lora
from tests.app.library_parts import started
from tests.app.studio import Bench

_LAYER = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"


def lora_file(name: str, width: int) -> None:
    """A LoRA of one layer that reads texts of this width, among the installed models."""
    down, up = np.ones((2, width), np.float32), np.ones((8, 2), np.float32)
    folder = installed_models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {f"{_LAYER}.lora_down.weight": down, f"{_LAYER}.lora_up.weight": up},
        folder / f"{name}.safetensors",
    )


def menu(adapters: AdapterList) -> dict[str, str]:
    """What can be added: name and kind."""
    shown = adapters.add.menu()
    assert shown is not None
    return {action.text(): action.toolTip() for action in shown.actions()}


def add(adapters: AdapterList, name: str) -> None:
    shown = adapters.add.menu()
    assert shown is not None
    next(action for action in shown.actions() if action.text() == name).trigger()


@pytest.fixture
def model() -> GenerationModel:
    return GenerationModel()


@pytest.fixture
def adapters(qtbot: QtBot, model: GenerationModel) -> AdapterList:
    panel = AdvancedPanel()
    qtbot.addWidget(panel)
    panel.set_model(model)
    return panel.adapters


def test_worn_with_a_strength_and_taken_off(adapters: AdapterList, model: GenerationModel) -> None:
    assert adapters.isHidden()
    adapters.set_offer(["ink", "wool"], ["my-cat"])
    assert menu(adapters) == {
        "ink": "LoRA", "wool": "LoRA", "my-cat": "Textual inversion",
    }  # fmt: skip
    for name in ("ink", "my-cat", "wool"):
        add(adapters, name)
    assert model.loras == (("ink", 1.0), ("wool", 1.0))
    assert model.embeddings == ("my-cat",)
    assert not menu(adapters)
    slider = adapters.sliders["ink"]
    assert (slider.field.minimum(), slider.field.maximum()) == (-2.0, 2.0)
    slider.field.setValue(-0.5)
    assert model.loras == (("ink", -0.5), ("wool", 1.0))
    assert adapters.sliders["ink"] is slider  # a drag goes on
    settings = settings_from(model)
    assert settings.loras == (Lora(name="ink", strength=-0.5), Lora(name="wool"))
    assert settings.embeddings == ("my-cat",)
    adapters.removers["wool"].click()
    adapters.removers["my-cat"].click()
    assert [name for name, _ in model.loras] == ["ink"]
    assert len(model.embeddings) == 0
    assert list(menu(adapters)) == ["wool", "my-cat"]


def test_every_control_is_named_and_in_the_tab_order(adapters: AdapterList) -> None:
    adapters.set_offer(["ink", "wool"], [])
    add(adapters, "ink")
    add(adapters, "wool")
    found = list(controls(adapters))
    assert len(found) == 7
    assert all(part.accessibleName() and part.toolTip() for part in found)
    order = [found[0]]
    while (part := order[-1].nextInFocusChain()) is not None and part not in order:
        order.append(part)
    assert [part for part in order if part in found] == found


def test_a_repair_wears_what_its_picture_wore(model: GenerationModel) -> None:
    model.loras, model.embeddings = (("ink", 0.8),), ("my-cat",)
    record = json.loads(to_json(settings_from(model).to_record()))
    other = GenerationModel()
    fill_from_record(other, record)
    assert (other.loras, other.embeddings) == ((("ink", 0.8),), ("my-cat",))


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    lora_file("ink", 768)
    lora_file("wool", 2048)
    bench = Bench(qtbot, tmp_path)
    yield bench
    bench.close()


def test_only_those_that_may_fit_the_model_are_offered(bench: Bench) -> None:
    started(bench)
    assert list(menu(bench.window.column.advanced.adapters)) == ["ink"]


@pytest.mark.parametrize(
    ("architecture", "pipeline", "fits"),
    [
        ("sd1", "StableDiffusionPipeline", True),
        ("sd1", "StableDiffusionInpaintPipeline", True),
        ("sd1", "StableDiffusionXLPipeline", False),
        ("sd1", "StableDiffusion3Pipeline", False),
        ("sdxl", "StableDiffusionXLPipeline", True),
        ("sdxl", "StableDiffusionPipeline", False),
        ("sd3", "StableDiffusion3Pipeline", True),
        ("flux", "FluxKontextPipeline", True),
        ("flux", "StableDiffusionPipeline", False),
        ("", "FluxPipeline", True),
    ],
)
def test_a_family_fits_its_pipelines(architecture: str, pipeline: str, fits: bool) -> None:
    assert may_fit(architecture, pipeline) is fits
