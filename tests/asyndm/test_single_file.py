"""Single files in the original layouts give what the folder gives they were made from."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from asyndm.adding import add_source
from asyndm.catalogue import Catalogue
from asyndm.engine import Engine
from asyndm.errors import ModelError
from asyndm.events import Finished
from asyndm.loading import LoadedModel, load_model
from asyndm.model_cache import ModelCache
from asyndm.request import Region, Request
from asyndm.single_file import TOKENIZERS
from asyndm.weight_sizes import part_sizes
from tests.asyndm.original_layouts import clip, ldm_unet, ldm_vae, t5
from tests.asyndm.single_files import publish, sd2_parts, settings_of
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_sdxl import tiny_sdxl_folder
from tests.asyndm.tiny_transformers import tiny_flux_folder, tiny_sd3_folder

CPU = torch.device("cpu")
SIDE = 64


def folder_model(folder: Path) -> LoadedModel:
    return load_model(Catalogue([]).find(str(folder)), CPU, torch.float32)


def added(path: Path, settings: Path) -> Catalogue:
    """A catalogue that knows a file and whose settings it has."""
    catalogue = Catalogue([], sources=path.parent / "sources.json")
    add_source(catalogue, path, str(settings))
    return catalogue


def equal(first: LoadedModel, second: LoadedModel) -> bool:
    """Whether two models have the same parts, to the bit, and the same settings."""
    assert type(first.pipeline) is type(second.pipeline)
    for name, part in first.pipeline.components.items():
        other = second.pipeline.components[name]
        if isinstance(part, torch.nn.Module):
            ours, theirs = part.state_dict(), other.state_dict()
            if ours.keys() != theirs.keys():
                return False
            if not all(torch.equal(ours[key], theirs[key]) for key in ours):
                return False
        elif name == "scheduler":
            assert dict(part.config) == dict(other.config)
        elif part is not None:
            assert part("a yellow cat").input_ids == other("a yellow cat").input_ids
    settings = [dict(model.pipeline.config) for model in (first, second)]
    for setting in settings:
        setting.pop("_name_or_path", None)
    assert settings[0] == settings[1]
    return True


def picture(model: str, catalogue: Catalogue, request: Request) -> NDArray[np.uint8]:
    engine = Engine(model=model, device="cpu", catalogue=catalogue)
    last = list(engine.run(request))[-1]
    assert isinstance(last, Finished), last
    first: NDArray[np.uint8] = last.images[0]
    return first


def request_for(model: LoadedModel) -> Request:
    """A small run of what the model can do."""
    request = Request(prompt="a yellow cat", steps=2, seed=3)
    if model.info.tasks[0] == "generate":
        return request.with_(width=SIDE, height=SIDE)
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[: SIDE // 2] = 1
    image = np.full((SIDE, SIDE, 3), 90, np.uint8)
    return request.with_(task=model.info.tasks[0], image=image, regions=(Region(mask=mask),))


def sd3_folder(path: Path, *, t5: bool = True) -> Path:
    """A published SD 3 has no projection for its first encoder: diffusers takes the identity."""
    folder = tiny_sd3_folder(path, t5=t5)
    weights = folder / "text_encoder" / "model.safetensors"
    tensors = load_file(weights)
    tensors["text_projection.weight"] = torch.eye(tensors["text_projection.weight"].shape[0])
    save_file(tensors, weights, metadata={"format": "pt"})
    return folder


FAMILIES: dict[str, Callable[[Path], Path]] = {
    "sd1": lambda path: tiny_pipeline_folder(path, seed=1),
    "sd1-inpaint": lambda path: tiny_pipeline_folder(path, inpaint=True),
    "sd1-v": lambda path: tiny_pipeline_folder(path, prediction_type="v_prediction"),
    "sdxl": tiny_sdxl_folder,
    "sdxl-inpaint": lambda path: tiny_sdxl_folder(path, inpaint=True),
    "sd3.5": sd3_folder,
    "sd3 without T5": lambda path: sd3_folder(path, t5=False),
    "flux-dev": tiny_flux_folder,
    "flux-schnell": lambda path: tiny_flux_folder(path, "schnell"),
    "flux-fill": lambda path: tiny_flux_folder(path, "fill"),
    "flux-kontext": lambda path: tiny_flux_folder(path, "kontext"),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_published_file_gives_what_its_folder_gives(tmp_path: Path, family: str) -> None:
    folder = FAMILIES[family](tmp_path / "folder")
    stock = folder_model(folder)
    path = publish(stock.pipeline, tmp_path / f"{family}.safetensors")
    catalogue = added(path, settings_of(folder, tmp_path / "settings"))
    assert catalogue.problems() == []
    info = catalogue.find(family)
    assert info == catalogue.find(str(path))
    assert (info.borrowed, info.absent) == ((), ())
    assert info.size_bytes == path.stat().st_size
    loaded = load_model(info, CPU, torch.float32)
    assert equal(stock, loaded)
    if stock.info.tasks == ("edit",):
        return  # the same parts; what an edit makes of them is tested with edits
    request = request_for(stock)
    expected = picture(str(folder), Catalogue([]), request).astype(int)
    # The weights are the same to the bit. They lie elsewhere in memory, which may decide how a
    # matrix product is vectorised and so its last bit: at most one level of a pixel.
    assert np.abs(picture(family, catalogue, request).astype(int) - expected).max() <= 1


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LoadedModel]:
    """A tiny Stable Diffusion folder, and the same loaded; not to be written to."""
    folder = tiny_pipeline_folder(tmp_path_factory.mktemp("plain") / "folder", seed=2)
    return folder, folder_model(folder)


def test_the_vae_of_a_publisher_has_attention(tmp_path: Path) -> None:
    """Its matrices are convolutions there; the tiny models of the other tests have none."""
    folder = tiny_pipeline_folder(tmp_path / "folder")
    path = folder / "vae" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"mid_block_add_attention": True}))
    stock = folder_model_with_attention(folder)
    published = publish(stock.pipeline, tmp_path / "a.safetensors")
    names = load_file(published)
    assert names["first_stage_model.decoder.mid.attn_1.q.weight"].ndim == 4
    catalogue = added(published, settings_of(folder, tmp_path / "settings"))
    assert equal(stock, load_model(catalogue.find("a"), CPU, torch.float32))


def folder_model_with_attention(folder: Path) -> LoadedModel:
    """Give the autoencoder random attention layers, as its settings now say."""
    import diffusers

    kind: Any = diffusers.AutoencoderKL
    vae = kind.from_config(json.loads((folder / "vae" / "config.json").read_text()))
    vae.save_pretrained(folder / "vae")
    return folder_model(folder)


def test_a_text_encoder_of_openclip_is_converted(
    tmp_path: Path, plain: tuple[Path, LoadedModel]
) -> None:
    folder, stock = plain
    tensors = ldm_unet(stock.pipeline.unet) | sd2_parts(stock.pipeline)
    save_file({name: t.clone() for name, t in tensors.items()}, tmp_path / "sd2.safetensors")
    catalogue = added(tmp_path / "sd2.safetensors", settings_of(folder, tmp_path / "settings"))
    assert equal(stock, load_model(catalogue.find("sd2"), CPU, torch.float32))


def test_half_precision_files_are_loaded_in_the_type_asked_for(
    tmp_path: Path, plain: tuple[Path, LoadedModel]
) -> None:
    folder, stock = plain
    path = publish(stock.pipeline, tmp_path / "full.safetensors")
    for dtype in (torch.float16, torch.bfloat16, torch.float8_e4m3fn):
        half = tmp_path / f"{dtype}.safetensors".replace("torch.", "")
        save_file({name: t.to(dtype) for name, t in load_file(path).items()}, half)
        catalogue = added(half, settings_of(folder, tmp_path / f"settings {dtype}"))
        loaded = load_model(catalogue.find(half.stem), CPU, torch.float32)
        for part in ("unet", "vae", "text_encoder"):
            ours = getattr(loaded.pipeline, part).state_dict()
            for name, tensor in getattr(stock.pipeline, part).state_dict().items():
                if tensor.is_floating_point():
                    assert torch.equal(ours[name], tensor.to(dtype).float()), name


def test_a_bare_network_borrows_what_it_lacks(
    tmp_path: Path, plain: tuple[Path, LoadedModel]
) -> None:
    folder, stock = plain
    settings = settings_of(folder, tmp_path / "settings")
    bare = {n.removeprefix("model.diffusion_model."): t for n, t in ldm_unet(stock.network).items()}
    path = tmp_path / "bare.safetensors"
    save_file({name: t.clone() for name, t in bare.items()}, path)
    catalogue = added(path, settings)
    with pytest.raises(ModelError, match=r"'bare' has no vae in its file.*models add\.$"):
        catalogue.find("bare")
    assert any("has no vae" in problem for problem in catalogue.problems())
    add_source(catalogue, folder)
    info = catalogue.find("bare")
    assert dict(info.borrowed) == {
        "vae": folder / "vae",
        "text_encoder": folder / "text_encoder",
    }
    assert equal(stock, load_model(info, CPU, torch.float32))
    first = catalogue.model_hash(info)
    # A file with just the encoder is nearer than another model.
    encoder = tmp_path / "encoder.safetensors"
    save_file({n: t.clone() for n, t in clip(stock.pipeline.text_encoder, "").items()}, encoder)
    add_source(catalogue, encoder)
    info = catalogue.find("bare")
    assert dict(info.borrowed)["text_encoder"] == encoder
    assert equal(stock, load_model(info, CPU, torch.float32))
    assert catalogue.model_hash(info) != first
    # A VAE whose family is not known is not taken.
    loose = tmp_path / "loose.safetensors"
    save_file({n: t.clone() for n, t in ldm_vae(stock.vae, "").items()}, loose)
    add_source(catalogue, loose)
    assert dict(catalogue.find("bare").borrowed)["vae"] == folder / "vae"
    # Another model file that has the parts inside lends them too.
    whole = publish(stock.pipeline, tmp_path / "whole.safetensors")
    other = Catalogue([], sources=tmp_path / "other.json")
    add_source(other, path, str(settings))
    add_source(other, whole, str(settings))
    info = other.find("bare")
    assert dict(info.borrowed) == {"vae": whole, "text_encoder": whole}
    assert equal(stock, load_model(info, CPU, torch.float32))


def test_a_bare_flux_borrows_encoders_and_shares_t5(tmp_path: Path) -> None:
    """As FLUX is published: the transformer alone, the other parts in files of their own."""
    folder = tiny_flux_folder(tmp_path / "folder")
    stock = folder_model(folder)
    settings = settings_of(folder, tmp_path / "settings")
    path = publish(stock.pipeline, tmp_path / "flux1-dev.safetensors", network_only=True)
    parts = {
        "ae": ldm_vae(stock.vae, ""),
        "clip_l": clip(stock.pipeline.text_encoder, ""),
        "t5xxl": t5(stock.pipeline.text_encoder_2, ""),
    }
    for name, tensors in parts.items():
        file = tmp_path / f"{name}.safetensors"
        save_file({key: tensor.clone() for key, tensor in tensors.items()}, file)
    catalogue = added(path, settings)
    with pytest.raises(ModelError, match=r"has no vae.*models add"):
        catalogue.find("flux1-dev")
    for name in parts:
        assert add_source(catalogue, tmp_path / f"{name}.safetensors") == [name]
    info = catalogue.find("flux1-dev")
    assert {part: place.stem for part, place in info.borrowed} == {
        "vae": "ae", "text_encoder": "clip_l", "text_encoder_2": "t5xxl",
    }  # fmt: skip
    loaded = load_model(info, CPU, torch.float32)
    assert equal(stock, loaded)
    sizes = part_sizes(info)
    for part, module in (("transformer", loaded.network), ("vae", loaded.vae)):
        assert sizes[part].total == sum(p.numel() for p in module.parameters())
    cache = ModelCache(1 << 40)
    cache.add(("one",), loaded)
    copy = Path(shutil.copy(path, tmp_path / "flux1-other.safetensors"))
    add_source(catalogue, copy, str(settings))
    again = catalogue.find("flux1-other")
    shared = cache.shared_parts(again, CPU, torch.float32, "none")
    other = load_model(again, CPU, torch.float32, shared=shared)
    assert equal(stock, other)
    for part in ("text_encoder", "text_encoder_2"):
        assert getattr(other.pipeline, part) is getattr(loaded.pipeline, part)
    assert other.network is not loaded.network


def test_sd3_runs_without_t5_and_takes_it_where_it_is(tmp_path: Path) -> None:
    folder = sd3_folder(tmp_path / "folder")
    stock = folder_model(folder)
    path = publish(stock.pipeline, tmp_path / "whole.safetensors")
    tensors = load_file(path)
    less = {name: t.clone() for name, t in tensors.items() if ".t5xxl." not in name}
    save_file(less, tmp_path / "less.safetensors")
    settings = settings_of(folder, tmp_path / "settings")
    catalogue = added(tmp_path / "less.safetensors", settings)
    info = catalogue.find("less")
    assert (info.absent, info.borrowed) == (("text_encoder_3",), ())
    loaded = load_model(info, CPU, torch.float32)
    assert loaded.pipeline.text_encoder_3 is None
    assert loaded.pipeline.tokenizer_3 is None
    assert picture("less", catalogue, request_for(stock)).shape == (SIDE, SIDE, 3)
    add_source(catalogue, path, str(settings))
    info = catalogue.find("less")
    assert info.borrowed == (("text_encoder_3", path),)
    assert equal(stock, load_model(info, CPU, torch.float32))


def spoil_missing(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["model.diffusion_model.middle_block.0.in_layers.2.weight"]


def spoil_shape(tensors: dict[str, torch.Tensor]) -> None:
    name = "model.diffusion_model.middle_block.0.in_layers.2.weight"
    tensors[name] = tensors[name][:1].clone()


def spoil_vae(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["first_stage_model.decoder.conv_out.bias"]


def spoil_text(tensors: dict[str, torch.Tensor]) -> None:
    prefix = "cond_stage_model.transformer.text_model.encoder.layers.0."
    del tensors[prefix + "mlp.fc1.weight"]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (spoil_missing, r"a\.safetensors lacks tensors of the unet"),
        (spoil_shape, "The unet of the model 'a' could not be loaded"),
        (spoil_vae, r"a\.safetensors lacks tensors of the vae"),
        (spoil_text, r"a\.safetensors lacks 1 tensors of the text_encoder"),
    ],
)
def test_a_file_with_wrong_tensors_is_refused_in_a_sentence(
    tmp_path: Path,
    plain: tuple[Path, LoadedModel],
    spoil: Callable[[dict[str, torch.Tensor]], None],
    sentence: str,
) -> None:
    folder, stock = plain
    path = publish(stock.pipeline, tmp_path / "a.safetensors")
    tensors = load_file(path)
    spoil(tensors)
    save_file({name: t.clone() for name, t in tensors.items()}, path)
    info = added(path, settings_of(folder, tmp_path / "settings")).find("a")
    with pytest.raises(ModelError, match=sentence) as error:
        load_model(info, CPU, torch.float32)
    assert "\n" not in str(error.value)
    assert str(error.value).endswith(".")


def test_bits_flipped_in_a_header_end_in_a_sentence_or_in_the_same_weights(
    tmp_path: Path, plain: tuple[Path, LoadedModel]
) -> None:
    folder, stock = plain
    path = publish(stock.pipeline, tmp_path / "a.safetensors")
    settings = settings_of(folder, tmp_path / "settings")
    catalogue = added(path, settings)
    data = bytearray(path.read_bytes())
    length = int.from_bytes(data[:8], "little")
    random = np.random.default_rng(0)
    sentences = []
    for place in (*range(8), *random.integers(8, 8 + length, 40)):
        flipped = bytearray(data)
        flipped[int(place)] ^= 1 << int(random.integers(0, 8))
        path.write_bytes(flipped)
        try:
            loaded = load_model(catalogue.find(str(path)), CPU, torch.float32)
        except ModelError as error:
            sentences.append(str(error))
        else:  # a flip in a number of the header that is not needed, or in the metadata
            assert equal(stock, loaded)
    assert len(sentences) >= 40
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in sentences)


def test_zero_terminal_snr_reaches_the_scheduler(
    tmp_path: Path, plain: tuple[Path, LoadedModel]
) -> None:
    folder, stock = plain
    path = publish(stock.pipeline, tmp_path / "a.safetensors")
    marked = load_file(path) | {"v_pred": torch.zeros(1), "ztsnr": torch.zeros(1)}
    save_file({name: t.clone() for name, t in marked.items()}, path)
    catalogue = added(path, settings_of(folder, tmp_path / "settings"))
    scheduler = load_model(catalogue.find("a"), CPU, torch.float32).pipeline.scheduler
    assert scheduler.config.rescale_betas_zero_snr is True
    assert scheduler.config.prediction_type == "v_prediction"


def test_the_tokenizers_of_the_application_are_those_of_clip_and_t5(
    tmp_path: Path, plain: tuple[Path, LoadedModel]
) -> None:
    clip_tokenizer: Any = transformers.CLIPTokenizer
    tokenizer = clip_tokenizer.from_pretrained(str(TOKENIZERS / "clip"))
    # Published by OpenAI with CLIP: ids of "a photo of a cat".
    assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert (len(tokenizer), tokenizer.model_max_length) == (49408, 77)
    t5_tokenizer: Any = transformers.T5Tokenizer
    tokenizer = t5_tokenizer.from_pretrained(str(TOKENIZERS / "t5"))
    assert tokenizer("a photo of a cat").input_ids == [3, 9, 1202, 13, 3, 9, 1712, 1]
    assert tokenizer.model_max_length == 512
    # Settings without a tokenizer take the application's.
    folder, stock = plain
    path = publish(stock.pipeline, tmp_path / "a.safetensors")
    settings = settings_of(folder, tmp_path / "settings")
    shutil.rmtree(settings / "tokenizer")
    loaded = load_model(added(path, settings).find("a"), CPU, torch.float32)
    assert len(loaded.pipeline.tokenizer) == 49408
