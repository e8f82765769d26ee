"""The command line with the real engine on tiny models: results, records, exit codes."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.command_line import main
from editing.files.metadata import read_generation
from editing.files.raster import load_picture
from tests.app.command_line_parts import PROMPT, generate, names_in, pixels, save_disc
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.editing.photograph import photograph

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_pipeline_folder(tmp_path_factory.mktemp("models") / "plain"))


@pytest.fixture(scope="module")
def repaint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_pipeline_folder(tmp_path_factory.mktemp("models") / "repaint", inpaint=True))


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


def test_generate_writes_a_picture_that_can_be_made_again(
    plain: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(generate(plain, "a.png")) == 0
    out, err = capsys.readouterr()
    assert out == "a.png\n"
    assert "Done in" in err
    first = (folder / "a.png").read_bytes()
    assert pixels("a.png").shape == (64, 64, 3)
    assert main(generate(plain, "a.png")) == 0
    assert (folder / "a.png").read_bytes() == first
    assert names_in(folder) == ["a.png"]
    record = read_generation(folder / "a.png").record
    assert record is not None
    assert (record["task"], record["prompt"], record["seed"]) == ("generate", PROMPT, 7)
    assert (record["width"], record["height"], record["model"]) == (64, 64, plain)
    assert re.fullmatch(r"[0-9a-f]{12}", record["model_hash"])
    assert b"trainedAlgorithmicMedia" in first


def test_every_setting_reaches_the_record(
    plain: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {
        "negative_prompt": "a red ball",
        "method": "asyndm_fixed",
        "schedule": "exponential",
        "concavity": 0.4,
        "guidance": 2.5,
        "eta": 1.0,
        "sampler": "ddim",
    }
    options = [text for k, v in settings.items() for text in (f"--{k.replace('_', '-')}", str(v))]
    assert main(generate(plain, "a.png", *options, "--words", "stars,", "--size", "72x56")) == 0
    record = read_generation(folder / "a.png").record
    assert record is not None
    assert {name: record[name] for name in settings} == settings
    assert (record["words"], record["width"], record["height"]) == (["stars"], 72, 56)
    assert pixels("a.png").shape == (56, 72, 3)
    assert "of the run before it" in capsys.readouterr().err


def test_several_pictures_are_numbered_and_each_has_its_own_seed(plain: str, folder: Path) -> None:
    assert main(generate(plain, "a.png", "--count", "2")) == 0
    assert names_in(folder) == ["a-1.png", "a-2.png"]
    assert main(generate(plain, "b.png", "--seed", "8")) == 0
    np.testing.assert_array_equal(pixels("a-2.png"), pixels("b.png"))
    assert (folder / "a-2.png").read_bytes() == (folder / "b.png").read_bytes()
    assert not np.array_equal(pixels("a-1.png"), pixels("a-2.png"))


def test_results_in_a_folder_get_names_and_replace_nothing(plain: str, folder: Path) -> None:
    for _ in range(2):
        assert main(generate(plain, "new")) == 0
    names = ["three-yellow-stars-at-night-7-2.png", "three-yellow-stars-at-night-7.png"]
    assert names_in(folder / "new") == names


def test_a_random_seed_is_told(
    plain: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["generate", "--prompt", PROMPT, "--model", plain, "--steps", "1", "--out", "a.png"]
    assert main(arguments) == 0
    match = re.search(r"The seed is (\d+)\.", capsys.readouterr().err)
    assert match is not None
    record = read_generation(folder / "a.png").record
    assert record is not None
    assert record["seed"] == int(match[1])


def test_json_prints_events_only(
    plain: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(generate(plain, "a.png", "--json")) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [e["event"] for e in events] == ["loading", "step", "step", "step", "finished"]
    assert [e["i"] for e in events[1:4]] == [1, 2, 3]
    assert events[-1]["files"] == ["a.png"]
    assert events[-1]["seeds"] == [7]
    assert not any("preview" in e or "images" in e for e in events)
    assert (folder / "a.png").exists()


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_other_formats_keep_the_record(plain: str, folder: Path, suffix: str) -> None:
    assert main(generate(plain, f"a.{suffix}")) == 0
    record = read_generation(folder / f"a.{suffix}").record
    assert record is not None
    assert record["prompt"] == PROMPT
    start = (folder / f"a.{suffix}").read_bytes()[:12]
    assert start.startswith(b"\xff\xd8") if suffix == "jpg" else start.endswith(b"WEBP")


def test_repair_reads_the_settings_and_changes_the_region_only(
    plain: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(generate(plain, "a.png", "--method", "standard")) == 0
    save_disc(folder / "mask.png", 64, 64, 9)
    assert main(["repair", "a.png", "mask.png", "--out", "b.png"]) == 0
    assert re.search(
        r"^0 pixels changed outside the mask and its border", capsys.readouterr().err, re.M
    )
    before, after = pixels("a.png"), pixels("b.png")
    y, x = np.mgrid[:64, :64]
    distance = np.hypot(x - 32, y - 32)
    far = distance > 9 + 3
    np.testing.assert_array_equal(after[far], before[far])
    assert (after[distance < 7] != before[distance < 7]).any()
    record = read_generation(folder / "b.png").record
    assert record is not None
    assert (record["task"], record["method"], record["seed"]) == ("repair", "asyndm", 7)
    assert (record["prompt"], record["steps"], record["model"]) == (PROMPT, 3, plain)
    # A repaired picture can be repaired again, and options replace what it carries.
    again = ["repair", "b.png", "mask.png", "--steps", "2", "--concavity", "0.2", "--out", "c.png"]
    assert main(again) == 0
    record = read_generation(folder / "c.png").record
    assert record is not None
    assert (record["steps"], record["regions"][0]["concavity"]) == (2, 0.2)


@pytest.mark.parametrize("method", ["standard", "concave", "asyndm", "asyndm_fixed"])
def test_repair_knows_the_run_that_made_the_picture(
    plain: str, folder: Path, capsys: pytest.CaptureFixture[str], method: str
) -> None:
    assert main(generate(plain, "a.png", "--method", method, "--concavity", "0.5")) == 0
    save_disc(folder / "mask.png", 64, 64, 9)
    capsys.readouterr()
    assert main(["repair", "a.png", "mask.png", "--concavity", "0.9", "--out", "b.png"]) == 0
    assert "fitted to the picture as it is" not in capsys.readouterr().err
    record = read_generation(folder / "b.png").record
    assert record is not None
    recorded = record["recorded"]
    assert (recorded["method"], recorded["seed"], recorded["concavity"]) == (method, 7, 0.5)
    assert record["regions"][0]["concavity"] == 0.9
    # Other noise for the region is possible, and the rest is still that of the first run.
    assert main(["repair", "a.png", "mask.png", "--seed", "9", "--out", "c.png"]) == 0
    assert "fitted to the picture as it is" not in capsys.readouterr().err
    record = read_generation(folder / "c.png").record
    assert record is not None
    assert (record["seed"], record["recorded"]["seed"]) == (9, 7)
    assert (pixels("b.png") != pixels("c.png")).any()


def test_repair_of_the_whole_picture_lets_the_rest_follow(plain: str, folder: Path) -> None:
    assert main(generate(plain, "a.png", "--method", "standard")) == 0
    save_disc(folder / "mask.png", 64, 64, 9)
    assert main(["repair", "a.png", "mask.png", "--whole-picture", "--out", "b.png"]) == 0
    changed = (pixels("a.png") != pixels("b.png")).any(axis=2)
    assert changed[:8].any()


def test_repair_without_settings_asks_for_them(
    plain: str, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["repair", str(photo), "mask.png", "--out", "b.png", "--seed", "3"]
    assert main([*arguments, "--prompt", PROMPT]) == 2
    err = capsys.readouterr().err
    assert "--prompt, --seed and --model are required" in err
    assert main([*arguments, "--prompt", PROMPT, "--model", plain, "--steps", "2"]) == 0
    assert pixels("b.png").shape == (200, 300, 3)


def test_repair_tells_of_other_weights(
    plain: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = folder / "model"
    shutil.copytree(plain, model)
    assert main(generate(str(model), "a.png")) == 0
    shutil.rmtree(model)
    tiny_pipeline_folder(model, seed=1)
    save_disc(folder / "mask.png", 64, 64, 9)
    assert main(["repair", "a.png", "mask.png", "--out", "b.png"]) == 0
    assert "other weights" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--strict-border", "--no-colour-match"]])
def test_inpaint_changes_the_region_only(
    repaint: str, photo: Path, folder: Path, options: list[str]
) -> None:
    command = ["inpaint", "photo.png", "mask.png", "--prompt", "a red ball", "--model", repaint]
    assert main([*command, "--steps", "3", "--seed", "1", "--out", "b.png", *options]) == 0
    before, after = pixels(photo), pixels("b.png")
    y, x = np.mgrid[:200, :300]
    distance = np.hypot(x - 150, y - 100)
    far = distance > (26 if options else 25 + 20)
    np.testing.assert_array_equal(after[far], before[far])
    assert (after[distance < 20] != before[distance < 20]).any()
    assert b"compositeWithTrainedAlgorithmicMedia" in (folder / "b.png").read_bytes()


def test_inpaint_with_an_ordinary_model_and_strength(plain: str, photo: Path, folder: Path) -> None:
    command = ["inpaint", str(photo), "mask.png", "--prompt", "a red ball", "--model", plain]
    settings = ["--steps", "4", "--seed", "1", "--strength", "0.5", "--fill", "blurred"]
    assert main([*command, *settings, "--out", "b.jpg"]) == 0
    record = read_generation(folder / "b.jpg").record
    assert record is not None
    assert (record["strength"], record["fill"]) == (0.5, "blurred")


def test_profile_and_exif_are_kept(repaint: str, photo: Path, folder: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    Image.fromarray(pixels(photo)).save(folder / "tagged.png", icc_profile=profile, exif=exif)
    command = ["inpaint", "tagged.png", "mask.png", "--prompt", "a ball", "--model", repaint]
    assert main([*command, "--steps", "2", "--seed", "1", "--out", "b.png"]) == 0
    saved = load_picture(folder / "b.png")
    assert saved.icc == profile
    assert saved.exif is not None
    assert b"A camera" in saved.exif


def test_a_failing_run_ends_with_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tiny_pipeline_folder(folder / "broken", jitter=float("nan"))
    assert main(generate(str(model), "a.png")) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].endswith(".")
    assert "Traceback" not in "".join(lines)
    assert names_in(folder) == ["broken"]


def test_models_can_be_listed_shown_and_verified(
    plain: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "list"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].split() == ["NAME", "KIND", "TASKS", "PIXELS", "MB", "LICENCE", "TITLE"]
    assert {row.split()[0] for row in rows[1:]} >= {"papertown", "papertown-inpaint"}
    assert main(["models", "info", plain]) == 0
    assert "64 x 64 pixels" in capsys.readouterr().out
    assert main(["models", "verify", plain]) == 0
    copy = folder / "copy"
    shutil.copytree(plain, copy)
    (copy / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"")
    assert main(["models", "verify", str(copy)]) == 1
    assert "is no safetensors file" in capsys.readouterr().err


def test_interrupting_a_run_leaves_nothing(plain: str, folder: Path) -> None:
    command = [sys.executable, str(ROOT / "main.py"), *generate(plain, "a.png", "--json")]
    command[command.index("--steps") + 1] = "1000"
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "step":
                break
        process.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in process.stdout]
        err = process.stderr.read()
        assert process.wait(30) == 130
    assert rest[-1]["event"] == "cancelled"
    # Steps of a tiny model take milliseconds; those before the signal arrived do not count.
    assert rest[-1]["i"] < 1000
    assert err.splitlines() == ["Cancelled; nothing was written."]
    assert names_in(folder) == []


def test_a_reader_that_goes_away_ends_the_run_quietly(plain: str, folder: Path) -> None:
    command = [sys.executable, str(ROOT / "main.py"), *generate(plain, "a.png", "--json")]
    command[command.index("--steps") + 1] = "1000"
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 1
    assert names_in(folder) == []
