"""Parts that wait in main memory: the same picture as without, per-pixel time included.

On a CPU there is nowhere to move a part to, but the hooks are all there and do all else they do.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from asyndm.catalogue import Catalogue
from asyndm.engine import Engine
from asyndm.events import Event, Finished
from asyndm.loading import load_model
from asyndm.memory_needs import OFFLOADS, VAE_MODES, Offload
from asyndm.offload import begin_run
from asyndm.request import Region, Request
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_sdxl import tiny_sdxl_folder
from tests.asyndm.tiny_transformers import tiny_flux_folder, tiny_sd3_folder

WAYS = OFFLOADS[1:]


def _mask(value: float = 1.0) -> np.ndarray[Any, np.dtype[np.float32]]:
    mask = np.zeros((64, 64), np.float32)
    mask[8:40, 16:56] = value
    return mask


def generating(**more: Any) -> Request:
    """A painted region with a time of its own, and a guided prompt."""
    region = Region(mask=_mask(), concavity=0.7)
    usual = {"prompt": "a red ball", "steps": 3, "guidance": 4.0, "regions": (region,), "seed": 3}
    return Request(**{**usual, **more})


def filling(**more: Any) -> Request:
    """A picture that is encoded, too."""
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    return generating(task="inpaint", image=picture, **more)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("models")
    return {
        "sd": tiny_pipeline_folder(home / "sd", inpaint=True),
        "sdxl": tiny_sdxl_folder(home / "sdxl"),
        "sd3": tiny_sd3_folder(home / "sd3"),
        "flux": tiny_flux_folder(home / "flux", "fill"),
    }


REQUESTS: dict[str, Callable[..., Request]] = {
    "sd": filling, "sdxl": generating, "sd3": generating, "flux": filling,
}  # fmt: skip
plain: dict[str, Finished] = {}


def last(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished), events[-1]
    return events[-1]


def made(folder: Path, request: Request, **settings: Any) -> list[Finished]:
    """The same request twice on one engine: a run must leave the hooks as it found them."""
    engine = Engine(str(folder), "cpu", **settings)
    return [last(list(engine.run(request))) for _ in range(2)]


@pytest.mark.parametrize("offload", WAYS)
@pytest.mark.parametrize("family", REQUESTS)
def test_the_picture_is_the_same_to_the_bit(
    folders: dict[str, Path], family: str, offload: Offload
) -> None:
    request = REQUESTS[family]()
    if family not in plain:
        (plain[family], _) = made(folders[family], request)
    for finished in made(folders[family], request, offload=offload):
        assert np.array_equal(finished.images, plain[family].images)
        assert np.array_equal(finished.masks, plain[family].masks)
        assert finished.masks.min() < finished.masks.max()


def test_attention_is_recorded_under_hooks(folders: dict[str, Path]) -> None:
    request = Request(prompt="a red ball", steps=3, guidance=4.0, seed=1)
    for family in ("sdxl", "sd3"):
        expected = made(folders[family], request)[0]
        assert expected.attention.shape[1] == 1
        for offload in WAYS:
            found = made(folders[family], request, offload=offload)[0]
            assert np.array_equal(found.attention, expected.attention)


@pytest.mark.parametrize(("offload", "hooked"), [("group", 4), ("sequential", 30)])
def test_blocks_or_layers_have_hooks(
    folders: dict[str, Path], offload: Offload, hooked: int
) -> None:
    info, cpu = Catalogue([]).find(str(folders["sd"])), torch.device("cpu")
    model = load_model(info, cpu, torch.float32, offload)
    assert model.device == model.pipeline._execution_device == cpu
    count = sum(hasattr(module, "_diffusers_hook") for module in model.network.modules())
    assert count >= hooked
    assert (count > 30) is (offload == "sequential")


def test_tiles_are_decoded_apart_and_only_if_wanted(tmp_path: Path) -> None:
    folder = tiny_pipeline_folder(tmp_path / "m", vae_blocks=2, latent_size=16)
    request = Request(prompt="a ball", width=640, height=520, steps=1)
    whole, tiled = (made(folder, request, vae=vae)[1] for vae in ("whole", "tiled"))
    assert whole.images.shape == tiled.images.shape == (1, 520, 640, 3)
    difference = np.abs(whole.images.astype(int) - tiled.images)
    assert 0 < difference.mean() < 2  # tiles are normalised each for itself
    model = load_model(Catalogue([]).find(str(folder)), torch.device("cpu"), torch.float32)
    for mode in (VAE_MODES[1], VAE_MODES[0]):
        begin_run(model.pipeline, mode)
        assert model.vae.use_tiling is (mode == "tiled")


def test_a_half_precision_decoder_that_overflows_is_in_float32_under_hooks(tmp_path: Path) -> None:
    folder = tiny_pipeline_folder(tmp_path / "m")
    config = folder / "vae" / "config.json"
    config.write_text(config.read_text().replace('"force_upcast": false', '"force_upcast": true'))
    info = Catalogue([]).find(str(folder))
    model = load_model(info, torch.device("cpu"), torch.float16, "sequential")
    assert model.vae.dtype == torch.float32
    assert next(model.network.parameters()).dtype == torch.float16
