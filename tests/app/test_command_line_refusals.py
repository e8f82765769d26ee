"""Mistakes on the command line: one sentence, exit code 2, nothing changed, no torch loaded."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from app.command_line import main
from app.command_output import choose_output, slug
from tests.app.command_line_parts import names_in, save_disc
from tests.editing.photograph import photograph

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a command."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def photo(folder: Path) -> Path:
    """A picture of 300 x 200 pixels and mask.png, a disc in its middle."""
    Image.fromarray(photograph(300, 200)).save(folder / "photo.png")
    save_disc(folder / "mask.png", 300, 200, 25)
    return folder / "photo.png"


GENERATE = ["generate", "--prompt", "a rider on a bike", "--out", "a.png"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*GENERATE, "--word-concavity", "bike"], "'bike' is no word with a concavity"),
        ([*GENERATE, "--word-concavity", "bike=2"], "'bike=2' is no word with a concavity"),
        ([*GENERATE, "--word-concavity", "=0.5"], "'=0.5' is no word with a concavity"),
        ([*GENERATE, "--word-concavity", "boat=0.5"], "“boat” is not in the prompt"),
        ([*GENERATE, "--word-concavity", "bike=0.5,bike=0.1"], "given more often"),
        ([*GENERATE, "--order", "rider > bike > rider"], "goes in a circle: rider > bike > rider"),
        ([*GENERATE, "--order", "rider >"], "A name is missing"),
        ([*GENERATE, "--order", "rider > boat"], "The order names “boat”"),
        ([*GENERATE, "--mask-smoothing", "1"], "mask smoothing is 1"),
        ([*GENERATE, "--minimum-area", "-0.5"], "minimum area is -0.5"),
        ([], "required: COMMAND"),
        (["paint"], "invalid choice: 'paint'"),
        (["generate", "--out", "a.png"], "required: --prompt"),
        (["generate", "--prompt", "a", "--steps", "x", "--out", "a.png"], "invalid int value: 'x'"),
        (["generate", "--prompt", "a", "--steps", "0", "--out", "a.png"], "steps is 0"),
        (["generate", "--prompt", "a", "--seed", "-1", "--out", "a.png"], "seed is -1"),
        (["generate", "--prompt", "a", "--size", "12", "--out", "a.png"], "no size"),
        (["generate", "--prompt", "a", "--size", "30x31", "--out", "a.png"], "multiples of"),
        (["generate", "--prompt", "a", "--method", "no", "--out", "a.png"], "invalid choice: 'no'"),
        (["generate", "--prompt", "a", "--pro", "b", "--out", "a.png"], "--pro"),
        (["generate", "--prompt", "a", "--out", "a.gif"], "no known suffix"),
        (["generate", "--prompt", "a", "--out", ""], "no name"),
        (["generate", "--prompt", "a", "--out", "no/where/a.png"], "does not exist"),
        (["generate", "--prompt", "a", "--out", "no/where"], "does not exist"),
        (["generate", "--prompt", "a", "--model", "no", "--out", "a.png"], "no model named 'no'"),
        (["generate", "--prompt", "a", "--device", "abc", "--out", "a.png"], "device 'abc'"),
        (["inpaint", "photo.png", "mask.png", "--out", "a.png"], "required: --prompt"),
        (["inpaint", "photo.png", "black.png", "--prompt", "a", "--out", "a.png"], "black every"),
        (["inpaint", "photo.png", "small.png", "--prompt", "a", "--out", "a.png"], "same size"),
        (["inpaint", "no.png", "mask.png", "--prompt", "a", "--out", "a.png"], "does not exist"),
        (["inpaint", "photo.png", "no.png", "--prompt", "a", "--out", "a.png"], "does not exist"),
        (
            [
                "inpaint",
                "photo.png",
                "mask.png",
                "--prompt",
                "a",
                "--strength",
                "0",
                "--out",
                "a.png",
            ],
            "strength is 0",
        ),
        (["models", "info", "no"], "no model named 'no'"),
        (["models", "verify", "no/where"], "no model folder"),
    ],
)
def test_mistakes_are_one_sentence_and_change_nothing(
    photo: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    folder = photo.parent
    Image.new("L", (300, 200)).save(folder / "black.png")
    Image.new("L", (30, 20), 255).save(folder / "small.png")
    if "--model" not in arguments and arguments[:1] == ["inpaint"]:
        arguments = [*arguments, "--model", "papertown"]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert sentence in err
    lines = [line for line in err.splitlines() if not re.match(r"The seed is \d", line)]
    assert len(lines) == 1
    assert lines[0].endswith((".", "--help."))
    assert out == ""
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_refusals_and_help_load_no_torch(photo: Path) -> None:
    code = """
import sys, main
model = ["--model", "no", "--prompt", "a", "--out", "a.png"]
order = ["--prompt", "a bike", "--order", "bike > boat", "--out", "a.png"]
for argv in (["--help"], ["generate", "--help"], ["models", "list"], ["paint", "x"], ["nothing"],
             ["generate", *order], ["inpaint", "photo.png", "photo.png", *model]):
    sys.argv = ["main.py", *argv]
    code = main.main()
    assert code == (0 if "--help" in argv or "list" in argv else 2), (argv, code)
    loaded = {"torch", "diffusers", "transformers", "PySide6"} & set(sys.modules)
    assert not loaded, (argv, loaded)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=photo.parent,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Three yellow stars, at night!", "three-yellow-stars-at-night"),
        ("../../etc/passwd", "etc-passwd"),
        ("", "picture"),
        ("???", "picture"),
        ("x" * 200, "x" * 48),
        ("ein schöner Tag 狐", "ein-schöner-tag-狐"),
    ],
)
def test_names_made_of_a_prompt(text: str, name: str) -> None:
    assert slug(text) == name


def test_the_output_is_chosen_by_what_is_there(folder: Path) -> None:
    (folder / "there.png").mkdir()
    (folder / "some").mkdir()
    chosen = choose_output("there.png", "stem")
    assert (chosen.folder, chosen.file, chosen.makes_folder) == (Path("there.png"), None, False)
    chosen = choose_output("some/b.PNG", "stem")
    assert (chosen.folder, chosen.file) == (Path("some"), "b.PNG")
    chosen = choose_output("some/new/", "stem")
    assert (chosen.folder, chosen.file, chosen.makes_folder) == (Path("some/new"), None, True)
    assert names_in(folder) == ["some", "there.png"]
    assert names_in(folder / "some") == []
