"""The command edit: whole runs of a tiny Kontext model, and what it refuses."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.command_line import main
from app.jobs.stored_record import stored_regions, stored_settings
from editing.files.metadata import read_generation
from tests.app.command_line_parts import names_in, pixels, save_disc
from tests.asyndm.tiny_transformers import tiny_flux_folder
from tests.editing.photograph import photograph

INSTRUCTION = "make the ball red"


@pytest.fixture(scope="module")
def kontext(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_flux_folder(tmp_path_factory.mktemp("models") / "kontext", "kontext"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture of 120 x 80 pixels, mask.png with a disc in its middle, and masks of no use."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photograph(120, 80)).save(tmp_path / "photo.png")
    save_disc(tmp_path / "mask.png", 120, 80, 15)
    Image.new("L", (120, 80)).save(tmp_path / "black.png")
    Image.new("L", (30, 20), 255).save(tmp_path / "small.png")
    return tmp_path


def edit(*more: str) -> list[str]:
    return ["edit", "photo.png", "--instruction", INSTRUCTION, "--out", "out.png", *more]


def test_a_region_is_edited_and_the_rest_stays(
    kontext: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"concavity": "0.4", "schedule": "exponential", "steps": "2", "guidance": "2.5"}
    chosen = [text for name, value in options.items() for text in (f"--{name}", value)]
    switches = ["--no-colour-match", "--no-shift-correction"]
    assert (
        main(edit("--mask", "mask.png", "--model", kontext, "--seed", "5", *chosen, *switches)) == 0
    )
    out, err = capsys.readouterr()
    assert out == "out.png\n"
    assert re.search(r"^0 pixels changed outside the mask and its border of \d+ px\.$", err, re.M)
    before, after = pixels("photo.png"), pixels("out.png")
    y, x = np.mgrid[:80, :120]
    away = np.hypot(x - 60, y - 40)
    np.testing.assert_array_equal(after[away > 15 + 4], before[away > 15 + 4])
    assert (after[away < 13] != before[away < 13]).any(axis=1).mean() > 0.9
    record = read_generation(folder / "out.png").record
    assert record is not None
    assert (record["task"], record["prompt"], record["model"]) == ("edit", INSTRUCTION, kontext)
    assert (record["concavity"], record["schedule"], record["steps"]) == (0.4, "exponential", 2)
    assert (record["match_colour"], record["correct_shift"]) == (False, False)
    assert "alignment" not in record
    assert stored_settings(record).seed == 5
    (region,) = stored_regions(record)
    assert (region.mask.shape, region.concavity) == ((80, 120), 0.4)


def test_without_a_mask_the_whole_picture_is_edited(
    kontext: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(edit("--model", kontext, "--steps", "1")) == 0
    err = capsys.readouterr().err
    assert re.search(r"^The seed is \d+\.$", err, re.M)
    assert "The whole picture was made anew." in err
    assert pixels("out.png").shape == (80, 120, 3)
    record = read_generation(folder / "out.png").record
    assert record is not None
    assert record["regions"] == []
    assert record["alignment"]["corrected"] is False


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["edit", "photo.png", "--out", "a.png"], "required: --instruction"),
        (edit("--mask", "black.png"), "black everywhere"),
        (edit("--mask", "small.png"), "same size"),
        (edit("--mask", "no.png"), "does not exist"),
        (edit("--model", "papertown"), "cannot edit"),
        (edit("--model", "no"), "no model named 'no'"),
        (edit("--instruction", " "), "an instruction is needed"),
        (edit("--strength", "0.5"), "--strength"),
        (edit("--prompt", "a ball"), "--prompt"),
    ],
)
def test_what_it_refuses_changes_nothing(
    kontext: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    names = names_in(folder)
    if "--model" not in arguments:
        arguments = [*arguments, "--model", kontext]
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert sentence in err
    assert len([line for line in err.splitlines() if not line.startswith("The seed")]) == 1
    assert out == ""
    assert names_in(folder) == names
