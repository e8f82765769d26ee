"""Bad input on the command line: a right result, or one clear sentence and nothing changed.

Every case is a real file given to a real command; the whole folder is compared before and after.
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.command_line import main
from tests.app.command_line_parts import generate, names_in, pixels, save_disc
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.editing.photograph import photograph

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 96, 64


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model folder; not to be written to."""
    return str(tiny_pipeline_folder(tmp_path_factory.mktemp("models") / "plain"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a picture good.png and a mask mask.png."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photograph(WIDTH, HEIGHT)).save("good.png")
    save_disc(tmp_path / "mask.png", WIDTH, HEIGHT, 12)
    return tmp_path


def inpaint(image: str, mask: str, model: str, out: str = "out.png") -> list[str]:
    return [
        "inpaint", image, mask, "--prompt", "a red ball", "--model", model,
        "--steps", "2", "--seed", "1", "--out", out,
    ]  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def assert_refused(
    arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str], sentence: str
) -> None:
    """One sentence, exit code 2, and no file made, changed or removed."""
    before = contents(folder)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1, err
    assert err.rstrip().endswith(".")
    assert sentence in err
    assert contents(folder) == before


def png_of_size(path: Path, width: int, height: int) -> None:
    """A PNG of one bit per pixel, all black, whatever its size: it packs a thousandfold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _truncated(path: Path) -> None:
    data = Path("good.png").read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _text(path: Path) -> None:
    path.write_text("This is a letter and not a picture.\n" * 20)


def _huge(path: Path) -> None:
    png_of_size(path, 20_000, 10_000)
    assert path.stat().st_size < 200_000


def _folder(path: Path) -> None:
    path.mkdir()


UNREADABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "empty": (_empty, "is empty"),
    "truncated": (_truncated, "is incomplete or damaged"),
    "text": (_text, "bad.png"),
    "200 megapixels": (_huge, "200 megapixels"),
    "folder": (_folder, "is a folder"),
    "missing": (lambda _: None, "does not exist"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("command", ["picture", "mask", "repair"])
def test_unreadable_files_are_refused(
    model: str, folder: Path, capsys: pytest.CaptureFixture[str], kind: str, command: str
) -> None:
    spoil, sentence = UNREADABLE[kind]
    spoil(folder / "bad.png")
    arguments = {
        "picture": inpaint("bad.png", "mask.png", model),
        "mask": inpaint("good.png", "bad.png", model),
        "repair": ["repair", "bad.png", "mask.png", "--out", "out.png"],
    }[command]
    assert_refused(arguments, folder, capsys, sentence)


def _cmyk(path: Path) -> None:
    Image.fromarray(photograph(WIDTH, HEIGHT)).convert("CMYK").save(path, "JPEG")


def _deep(path: Path) -> None:
    values = photograph(WIDTH, HEIGHT)[..., 0].astype(np.uint16) * 257
    Image.fromarray(values).save(path, "PNG")


def _animated(path: Path) -> None:
    frames = [Image.fromarray(photograph(WIDTH, HEIGHT, seed=seed)) for seed in range(3)]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:], duration=50)


@pytest.mark.parametrize(
    ("make", "note"),
    [(_cmyk, "CMYK"), (_deep, "16 bits"), (_animated, "first frame")],
)
def test_unusual_files_work_and_say_what_was_done(
    model: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], None],
    note: str,
) -> None:
    make(folder / "odd.png")
    before = contents(folder)
    assert main(inpaint("odd.png", "mask.png", model)) == 0
    assert note in capsys.readouterr().err
    assert names_in(folder) == sorted([*before, "out.png"])
    after = contents(folder)
    assert {name: after[name] for name in before} == before
    result = pixels("out.png")
    assert result.shape == (HEIGHT, WIDTH, 3)
    with Image.open("odd.png") as picture:
        if note == "16 bits":
            original = (np.asarray(picture) // 257).astype(np.uint8)[..., None].repeat(3, axis=2)
        else:
            original = np.asarray(picture.convert("RGB"))
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    far = np.hypot(x - WIDTH // 2, y - HEIGHT // 2) > 12 + 5
    np.testing.assert_array_equal(result[far], original[far])


def test_an_odd_mask_works_too(model: str, folder: Path) -> None:
    with Image.open("mask.png") as mask:
        mask.convert("CMYK").save("mask.jpg", quality=100)
        mask.convert("1").save("mask.gif")
    for name in ("mask.jpg", "mask.gif"):
        assert main(inpaint("good.png", name, model)) == 0
        assert (pixels("out.png") != pixels("good.png")).any()
        (folder / "out.png").unlink()


def test_a_picture_of_one_pixel(
    model: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (1, 1), "red").save("one.png")
    Image.new("L", (1, 1), 255).save("white.png")
    assert main(inpaint("one.png", "white.png", model)) == 0
    assert pixels("out.png").shape == (1, 1, 3)
    (folder / "out.png").unlink()
    capsys.readouterr()
    repair = ["repair", "one.png", "white.png", "--prompt", "a", "--seed", "1", "--model", model]
    assert_refused([*repair, "--out", "out.png"], folder, capsys, "1 x 1 pixels")


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("good.png/out.png", "is a file"),
        ("/proc/out.png", "/proc"),
        ("/proc/new", "/proc"),
        ("missing/out.png", "does not exist"),
        ("letter", "is a file"),
    ],
)
def test_no_output_folder_no_run(
    model: str, folder: Path, capsys: pytest.CaptureFixture[str], out: str, sentence: str
) -> None:
    (folder / "letter").write_text("Dear reader")
    assert_refused(inpaint("good.png", "mask.png", model, out), folder, capsys, sentence)
    assert_refused(generate(model, out), folder, capsys, sentence)


@contextmanager
def ordinary_person() -> Iterator[None]:
    """Without the superuser's right to write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="folders there have no write permission bit")
def test_a_folder_without_write_permission(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    # Not below tmp_path, which nobody else may enter.
    with tempfile.TemporaryDirectory() as name:
        locked = Path(name)
        (locked / "old.png").write_bytes(b"the old file")
        locked.chmod(0o555)
        with ordinary_person():
            assert_refused(generate(model, f"{name}/old.png"), locked, capsys, "Permission denied")
            assert_refused(generate(model, f"{name}/new"), locked, capsys, "Permission denied")
        locked.chmod(0o755)


def _remove_unet(model: Path) -> None:
    shutil.rmtree(model / "unet")


def _cut_weights(model: Path) -> None:
    path = model / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def _rubbish_weights(model: Path) -> None:
    (model / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(os.urandom(5000))


def _pickled_weights(model: Path) -> None:
    path = model / "text_encoder" / "model.safetensors"
    path.rename(path.with_name("pytorch_model.bin"))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (shutil.rmtree, "no model folder"),
        (_remove_unet, "unet"),
        (_cut_weights, "is cut short"),
        (_rubbish_weights, "is no safetensors file"),
        (_pickled_weights, "pickled"),
    ],
)
def test_a_spoilt_model_is_refused(
    model: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    sentence: str,
) -> None:
    copy = folder / "model"
    shutil.copytree(model, copy)
    spoil(copy)
    assert_refused(generate("./model", "out.png"), folder, capsys, sentence)
    assert_refused(inpaint("good.png", "mask.png", "./model"), folder, capsys, sentence)


def test_a_damaged_record_in_a_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL.PngImagePlugin import PngInfo

    for record in ('{"version": 1, "task": "generate", "steps": "many"}', "{", '{"version": 99}'):
        info = PngInfo()
        info.add_itxt("asyndm", record)
        Image.fromarray(photograph(WIDTH, HEIGHT)).save("record.png", pnginfo=info)
        before = contents(folder)
        assert main(["repair", "record.png", "mask.png", "--out", "out.png"]) == 2
        assert capsys.readouterr().err.rstrip().endswith(".")
        assert contents(folder) == before


def test_a_failed_run_keeps_the_old_file(model: str, folder: Path) -> None:
    broken = tiny_pipeline_folder(folder / "broken", jitter=float("nan"))
    (folder / "out.png").write_bytes(b"the old file")
    before = contents(folder)
    assert main(generate(str(broken), "out.png")) == 1
    assert contents(folder) == before
    assert main(generate(model, "out.png")) == 0
    assert pixels("out.png").shape == (64, 64, 3)


@pytest.mark.parametrize("bad", ["empty", "200 megapixels"])
def test_the_program_itself_says_one_sentence(folder: Path, bad: str) -> None:
    spoil, sentence = UNREADABLE[bad]
    spoil(folder / "bad.png")
    before = contents(folder)
    command = [sys.executable, str(ROOT / "main.py"), *inpaint("bad.png", "mask.png", "papertown")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert sentence in done.stderr
    assert contents(folder) == before
