"""LoRAs by the command line: real files, worn by the run and told in the picture's record."""

from pathlib import Path

import pytest
from PIL import Image

from app.command_line import main
from editing.files.metadata import read_generation
from tests.asyndm.test_adapters import lora_file
from tests.asyndm.tiny_models import tiny_pipeline_folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapters")
    tiny_pipeline_folder(folder / "model")
    lora_file("sd", folder / "model", folder).rename(folder / "style.safetensors")
    return folder


def generate(home: Path, out: Path, *more: str) -> int:
    return main(
        ["generate", "--prompt", "a red ball", "--model", str(home / "model"), "--seed", "3",
         "--steps", "2", "--device", "cpu", "--out", str(out), *more]
    )  # fmt: skip


def test_a_lora_changes_the_picture_and_is_recorded(home: Path, tmp_path: Path) -> None:
    lora = str(home / "style.safetensors")
    assert generate(home, tmp_path / "plain.png") == 0
    assert generate(home, tmp_path / "worn.png", "--lora", f"{lora}:1.5") == 0
    assert generate(home, tmp_path / "off.png", "--lora", f"{lora}:0") == 0
    record = read_generation(tmp_path / "worn.png").record
    assert record is not None
    assert record["loras"] == [{"name": lora, "strength": 1.5}]
    plain, worn, off = (read_pixels(tmp_path / f"{name}.png") for name in ("plain", "worn", "off"))
    assert plain != worn
    assert plain == off


def read_pixels(path: Path) -> bytes:
    with Image.open(path) as picture:
        return picture.tobytes()


def test_an_unknown_lora_and_a_silly_strength_are_mendable(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(home, tmp_path / "a.png", "--lora", "nobody's") == 2
    assert 'There is no lora named "nobody\'s"' in capsys.readouterr().err
    assert generate(home, tmp_path / "a.png", "--lora", "style:99") == 2
    assert "strength of a LoRA is 99.0; it must be from -10 to 10" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()
