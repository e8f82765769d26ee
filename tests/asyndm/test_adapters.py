"""LoRAs and textual inversions: real files on real tiny pipelines, put on and taken off."""

from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from torch import Tensor

from asyndm.adapters import Adapters, Worn, WornEmbedding, WornLora, find_worn
from asyndm.catalogue import Catalogue
from asyndm.engine import Engine
from asyndm.errors import ModelError
from asyndm.events import Failed, Finished, Notice
from asyndm.families.family import NetworkInput
from asyndm.loading import LoadedModel, load_model
from asyndm.per_pixel_time import per_pixel_time
from asyndm.picture_run import NOT_REPRODUCED
from asyndm.request import Lora, Region, Request
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_sdxl import tiny_sdxl_folder
from tests.asyndm.tiny_transformers import tiny_flux_folder, tiny_sd3_folder

TARGETS = {
    "sd": ["to_q", "to_k", "to_v", "to_out.0", "time_emb_proj"],
    "sdxl": ["to_q", "to_k", "to_v", "to_out.0", "time_emb_proj"],
    "sd3": ["attn.to_q", "attn.to_k", "norm1.linear", "norm1_context.linear"],
    "flux": ["attn.to_q", "attn.to_k", "norm1.linear", "norm.linear"],
}
FOLDERS: dict[str, Any] = {
    "sd": tiny_pipeline_folder,
    "sdxl": tiny_sdxl_folder,
    "sd3": tiny_sd3_folder,
    "flux": tiny_flux_folder,
}


@pytest.fixture(scope="module", params=list(FOLDERS))
def family(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def folder(family: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = FOLDERS[family](tmp_path_factory.mktemp("model") / family)
    return made


@pytest.fixture(scope="module")
def lora(family: str, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lora_file(family, folder, tmp_path_factory.mktemp("lora"))


def loras(*worn: WornLora) -> Worn:
    return Worn(loras=worn)


def load(folder: Path) -> LoadedModel:
    return load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)


def lora_file(family: str, folder: Path, home: Path) -> Path:
    """A LoRA with random weights on some Linears of a network, those of its modulation too."""
    torch.manual_seed(0)
    model = load(folder)
    network: Any = model.network
    network.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=TARGETS[family]))
    for name, parameter in network.named_parameters():
        if "lora" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    conversion: Any = diffusers.utils
    layers = conversion.convert_state_dict_to_diffusers(get_peft_model_state_dict(network))
    part = (
        "unet_lora_layers"
        if family.startswith("sd") and family != "sd3"
        else ("transformer_lora_layers")
    )
    type(model.pipeline).save_lora_weights(home, **{part: layers})
    return home / "pytorch_lora_weights.safetensors"


def answer(model: LoadedModel, t: float = 500.0, time: Tensor | None = None) -> Tensor:
    """What the network predicts for fixed inputs, at a scalar time or at a map."""
    torch.manual_seed(1)
    family = model.family
    with torch.no_grad():
        prompt = family.encode("a red ball", "", guided=False)
        given = NetworkInput(prompt.embeddings, family.arguments([prompt], Request(), 64, 64))
        latents = torch.randn(1, model.latent_format.channels, 16, 16)
        with per_pixel_time(model.network) as clock:
            clock.set(None if time is None else family.time_map(time, torch.float32))
            return family.predict(latents, torch.tensor(t), given)


def test_a_lora_is_worn_by_strength_and_taken_off_without_a_trace(folder: Path, lora: Path) -> None:
    model = load(folder)
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    plain = answer(model)
    adapters = Adapters(model.family, "tiny")
    seen = []
    for strength in (1.0, 0.5, 0.0):
        adapters.wear(loras(WornLora("style", lora, strength)))
        seen.append(answer(model))
    assert float((seen[0] - plain).abs().max()) > 0.01
    assert float((seen[1] - plain).abs().max()) > 0.005
    assert not torch.equal(seen[0], seen[1])
    assert torch.equal(seen[2], plain)
    after = model.network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_per_pixel_time_holds_with_a_lora(folder: Path, lora: Path) -> None:
    """A uniform map is the stock model with that LoRA, and it equals the fused weights."""
    model = load(folder)
    Adapters(model.family, "tiny").wear(loras(WornLora("style", lora)))
    uniform = torch.full((16, 16), 500.0)
    torch.testing.assert_close(answer(model, time=uniform), answer(model), rtol=0, atol=1e-4)
    halves = uniform.clone()
    halves[:, 8:] = 900.0
    worn = answer(model, time=halves)
    assert float((worn - answer(model)).abs().max()) > 1e-3
    model.pipeline.fuse_lora()
    model.pipeline.unload_lora_weights()
    torch.testing.assert_close(answer(model, time=halves), worn, rtol=0, atol=1e-4)


def test_two_loras_add_up(folder: Path, lora: Path, tmp_path: Path) -> None:
    model = load(folder)
    other = tmp_path / "other.safetensors"
    other.write_bytes(lora.read_bytes())
    adapters = Adapters(model.family, "tiny")
    adapters.wear(loras(WornLora("a", lora, 0.75), WornLora("b", other, 0.25)))
    together = answer(model)
    adapters.wear(loras(WornLora("a", lora, 1.0)))
    torch.testing.assert_close(together, answer(model), rtol=0, atol=1e-4)


def test_a_lora_of_another_family_and_a_damaged_one_are_refused(
    folder: Path, lora: Path, tmp_path: Path
) -> None:
    model = load(folder)
    plain = answer(model)
    adapters = Adapters(model.family, "tiny")
    foreign = tmp_path / "foreign.safetensors"
    save_file({"unet.nothing.lora_A.weight": torch.zeros(2, 4)}, foreign)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(lora.read_bytes()[:-100])
    for path in (foreign, cut):
        with pytest.raises(ModelError, match="The LoRA 'x'"):
            adapters.wear(loras(WornLora("x", path)))
        assert torch.equal(answer(model), plain)


@pytest.mark.parametrize("vectors", [1, 3])
def test_an_embedding_gives_its_word_a_meaning(
    family: str, folder: Path, tmp_path: Path, vectors: int
) -> None:
    model = load(folder)
    widths = [
        getattr(model.pipeline, part).get_input_embeddings().weight.shape[1]
        for part in ("text_encoder", "text_encoder_2")[: 1 + (family == "sdxl")]
    ]
    names = ["clip_l", "clip_g"] if family == "sdxl" else ["emb_params"]
    path = tmp_path / "blob.safetensors"
    torch.manual_seed(2)
    save_file({n: torch.randn(vectors, w) for n, w in zip(names, widths, strict=True)}, path)
    adapters = Adapters(model.family, "tiny")
    if family in ("sd3", "flux"):
        with pytest.raises(ModelError, match="takes no textual inversions"):
            adapters.wear(Worn(embeddings=(WornEmbedding("blob", path),)))
        return

    def text(prompt: str) -> Tensor:
        with torch.no_grad():
            return model.family.encode(prompt, "", guided=False).embeddings

    before, other = text("a blob"), text("a red ball")
    adapters.wear(Worn(embeddings=(WornEmbedding("blob", path),)))
    assert float((text("a blob") - before).abs().max()) > 0.01
    assert torch.equal(text("a red ball"), other)
    adapters.wear(Worn())
    assert torch.equal(text("a blob"), before)
    assert torch.equal(text("a red ball"), other)


def test_an_embedding_of_another_width_is_refused(tmp_path: Path) -> None:
    model = load(tiny_pipeline_folder(tmp_path / "model"))
    path = tmp_path / "wide.safetensors"
    save_file({"emb_params": torch.randn(1, 48)}, path)
    adapters = Adapters(model.family, "tiny")
    with pytest.raises(ModelError, match="'wide' does not fit"):
        adapters.wear(Worn(embeddings=(WornEmbedding("wide", path),)))
    assert "wide" not in model.pipeline.tokenizer.get_added_vocab()


def test_nothing_is_worn_if_an_embedding_is_refused(tmp_path: Path) -> None:
    folder = tiny_pipeline_folder(tmp_path / "model")
    model, path = load(folder), tmp_path / "wide.safetensors"
    save_file({"emb_params": torch.randn(1, 48)}, path)
    lora = WornLora("a", lora_file("sd", folder, tmp_path))
    plain, adapters = answer(model), Adapters(model.family, "tiny")
    with pytest.raises(ModelError, match="'wide' does not fit"):
        adapters.wear(Worn((lora,), (WornEmbedding("wide", path),)))
    assert torch.equal(answer(model), plain)
    adapters.wear(loras(lora))
    assert not torch.equal(answer(model), plain)


def test_an_embedding_is_the_word_that_its_file_is_named_after(tmp_path: Path) -> None:
    """A dot in the name is no suffix, however the embedding is asked for."""
    folder = tiny_pipeline_folder(tmp_path / "model")
    path = tmp_path / "style-1.5.safetensors"
    width = load(folder).pipeline.text_encoder.config.hidden_size
    save_file({"emb_params": torch.randn(1, width)}, path)
    catalogue = Catalogue([tmp_path])
    for name in ("style-1.5", path.name, str(path)):
        request = Request(prompt="a style-1.5 ball", embeddings=(name,))
        worn = find_worn(request, catalogue.find("model"), catalogue)
        assert worn.embeddings == (WornEmbedding("style-1.5", path),)


def test_the_engine_wears_what_a_request_names(folder: Path, lora: Path) -> None:
    engine = Engine(model=str(folder), device="cpu")

    def picture(*worn: Lora) -> Any:
        request = Request(prompt="a red ball", steps=2, width=64, height=64, loras=worn)
        end = list(engine.run(request))[-1]
        assert isinstance(end, Finished), end
        return end.images

    plain = picture()
    assert (picture(Lora(name=str(lora), strength=2.0)) != plain).any()
    assert (picture(Lora(name=str(lora), strength=0.0)) == plain).all()
    assert (picture() == plain).all()
    request = Request(prompt="a ball", loras=(Lora(name="nobody's"),), width=64, height=64)
    with pytest.raises(ModelError, match="no lora named"):
        engine.run(request)


def test_the_engine_refuses_a_lora_of_another_family(
    family: str, folder: Path, lora: Path, tmp_path: Path
) -> None:
    other = (
        tiny_pipeline_folder(tmp_path / "sd")
        if family not in ("sd", "sdxl")
        else tiny_flux_folder(tmp_path / "flux")
    )
    del folder
    engine = Engine(model=str(other), device="cpu")
    request = Request(prompt="a ball", steps=1, loras=(Lora(name=str(lora)),), width=64, height=64)
    try:
        end = list(engine.run(request))[-1]
    except ModelError as error:
        reason = str(error)
    else:
        assert isinstance(end, Failed)
        reason = end.reason
    assert reason.startswith("The LoRA ")
    assert isinstance(list(engine.run(request.with_(loras=())))[-1], Finished)


def test_a_repair_under_another_lora_does_not_follow_the_recorded_run(
    folder: Path, lora: Path
) -> None:
    engine = Engine(model=str(folder), device="cpu")
    request = Request(prompt="a red ball", steps=3, seed=1, width=64, height=64, method="standard")
    made = list(engine.run(request))[-1]
    assert isinstance(made, Finished)
    mask = np.zeros((64, 64), np.float32)
    mask[16:32, 16:32] = 1
    repair = request.with_(task="repair", method="asyndm", image=made.images[0],
                           regions=(Region(mask=mask),), recorded=request)  # fmt: skip
    worn = (Lora(name=str(lora)),)
    for loras_now, notices in (((), 0), (worn, 1)):
        events = list(engine.run(repair.with_(loras=loras_now)))
        assert isinstance(events[-1], Finished)
        told = [event for event in events if isinstance(event, Notice)]
        assert len([note for note in told if note.text == NOT_REPRODUCED]) == notices
