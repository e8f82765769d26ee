"""The models commands on files and on the folders of other tools."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.command_line import main
from tests.asyndm.test_architecture import flux, unet, write
from tests.asyndm.test_catalogue_sources import LORA, PARTS

Output = Callable[[], tuple[str, str]]


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Output:
    """What was printed since the last look."""

    def look() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    return look


def test_a_file_is_added_listed_checked_and_forgotten(output: Output, tmp_path: Path) -> None:
    path = write(tmp_path / "dream.safetensors", unet() | PARTS)
    assert main(["models", "add", str(path)]) == 0
    assert output()[0] == "dream: ready for generate, repair, inpaint.\n"
    assert main(["models", "list"]) == 0
    rows = output()[0].splitlines()
    assert ["dream", "file", "generate,repair,inpaint", "512"] in [row.split()[:4] for row in rows]
    assert main(["models", "info", "dream"]) == 0
    facts = output()[0]
    assert "Stable Diffusion 1.x" in facts
    assert str(path) in facts
    assert main(["models", "verify", "dream"]) == 0
    assert "every byte is as its checksum says" in output()[0]
    with path.open("r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"\x01")
    assert main(["models", "verify", "dream"]) == 1
    assert "checksums differ" in output()[1]
    assert main(["models", "remove", "dream"]) == 0
    assert "nothing was deleted" in output()[0]
    assert path.exists()
    assert main(["models", "info", "dream"]) == 2
    assert "no model named 'dream'" in output()[1]


def test_a_folder_of_another_tool_is_added(output: Output, tmp_path: Path) -> None:
    home = tmp_path / "ComfyUI"
    for folder in ("checkpoints", "unet", "loras"):
        (home / "models" / folder).mkdir(parents=True)
    write(home / "models" / "checkpoints" / "dream.safetensors", unet() | PARTS)
    write(home / "models" / "unet" / "flux1.safetensors", flux())
    write(home / "models" / "loras" / "line.safetensors", LORA)
    (home / "models" / "checkpoints" / "old.ckpt").touch()
    assert main(["models", "add", str(home)]) == 0
    lines = sorted(output()[0].splitlines())
    assert lines[0] == "dream: ready for generate, repair, inpaint."
    assert lines[1].startswith("flux1: not usable yet. The model 'flux1' has no vae in its file")
    assert lines[2] == "line: lora, sd1"
    assert main(["models", "list"]) == 0
    listed, notes = output()
    assert ["line", "lora", "sd1"] in [row.split()[:3] for row in listed.splitlines()]
    assert "old.ckpt" in notes
    assert main(["models", "verify", "line"]) == 0
    assert "its checksum is recorded" in output()[0]
    assert main(["models", "add", str(home)]) == 0
    assert "known already" in output()[0]


def test_what_a_file_is_can_be_said(output: Output, tmp_path: Path) -> None:
    path = write(tmp_path / "two.safetensors", unet(4, 1024) | PARTS)
    assert main(["models", "add", str(path)]) == 0
    assert "--as sd2-v" in output()[0]
    assert main(["models", "remove", str(path)]) == 0
    assert main(["models", "add", str(path), "--as", "sd2-v"]) == 0
    assert output()[0].endswith("two: ready for generate, repair, inpaint.\n")
    assert main(["models", "info", "two"]) == 0
    assert "v_prediction" in output()[0]
    assert main(["models", "add", str(path), "--as", "sdxl"]) == 2
    assert "cannot be taken as sdxl" in output()[1]


@pytest.mark.parametrize("what", ["./nothing", "/no/where", "old.ckpt", "~/nothing"])
def test_what_is_not_there_is_not_added(
    output: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["models", "add", what]) == 2
    sentence = output()[1]
    assert "no file or folder" in sentence
    assert sentence.count("\n") == 1
