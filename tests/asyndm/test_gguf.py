"""Networks in GGUF files: told by their tensors, run packed, refused when damaged."""

from pathlib import Path
from typing import Any, cast

import gguf
import pytest
import torch
from diffusers.quantizers.gguf.utils import GGUFParameter, dequantize_gguf_tensor
from torch import Tensor

from asyndm.adding import add_source
from asyndm.catalogue import Catalogue
from asyndm.conditioning import condition
from asyndm.engine import Engine
from asyndm.errors import ModelError
from asyndm.events import Finished
from asyndm.loading import load_model
from asyndm.picture_run import PictureRun
from asyndm.plan import resolve
from asyndm.request import Request
from tests.asyndm.original_layouts import flux_transformer, sd3_transformer
from tests.asyndm.single_files import settings_of
from tests.asyndm.tiny_transformers import tiny_flux_folder, tiny_sd3_folder

CPU = torch.device("cpu")
PACKED = gguf.GGMLQuantizationType.Q8_0


def write_gguf(tensors: dict[str, Tensor], path: Path) -> Path:
    """Write tensors; matrices whose rows are whole blocks of 32 with eight bits a weight."""
    writer = gguf.GGUFWriter(path, "flux")
    for name, tensor in tensors.items():
        values = tensor.float().numpy()
        if values.ndim == 2 and values.shape[1] % 32 == 0:
            packed = gguf.quants.quantize(values, PACKED)
            writer.add_tensor(name, packed, raw_dtype=PACKED)
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="module", params=["flux", "sd3"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder, and a GGUF file of its network that a catalogue knows."""
    home = tmp_path_factory.mktemp(request.param)
    make: Any = tiny_flux_folder if request.param == "flux" else tiny_sd3_folder
    folder: Path = make(home / "models" / "whole")
    transformer = load_model(Catalogue([]).find(str(folder)), CPU, torch.float32).network
    tensors = (
        flux_transformer(transformer)
        if request.param == "flux"
        else sd3_transformer(transformer, "")
    )
    path = write_gguf(tensors, home / "packed.gguf")
    catalogue = Catalogue([home / "models"], sources=home / "sources.json")
    add_source(catalogue, path, str(settings_of(folder, home / "settings")))
    return folder, path, catalogue


def unpack_into(network: Any, packed: Any) -> None:
    """Give a network the weights that a packed one stands for."""
    weights, unpack = dict(packed.named_parameters()), cast("Any", dequantize_gguf_tensor)
    for name, parameter in network.named_parameters():
        weight = weights[name]
        if isinstance(weight, GGUFParameter):
            weight = unpack(weight)
        parameter.copy_(weight)


def latents(model: Any, **settings: Any) -> Tensor:
    request = Request(prompt="a yellow cat", steps=3, seed=3, width=64, height=64, **settings)
    plan = resolve(request, model.info)
    run = PictureRun(model, plan, condition(model, plan), 0)
    return list(run.run())[-1].latents


def test_a_packed_network_runs_as_what_it_stands_for(model: Any) -> None:
    """Layers are unpacked as they are used, and the time of each token is told all the same."""
    folder, path, catalogue = model
    whole_file = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    assert path.stat().st_size < 0.6 * whole_file.stat().st_size
    packed = load_model(catalogue.find("packed"), CPU, torch.float32)
    assert "GGUFLinear" in {type(module).__name__ for module in packed.network.modules()}
    whole = load_model(catalogue.find(str(folder)), CPU, torch.float32)
    far = latents(whole)
    unpack_into(whole.network, packed.network)
    for method in ("standard", "asyndm"):
        found = latents(packed, method=method)
        torch.testing.assert_close(found, latents(whole, method=method), rtol=0, atol=1e-4)
    assert not torch.equal(latents(packed, method="standard"), latents(packed))
    assert float((far - latents(packed)).abs().mean()) < 0.5  # eight bits a weight change little
    end = list(
        Engine(model="packed", device="cpu", catalogue=catalogue).run(
            Request(prompt="a cat", steps=1, width=64, height=64)
        )
    )[-1]
    assert isinstance(end, Finished)


def test_it_is_verified_and_its_hash_follows_its_bytes(model: Any, tmp_path: Path) -> None:
    _, path, catalogue = model
    assert catalogue.verify(catalogue.find("packed")) == []
    first = catalogue.model_hash(catalogue.find("packed"))
    data = bytearray(path.read_bytes())
    data[-8] ^= 1
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        assert (
            Catalogue([], sources=catalogue.sources.path).model_hash(catalogue.find("packed"))
            != first
        )
        assert any("checksums differ" in text for text in catalogue.verify(path))
    finally:
        path.write_bytes(before)
    del tmp_path


@pytest.mark.parametrize("length", [3, 40, 400, -1])
def test_a_cut_file_is_refused_in_a_sentence(model: Any, tmp_path: Path, length: int) -> None:
    _, path, _ = model
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ModelError, match=r"^cut\.gguf .*\.$"):
        Catalogue([tmp_path]).find("cut")


def test_what_is_no_gguf_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.gguf").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ModelError, match="no GGUF file"):
        Catalogue([tmp_path]).find("other")
