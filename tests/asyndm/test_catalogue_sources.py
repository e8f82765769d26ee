"""Sources of the catalogue: folders of other tools and files, found where they are."""

import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from asyndm.adding import add_source, remove_source
from asyndm.architecture import ARCHITECTURES
from asyndm.catalogue import Catalogue
from asyndm.errors import ModelError
from asyndm.model_files import MODEL_CONFIGS
from tests.asyndm.test_architecture import flux, unet, write
from tests.asyndm.tiny_models import tiny_pipeline_folder

VAE = {"decoder.conv_in.weight": (512, 4, 3, 3), "encoder.conv_in.weight": (128, 3, 3, 3)}
LORA = {"lora_unet_down_blocks_0_attentions_0_x_attn2_to_k.lora_down.weight": (8, 768)}
EMBEDDING = {"emb_params": (4, 768)}
CLIP_L = {
    "text_model.embeddings.position_embedding.weight": (77, 768),
    "text_model.final_layer_norm.weight": (768,),
}
PARTS = {
    "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3),
    "cond_stage_model.transformer.text_model.final_layer_norm.weight": (768,),
}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue([tmp_path / "own"], sources=tmp_path / "own" / "sources.json")


def put(path: Path, shapes: Mapping[str, tuple[int, ...]], **metadata: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(path, shapes, metadata)


def names(catalogue: Catalogue) -> list[str]:
    return sorted(info.name for info in catalogue.models())


def test_a_file_is_added_found_and_forgotten(catalogue: Catalogue, tmp_path: Path) -> None:
    title, licence = {"modelspec.title": "A dream"}, {"modelspec.license": "openrail"}
    path = put(tmp_path / "away" / "dream.safetensors", unet() | PARTS, **title, **licence)
    assert add_source(catalogue, path) == ["dream"]
    info = catalogue.find("dream")
    assert (info.path, info.settings) == (path, MODEL_CONFIGS / "sd1")
    assert (info.title, info.licence) == ("A dream", "openrail")
    assert (info.architecture, info.pipeline) == ("sd1", "StableDiffusionPipeline")
    assert (info.native_size, info.prediction_type) == (512, "epsilon")
    assert info.size_bytes == path.stat().st_size
    assert catalogue.find(str(path)) == info
    assert catalogue.problems() == []
    record = json.loads((tmp_path / "own" / "sources.json").read_text())
    assert record["version"] == 1
    assert record["sources"] == [{"path": str(path), "taken_as": ""}]
    assert add_source(catalogue, path) == []  # nothing new
    assert len(catalogue.models()) == 1
    assert remove_source(catalogue, "dream") == path
    assert catalogue.models() == []
    assert path.exists()
    with pytest.raises(ModelError, match="was not added with models add"):
        remove_source(catalogue, str(path))


def test_files_in_the_models_folder_need_no_adding(catalogue: Catalogue, tmp_path: Path) -> None:
    put(tmp_path / "own" / "dream.safetensors", unet() | PARTS)
    put(tmp_path / "own" / "loras" / "line.safetensors", LORA)
    assert names(catalogue) == ["dream"]
    assert [found.name for found in catalogue.files("lora")] == ["line"]
    with pytest.raises(ModelError, match="delete it there yourself"):
        remove_source(catalogue, "dream")


A1111 = {
    "models/Stable-diffusion/sub/dream.safetensors": unet() | PARTS,
    "models/Lora/line.safetensors": LORA,
    "models/VAE/good.safetensors": VAE,
    "embeddings/cat.safetensors": EMBEDDING,
    "venv/lib/hidden.safetensors": LORA,
}
COMFYUI = {
    "models/checkpoints/dream.safetensors": unet() | PARTS,
    "models/unet/bare.safetensors": flux(),
    "models/text_encoders/clip_l.safetensors": CLIP_L,
    "models/vae/good.safetensors": VAE,
    "models/loras/line.safetensors": LORA,
    "models/embeddings/cat.safetensors": EMBEDDING,
    "custom_nodes/hidden.safetensors": LORA,
}
INVOKE_OLD = {
    "invokeai.yaml": None,
    "models/sd-1/main/dream.safetensors": unet() | PARTS,
    "models/sd-1/lora/line.safetensors": LORA,
    "models/sd-1/embedding/cat.safetensors": EMBEDDING,
    "models/sd-1/vae/good.safetensors": VAE,
    "outputs/hidden.safetensors": LORA,
}
INVOKE_NEW = {
    "invokeai.yaml": None,
    "models/0a1b/dream.safetensors": unet() | PARTS,
    "models/2c3d/line.safetensors": LORA,
    "models/4e5f/cat.safetensors": EMBEDDING,
    "models/6a7b/good.safetensors": VAE,
    "outputs/hidden.safetensors": LORA,
}


@pytest.mark.parametrize("layout", [A1111, COMFYUI, INVOKE_OLD, INVOKE_NEW])
def test_the_folders_of_other_tools_are_read(
    catalogue: Catalogue,
    tmp_path: Path,
    layout: dict[str, dict[str, tuple[int, ...]] | None],
) -> None:
    home = tmp_path / "tool"
    for name, shapes in layout.items():
        if shapes is None:
            home.mkdir(exist_ok=True)
            (home / name).touch()
        else:
            put(home / name, shapes)
    assert {"dream", "line", "cat", "good"} <= set(add_source(catalogue, home))
    assert "dream" in names(catalogue)
    assert [found.name for found in catalogue.files("lora")] == ["line"]  # not the hidden one
    assert [found.name for found in catalogue.files("embedding")] == ["cat"]
    assert [found.name for found in catalogue.files("vae")] == ["good"]
    line = catalogue.find_file("lora", "line")
    assert catalogue.find_file("lora", str(line.path)) == line
    assert line.identity.architecture == "sd1"
    with pytest.raises(ModelError, match=r"good\.safetensors is a VAE"):
        catalogue.find_file("lora", str(catalogue.files("vae")[0].path))
    with pytest.raises(ModelError, match="no lora named 'x'; known are: line"):
        catalogue.find_file("lora", "x")


def test_model_folders_of_other_tools_are_models(catalogue: Catalogue, tmp_path: Path) -> None:
    tiny_pipeline_folder(tmp_path / "invoke" / "models" / "sd-1" / "main" / "tiny")
    (tmp_path / "invoke" / "invokeai.yaml").touch()
    assert add_source(catalogue, tmp_path / "invoke") == ["tiny"]
    assert catalogue.verify(catalogue.find("tiny")) == []


def test_the_same_name_in_two_folders_names_both(catalogue: Catalogue, tmp_path: Path) -> None:
    first = put(tmp_path / "a" / "model.safetensors", unet() | PARTS)
    second = put(tmp_path / "b" / "model.safetensors", unet(9) | PARTS)
    assert add_source(catalogue, first) == ["model"]
    assert add_source(catalogue, second) == ["b-model"]
    assert catalogue.find("b-model").path == second
    assert catalogue.find("b-model").architecture == "sd1-inpaint"
    assert catalogue.find("model").path == first


def test_links_in_a_circle_end(catalogue: Catalogue, tmp_path: Path) -> None:
    put(tmp_path / "a" / "sub" / "dream.safetensors", unet() | PARTS)
    (tmp_path / "a" / "sub" / "up").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a" / "linked").symlink_to(tmp_path / "b", target_is_directory=True)
    put(tmp_path / "b" / "line.safetensors", LORA)
    assert sorted(add_source(catalogue, tmp_path / "a")) == ["dream", "line"]


def test_what_the_person_says_counts_where_tensors_cannot_tell(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = put(tmp_path / "f.safetensors", unet() | PARTS)
    add_source(catalogue, path, "sd1-v")
    assert catalogue.find("f").prediction_type == "v_prediction"
    path = put(tmp_path / "two.safetensors", unet(4, 1024) | PARTS)
    add_source(catalogue, path)
    assert catalogue.find("two").architecture == "sd2"
    assert "--as sd2-v" in catalogue.find("two").note
    add_source(catalogue, path, "sd2-v")
    info = catalogue.find("two")
    assert (info.architecture, info.note, info.native_size) == ("sd2-v", "", 768)
    assert info.prediction_type == "v_prediction"
    remove_source(catalogue, "two")
    assert names(catalogue) == ["f"]


@pytest.mark.parametrize(
    ("shapes", "taken_as", "sentence"),
    [
        (
            unet(),
            "sdxl",
            r"cannot be taken as sdxl: its tensors are those of Stable Diffusion 1\.x",
        ),
        (unet(), "sd9", "'sd9' is neither an architecture nor a folder"),
        (unet(9), "sd1", "cannot be taken as sd1"),
        (LORA, "", ""),
        (LORA, "sd1", "is a LoRA, not a model, so --as does not apply"),
        ({"control_model.x": (3,)}, "", "is a ControlNet, which is not supported"),
        ({"conv_first.weight": (3,)}, "", "is of no kind that the application can use"),
        (unet(4, 1280, labels=True), "", "is the refiner of SDXL"),
        (unet(4, 640), "", "none of the known models; .* with --as"),
        (unet(4, 640), "sd1", "none of the known models"),
    ],
)
def test_what_cannot_be_used_is_not_added(
    catalogue: Catalogue,
    tmp_path: Path,
    shapes: dict[str, tuple[int, ...]],
    taken_as: str,
    sentence: str,
) -> None:
    path = put(tmp_path / "f.safetensors", shapes)
    if not sentence:
        assert add_source(catalogue, path, taken_as) == ["f"]
        return
    with pytest.raises(ModelError, match=sentence) as error:
        add_source(catalogue, path, taken_as)
    assert str(error.value).endswith(".")
    assert not (tmp_path / "own" / "sources.json").exists()


def test_settings_of_another_kind_of_network_are_refused(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = put(tmp_path / "f.safetensors", flux(double=8))
    with pytest.raises(ModelError, match="those of another kind of network"):
        add_source(catalogue, path, str(MODEL_CONFIGS / "sd1"))


class _Trap:
    """Leaves a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.mkdir, (str(self.mark), 0o700)


@pytest.mark.parametrize("suffix", ["ckpt", "pt", "pth", "bin"])
def test_pickles_are_refused_and_never_opened(
    catalogue: Catalogue, tmp_path: Path, suffix: str
) -> None:
    mark = tmp_path / "sprung"
    path = tmp_path / "tool" / f"evil.{suffix}"
    path.parent.mkdir()
    path.write_bytes(pickle.dumps(_Trap(mark)))
    with pytest.raises(ModelError, match="pickled file, which can run any program"):
        add_source(catalogue, path)
    with pytest.raises(ModelError, match="pickled checkpoint, which can run any program"):
        catalogue.find(str(path))
    with pytest.raises(ModelError, match="pickled checkpoint"):
        catalogue.find_file("lora", str(path))
    with pytest.raises(ModelError, match="only pickled files"):
        add_source(catalogue, path.parent)
    put(tmp_path / "tool" / "dream.safetensors", unet() | PARTS)
    assert add_source(catalogue, path.parent) == ["dream"]
    assert [text for text in catalogue.problems() if f"evil.{suffix}" in text]
    # Under another name it is no safetensors file either.
    disguised = Path(shutil.copy(path, tmp_path / "evil.safetensors"))
    with pytest.raises(ModelError, match="no safetensors file"):
        catalogue.find(str(disguised))
    assert not mark.exists()


def test_damaged_files_among_others_are_told(catalogue: Catalogue, tmp_path: Path) -> None:
    whole = put(tmp_path / "tool" / "dream.safetensors", unet() | PARTS)
    data = whole.read_bytes()[:-1]
    (tmp_path / "tool" / "cut.safetensors").write_bytes(data)
    (tmp_path / "tool" / "empty.safetensors").touch()
    (tmp_path / "tool" / "text.safetensors").write_text("not weights at all")
    assert "dream" in add_source(catalogue, tmp_path / "tool")
    assert names(catalogue) == ["dream"]
    problems = catalogue.problems()
    assert "cut.safetensors is cut short; get it anew." in problems
    assert "empty.safetensors is no safetensors file; get it anew." in problems
    assert "text.safetensors is no safetensors file; get it anew." in problems
    assert len(problems) == 3
    with pytest.raises(ModelError, match="is cut short"):
        catalogue.find("cut")
    assert catalogue.verify(tmp_path / "tool" / "cut.safetensors") == [problems[0]]


def test_verify_finds_a_flipped_bit_in_the_weights(catalogue: Catalogue, tmp_path: Path) -> None:
    path = put(tmp_path / "f.safetensors", VAE)
    add_source(catalogue, path)  # small: its checksum is recorded at once
    assert catalogue.verify(path) == []
    with path.open("r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"\x01")
    problems = catalogue.verify(path)
    assert any("checksums differ" in problem for problem in problems)


def test_verify_of_a_model_compares_with_what_was_recorded(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = put(tmp_path / "tool" / "dream.safetensors", unet() | PARTS)
    add_source(catalogue, path.parent)
    info = catalogue.find("dream")
    shares: list[float] = []
    assert catalogue.verify(info, shares.append) == []  # records
    assert shares[-1] == 1.0
    assert catalogue.verify(info) == []
    assert catalogue.sources is not None
    assert len(catalogue.sources.checksum(path)) == 64
    time = path.stat().st_mtime_ns
    with path.open("r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"\x01")
    os.utime(path, ns=(time, time))
    (problem,) = catalogue.verify(info)
    assert problem.startswith("dream.safetensors is not the file it was")


def test_verify_believes_the_hash_in_the_metadata(catalogue: Catalogue, tmp_path: Path) -> None:
    shapes = unet() | PARTS
    path = put(tmp_path / "f.safetensors", shapes)
    length = int.from_bytes(path.read_bytes()[:8], "little")
    digest = hashlib.sha256(path.read_bytes()[8 + length :]).hexdigest()
    put(path, shapes, **{"modelspec.hash_sha256": f"0x{digest.upper()}"})
    add_source(catalogue, path)
    assert catalogue.verify(path) == []
    put(path, shapes, **{"modelspec.hash_sha256": f"0x{'0' * 64}"})
    assert any("its own metadata" in problem for problem in catalogue.verify(path))


@pytest.mark.parametrize("text", ["", "[]", '{"sources": [3]}', '{"sources": 3}', "\x00"])
def test_a_damaged_list_of_sources_is_a_problem_and_not_the_end(
    catalogue: Catalogue, tmp_path: Path, text: str
) -> None:
    put(tmp_path / "own" / "dream.safetensors", unet() | PARTS)
    (tmp_path / "own" / "sources.json").write_text(text)
    assert names(catalogue) == ["dream"]
    (problem,) = catalogue.problems()
    assert "is damaged; mend or delete it" in problem
    path = put(tmp_path / "f.safetensors", unet() | PARTS)
    with pytest.raises(ModelError, match="is damaged"):
        add_source(catalogue, path)
    assert (tmp_path / "own" / "sources.json").read_text() == text


def test_a_source_that_went_away_is_told(catalogue: Catalogue, tmp_path: Path) -> None:
    path = put(tmp_path / "f.safetensors", unet() | PARTS)
    add_source(catalogue, path)
    path.unlink()
    (problem,) = catalogue.problems()
    assert "is not there any more" in problem
    assert remove_source(catalogue, str(path)) == path
    assert catalogue.problems() == []


def test_nothing_at_a_place_is_refused(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no file or folder"):
        add_source(catalogue, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="holds no models"):
        add_source(catalogue, tmp_path / "empty")
    (tmp_path / "a.txt").touch()
    with pytest.raises(ModelError, match="neither a safetensors nor a GGUF file"):
        add_source(catalogue, tmp_path / "a.txt")
    put(tmp_path / "tool" / "f.safetensors", unet())
    with pytest.raises(ModelError, match="--as says what one file is"):
        add_source(catalogue, tmp_path / "tool", "sd1")
    with pytest.raises(ModelError, match="keeps no list"):
        add_source(Catalogue([]), tmp_path / "tool")


def test_a_model_in_an_added_folder_is_forgotten_with_the_folder(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    put(tmp_path / "tool" / "dream.safetensors", unet() | PARTS)
    add_source(catalogue, tmp_path / "tool")
    with pytest.raises(ModelError, match="is in the added folder"):
        remove_source(catalogue, "dream")
    assert remove_source(catalogue, str(tmp_path / "tool")) == tmp_path / "tool"
    assert catalogue.models() == []


def test_names_that_the_person_may_say_have_settings() -> None:
    for name in ARCHITECTURES:
        assert (MODEL_CONFIGS / name / "model_index.json").is_file()
