"""The catalogue on real model folders: whole ones, and every way to spoil one."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from asyndm.catalogue import EMBEDDED, Catalogue
from asyndm.errors import ModelError
from asyndm.model_folder import read_model
from tests.asyndm.tiny_models import tiny_pipeline_folder

UNET = Path("unet", "diffusion_pytorch_model.safetensors")


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the models "plain" and "repaint"; not to be written to."""
    folder = tmp_path_factory.mktemp("models")
    tiny_pipeline_folder(folder / "plain")
    tiny_pipeline_folder(
        folder / "repaint", inpaint=True, prediction_type="v_prediction", vae_blocks=4
    )
    return folder


@pytest.fixture
def models(originals: Path, tmp_path: Path) -> Path:
    """The same, to be spoilt."""
    return Path(shutil.copytree(originals, tmp_path / "models"))


def test_a_folder_tells_what_it_is(originals: Path) -> None:
    plain, repaint = Catalogue([originals]).models()
    assert (plain.name, plain.path) == ("plain", originals / "plain")
    assert plain.pipeline == "StableDiffusionPipeline"
    assert plain.tasks == ("generate", "repair", "inpaint")
    assert (plain.native_size, plain.latent_factor) == (64, 4)
    assert (plain.latent_channels, plain.input_channels) == (4, 4)
    assert (plain.prediction_type, plain.attention_divisor) == ("epsilon", 4)
    assert plain.size_bytes == sum(
        p.stat().st_size for p in (originals / "plain").rglob("*") if p.is_file()
    )
    assert not plain.embedded
    assert repaint.tasks == ("inpaint",)
    assert (repaint.native_size, repaint.latent_factor, repaint.input_channels) == (128, 8, 9)
    assert repaint.prediction_type == "v_prediction"


def test_the_extras_of_a_name_win(originals: Path) -> None:
    extras = {"title": "T", "tasks": ["generate", "fly"], "attention_divisor": 2, "licence": "MIT"}
    info = read_model(originals / "plain", extras, embedded=True)
    assert (info.title, info.tasks, info.attention_divisor) == ("T", ("generate",), 2)
    assert (info.licence, info.embedded) == ("MIT", True)


@pytest.mark.parametrize(
    ("blocks", "divisor"),
    [
        (["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"], 4),
        (["DownBlock2D", "CrossAttnDownBlock2D"], 2),
        (["CrossAttnDownBlock2D"], 1),
        (["DownBlock2D"] * 4, 8),
    ],
)
def test_masks_come_from_a_layer_the_network_has(
    models: Path, blocks: list[str], divisor: int
) -> None:
    path = models / "plain" / "unet" / "config.json"
    config = json.loads(path.read_text())
    config["down_block_types"] = blocks
    path.write_text(json.dumps(config))
    assert Catalogue([models]).models()[0].attention_divisor == divisor


def test_models_are_found_by_name_and_by_path(
    originals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue([originals])
    info = catalogue.find("plain")
    assert catalogue.find(str(originals / "plain")) == info
    monkeypatch.chdir(originals)
    assert Catalogue([]).find("./plain") == info
    assert Catalogue([originals, originals]).models() == catalogue.models()
    assert Catalogue([originals / "nowhere"]).models() == []


def test_the_licence_is_read_from_the_card(models: Path) -> None:
    card = models / "plain" / "README.md"
    card.write_text("---\nlicense: openrail++\n---\n# A model\n", encoding="utf-8")
    infos = Catalogue([models]).models()
    assert [info.licence for info in infos] == ["openrail++", "unknown"]


def test_tasks_have_a_default(models: Path) -> None:
    catalogue = Catalogue([models])
    assert catalogue.default_for("generate").name == "plain"
    shutil.move(models / "repaint", models / "papertown-inpaint")
    assert catalogue.default_for("inpaint").name == "papertown-inpaint"
    with pytest.raises(ModelError, match="can edit"):
        catalogue.default_for("edit")


def test_a_damaged_model_is_no_default(models: Path) -> None:
    shutil.copytree(models / "plain", models / "whole")
    weights = "vae/diffusion_pytorch_model.safetensors"
    (models / "plain" / weights).unlink()
    catalogue = Catalogue([models])
    assert catalogue.default_for("generate").name == "whole"
    (models / "whole" / weights).unlink()
    with pytest.raises(ModelError, match="'plain' cannot be used: vae has no weights"):
        catalogue.default_for("generate")


def _remove(name: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return spoil


def _write(name: str, data: bytes) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return spoil


def _cut(name: Path, keep: int) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[:keep])

    return spoil


def _append(folder: Path) -> None:
    with (folder / UNET).open("ab") as file:
        file.write(b"more")


def _pickled(folder: Path) -> None:
    (folder / UNET).rename(folder / "unet" / "diffusion_pytorch_model.bin")


def _index(**changes: object) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / "model_index.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return spoil


SPOILT: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut weights": (_cut(UNET, -1), "unet/diffusion_pytorch_model.safetensors is cut short"),
    "cut header": (_cut(UNET, 100), "is cut short"),
    "few bytes": (_cut(UNET, 5), "is no safetensors file"),
    "empty weights": (_write(str(UNET), b""), "is no safetensors file"),
    "text as weights": (_write(str(UNET), b"not weights at all " * 9), "is no safetensors file"),
    "no JSON header": (_write(str(UNET), (4).to_bytes(8, "little") + b"{{{{"), "is no safetensors"),
    "list as header": (_write(str(UNET), (4).to_bytes(8, "little") + b"[  ]"), "is no safetensors"),
    "tensor without range": (
        _write(str(UNET), (9).to_bytes(8, "little") + b'{"a": {}}'),
        "has a damaged header",
    ),
    "trailing bytes": (_append, "has bytes that belong to no tensor"),
    "pickled weights": (_pickled, "only pickled weights"),
    "no weights": (_remove(str(UNET)), "unet has no weights"),
    "no config": (_remove("unet/config.json"), "config.json is missing"),
    "no text encoder": (_remove("text_encoder"), "text_encoder/config.json is missing"),
    "no tokenizer": (_remove("tokenizer"), "tokenizer is missing"),
    "no scheduler": (_remove("scheduler"), "scheduler_config.json is missing"),
    "broken config": (_write("vae/config.json", b"{"), "no JSON"),
    "empty config": (_write("vae/config.json", b"{}"), "incomplete or damaged"),
    "config of a list": (_write("vae/config.json", b"[]"), "no JSON object"),
    "binary config": (_write("vae/config.json", b"\xff\x00"), "no JSON"),
    "another pipeline": (_index(_class_name="KolorsPipeline"), "is a KolorsPipeline"),
    "no pipeline": (_index(_class_name=None), "not supported"),
    "no unet": (_index(unet=[None, None]), "has no unet"),
    "another unet": (_index(unet=["diffusers", "UNet3DConditionModel"]), "UNet3DConditionModel"),
    "code of its own": (_index(scheduler=["my_code", "Sampler"]), "my_code.Sampler"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_model_is_refused_in_a_sentence(models: Path, how: str) -> None:
    spoil, expected = SPOILT[how]
    spoil(models / "plain")
    catalogue = Catalogue([models])
    with pytest.raises(ModelError, match=expected) as error:
        catalogue.find("plain")
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)
    assert catalogue.problems() == [str(error.value)]
    assert any(expected in problem for problem in catalogue.verify(models / "plain"))
    assert catalogue.find("repaint").name == "repaint"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nonsense", "no model named 'nonsense'; known models: plain, repaint"),
        ("", "no model"),
        ("some/where", "no model folder some/where"),
        ("old.ckpt", "no model folder old.ckpt"),
        ("a\0b", "no model named"),
        ("x" * 5000, "no model named"),
    ],
)
def test_an_unknown_model_is_refused(originals: Path, name: str, expected: str) -> None:
    with pytest.raises(ModelError, match=expected):
        Catalogue([originals]).find(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("model.ckpt", "pickled checkpoint"),
        ("MODEL.PT", "pickled checkpoint"),
        ("model.safetensors", "is no safetensors file; get it anew"),
        ("model.txt", "is a file, not a model folder"),
    ],
)
def test_files_are_no_models(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ModelError, match=expected):
        Catalogue([]).find(str(tmp_path / name))
    with pytest.raises(ModelError, match=r"model_index\.json is missing"):
        Catalogue([]).find(str(tmp_path))


def test_the_hash_follows_the_weights_only(models: Path, originals: Path, tmp_path: Path) -> None:
    catalogue = Catalogue([models])
    plain = catalogue.find("plain")
    first = catalogue.model_hash(plain)
    assert len(first) == 12
    assert int(first, 16) >= 0
    assert first == catalogue.model_hash(plain)
    assert first == Catalogue([originals]).model_hash(Catalogue([originals]).find("plain"))
    (models / "plain" / "README.md").write_text("words")
    assert first == Catalogue([models]).model_hash(plain)
    other = tiny_pipeline_folder(tmp_path / "plain", seed=1)
    assert first != catalogue.model_hash(catalogue.find(str(other)))
    data = bytearray((models / "plain" / UNET).read_bytes())
    data[len(data) // 2] ^= 1
    (models / "plain" / UNET).write_bytes(data)
    assert first != catalogue.model_hash(plain)
    _cut(UNET, 50)(models / "plain")
    with pytest.raises(ModelError, match="cannot be read"):
        catalogue.model_hash(plain)


def _write_checksums(folder: Path) -> dict[str, str]:
    digests = {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }
    (folder / "checksums.json").write_text(json.dumps({"version": 1, "sha256": digests}))
    return digests


def test_verify_compares_every_byte(models: Path) -> None:
    catalogue, folder = Catalogue([models]), models / "plain"
    info = catalogue.find("plain")
    assert catalogue.verify(info) == []
    _write_checksums(folder)
    shares: list[float] = []
    assert catalogue.verify(info, shares.append) == []
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    data = bytearray((folder / UNET).read_bytes())
    data[-1] ^= 1
    (folder / UNET).write_bytes(data)
    (folder / "tokenizer" / "tokenizer_config.json").unlink()
    first, second = sorted(catalogue.verify(info))
    assert first == "tokenizer/tokenizer_config.json is missing."
    assert "unet/diffusion_pytorch_model.safetensors" in second
    assert "checksums differ" in second


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": 3}', "\x00"])
def test_a_damaged_list_of_checksums_is_a_problem(models: Path, text: str) -> None:
    (models / "plain" / "checksums.json").write_text(text)
    assert Catalogue([models]).verify(models / "plain") == ["checksums.json is damaged."]


def test_checksums_stay_within_the_folder(models: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    listing = {"sha256": {"../../secret": "0", str(secret): "0"}}
    (models / "plain" / "checksums.json").write_text(json.dumps(listing))
    problems = Catalogue([models]).verify(models / "plain")
    assert len(problems) == 2
    assert all("outside the folder" in problem for problem in problems)


def test_the_catalogue_needs_no_torch() -> None:
    code = (
        "import sys, asyndm.catalogue as c; c.Catalogue().models();"
        "sys.exit(any(m in sys.modules for m in ('torch', 'diffusers', 'transformers', 'PySide6')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_embedded_models_are_whole() -> None:
    catalogue = Catalogue([EMBEDDED])
    assert catalogue.problems() == []
    assert catalogue.default_for("generate").name == "papertown"
    assert catalogue.default_for("repair").name == "papertown"
    assert catalogue.default_for("inpaint").name == "papertown-inpaint"
    for info in catalogue.models():
        assert info.embedded
        assert catalogue.verify(info) == []


@pytest.mark.parametrize(
    ("file", "changes", "sentence"),
    [
        ("scheduler/scheduler_config.json", {"prediction_type": "flow"}, "predicts 'flow'"),
        ("unet/config.json", {"in_channels": 8}, "takes 8 channels"),
        ("unet/config.json", {"in_channels": 9}, "takes 9 channels"),  # it is no inpainting one
    ],
)
def test_networks_that_the_engine_cannot_feed_are_refused(
    models: Path, file: str, changes: dict[str, object], sentence: str
) -> None:
    path = models / "plain" / file
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")
    with pytest.raises(ModelError, match=sentence):
        Catalogue([models]).find("plain")
