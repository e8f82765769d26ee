"""Copy, cut and paste with real clipboards and drops of real files."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from app.clipboard_data import PictureMime
from editing.document import Document
from editing.errors import FileError
from editing.geometry import Rect
from editing.layer_commands import add_layer, set_locked
from editing.mask_edits import replace
from tests.app.gaps import Gaps
from tests.app.studio import Bench

NO_KEYS = Qt.KeyboardModifier.NoModifier
SIZE = (300, 200)
BOX = Rect(40, 30, 120, 80)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    QGuiApplication.clipboard().clear()
    bench = Bench(qtbot, tmp_path)
    yield bench
    bench.close()
    QGuiApplication.clipboard().clear()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    path = tmp_path / "photo.png"
    Image.fromarray(rng.integers(0, 255, (*SIZE[::-1], 3), np.uint8)).save(path)
    return path


def layer(bench: Bench, place: int = -1) -> NDArray[np.uint8]:
    assert bench.document.document is not None
    return bench.document.document.layers[place].plane.pixels.copy()


def layers(bench: Bench) -> int:
    return 0 if bench.document.document is None else len(bench.document.document.layers)


def select(bench: Bench) -> NDArray[np.uint8]:
    """A soft selection; it returns its values inside of BOX."""
    assert bench.document.document is not None
    ramp = np.linspace(0, 255, BOX.width).astype(np.uint8)[None].repeat(BOX.height, 0)
    ramp[:, 0] = 1
    plan = replace("selection", bench.document.document.selection, BOX, ramp)
    bench.document.push(plan.commit("Select"))
    return ramp


def on_clipboard() -> NDArray[np.uint8]:
    """What another program gets."""
    data = QGuiApplication.clipboard().mimeData()
    assert data.hasFormat("image/png")
    with Image.open(BytesIO(bytes(data.data("image/png").data()))) as picture:
        return np.asarray(picture.convert("RGBA"))


def test_copy_and_paste_at_its_place_with_soft_edges(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    ramp = select(bench)
    before = layer(bench)
    bench.actions["copy"].trigger()
    bench.actions["paste"].trigger()
    bench.wait_for(lambda: layers(bench) == 2)
    pasted = layer(bench)
    inside = BOX.slices()
    assert (pasted[inside][..., 3] == ramp).all()
    assert (pasted[inside][..., :3] == before[inside][..., :3]).all()
    outside = pasted.copy()
    outside[inside] = 0
    assert not outside.any()
    assert bench.document.document is not None
    assert bench.document.document.active_layer.name == "Pasted"
    assert bench.document.document.target == "layer"
    bench.actions["undo"].trigger()
    bench.wait_for(lambda: layers(bench) == 1)


def test_other_programs_get_a_png_with_alpha(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    ramp = select(bench)
    bench.actions["copy"].trigger()
    got = on_clipboard()
    assert (got[..., 3] == ramp).all()
    assert (got[..., :3] == layer(bench)[BOX.slices()][..., :3]).all()
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == BOX.size


def test_an_edit_after_the_copy_is_not_in_it(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    before = layer(bench)
    bench.actions["copy"].trigger()
    bench.document.set_target("layer")
    bench.paint(150, 100, 60)
    assert (layer(bench) != before).any()
    assert (on_clipboard() == before).all()


def test_cut_leaves_what_is_not_selected(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    ramp = select(bench)
    before = layer(bench)
    bench.actions["cut"].trigger()
    bench.wait_for(lambda: (layer(bench) != before).any())
    after = layer(bench)
    assert (after[BOX.slices()][..., 3] == 255 - ramp).all()
    assert (after[:30] == before[:30]).all()
    assert (on_clipboard()[..., 3] == ramp).all()
    bench.actions["undo"].trigger()
    bench.wait_for(lambda: (layer(bench) == before).all())


def test_a_locked_layer_is_not_cut(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    document = bench.document.document
    assert document is not None
    bench.document.push(set_locked(document, document.active_layer.id, True))
    bench.actions["cut"].trigger()
    assert bench.run.message is not None
    assert "locked" in bench.run.message.text


def test_merged_takes_all_layers_and_a_layer_only_its_own(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    assert bench.document.document is not None
    shown = layer(bench)
    bench.document.push(add_layer(bench.document.document))
    bench.actions["copy_merged"].trigger()
    assert (on_clipboard() == shown).all()
    bench.actions["copy"].trigger()  # an empty layer
    bench.actions["paste"].trigger()
    bench.wait_for(lambda: bench.run.message is not None)
    assert bench.run.message is not None
    assert "no picture" in bench.run.message.text


def test_paste_as_a_new_picture(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    select(bench)
    bench.actions["copy_merged"].trigger()
    expected = on_clipboard()
    bench.dialogs.unsaved = "discard"
    bench.actions["paste_new"].trigger()
    bench.wait_for(lambda: bench.document.document and bench.document.document.path is None)
    assert (layer(bench) == expected).all()
    assert bench.document.modified


def test_a_screenshot_becomes_a_layer_in_the_middle_of_the_view(bench: Bench, photo: Path) -> None:
    bench.window.show()
    bench.qtbot.waitExposed(bench.window)
    bench.open(photo)
    image = QImage(100, 50, QImage.Format.Format_RGB32)
    image.fill(0xFF102030)
    QGuiApplication.clipboard().setImage(image)
    bench.actions["paste"].trigger()
    bench.wait_for(lambda: layers(bench) == 2)
    pasted = layer(bench)
    assert (pasted[..., 3] > 0).sum() == 100 * 50
    assert (pasted[100, 150] == (0x10, 0x20, 0x30, 255)).all()


def test_what_is_read_while_the_document_is_locked_is_pasted_afterwards(
    bench: Bench, photo: Path
) -> None:
    bench.open(photo)
    reads: list[str] = []

    def read() -> np.ndarray:
        reads.append("picture")
        return np.full((10, 20, 4), 255, np.uint8)

    paste = bench.workspace.file_link.paste
    bench.document.set_locked(True)
    paste.add(read, "First")
    # The work is done in order: what comes of the first is known before the second fails.
    paste.add(no_picture, "Second")
    bench.wait_for(lambda: bench.run.message)
    assert reads == ["picture"]
    assert layers(bench) == 1
    bench.document.set_locked(False)
    assert layers(bench) == 2


def no_picture() -> np.ndarray:
    raise FileError("This is no picture.")


def test_a_png_of_another_program_keeps_its_alpha(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    picture = np.zeros((10, 20, 4), np.uint8)
    picture[...] = (200, 100, 50, 128)
    stream = BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    data = QMimeData()
    data.setData("image/png", stream.getvalue())
    QGuiApplication.clipboard().setMimeData(data)
    bench.actions["paste"].trigger()
    bench.wait_for(lambda: layers(bench) == 2)
    pasted = layer(bench)
    assert (pasted[pasted[..., 3] > 0] == (200, 100, 50, 128)).all()


def test_what_is_too_large_is_cut_and_said(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    image = QImage(500, 50, QImage.Format.Format_RGB32)
    image.fill(0xFF102030)
    QGuiApplication.clipboard().setImage(image)
    bench.actions["paste"].trigger()
    bench.wait_for(lambda: layers(bench) == 2)
    assert (layer(bench)[..., 3] > 0).sum() == 300 * 50
    assert bench.run.message is not None
    assert "larger" in bench.run.message.text


def test_words_and_damaged_pictures_are_a_sentence(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    QGuiApplication.clipboard().setText("words")
    bench.actions["paste"].trigger()
    assert bench.run.message is not None
    bench.run.message = None
    data = QMimeData()
    data.setData("image/png", b"\x89PNG\r\n\x1a\nnonsense")
    QGuiApplication.clipboard().setMimeData(data)
    bench.actions["paste"].trigger()
    bench.wait_for(lambda: bench.run.message is not None)
    assert layers(bench) == 1


@pytest.mark.parametrize(
    ("keys", "asked"),
    [(NO_KEYS, True), (Qt.KeyboardModifier.ShiftModifier, False)],
)
def test_dropped_files_become_layers(
    bench: Bench, photo: Path, tmp_path: Path, keys: Qt.KeyboardModifier, asked: bool
) -> None:
    bench.open(photo)
    other = tmp_path / "other.png"
    Image.new("RGB", (50, 40), (1, 2, 3)).save(other)
    bench.dialogs.dropped = "layer"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(other))] * 2)
    bench.window.dropped.emit(data, keys)
    bench.wait_for(lambda: layers(bench) == 3)
    assert bench.dialogs.questions == (["dropped other.png"] if asked else [])
    assert bench.document.document is not None
    assert bench.document.document.active_layer.name == "other"
    assert (layer(bench)[..., 3] > 0).sum() == 50 * 40


def test_copying_does_not_stop_the_window(bench: Bench) -> None:
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 255, (512, 512, 4), np.uint8)
    bench.document.set_document(Document(np.tile(noise, (6, 6, 1))))
    with Gaps() as gaps:
        bench.actions["copy"].trigger()
        data = QGuiApplication.clipboard().mimeData()
        assert isinstance(data, PictureMime)
        bench.wait_for(data.transfer.encoded.done)
    assert gaps.longest_ms < gaps.duration_ms / 2
