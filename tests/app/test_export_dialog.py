"""The export dialog: size and preview follow the choices, and the file is what was promised."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app import document_writing
from app.dialogs.export_dialog import ExportDialog
from app.jobs.background import Background
from editing.document import Document, Metadata


@pytest.fixture
def document() -> Document:
    rng = np.random.default_rng(5)
    small = rng.integers(0, 255, (50, 75, 4), np.uint8)
    pixels = np.kron(small, np.ones((10, 10, 1), np.uint8))
    pixels[..., 3] = 255
    record = {"prompt": "a house", "seed": 3, "task": "generate"}
    return Document(pixels, metadata=Metadata(generation=record))


@pytest.fixture
def dialog(qtbot: QtBot, document: Document) -> Iterator[ExportDialog]:
    background = Background()
    dialog = ExportDialog(document, ".png", background)
    qtbot.addWidget(dialog)
    yield dialog
    dialog.reject()
    background.wait()


def size_in(dialog: ExportDialog) -> str:
    return dialog.size_text.text()


def choose(qtbot: QtBot, dialog: ExportDialog, kind: str) -> None:
    dialog.format.setCurrentIndex(dialog.format.findData(kind))
    dialog.format.picked.emit(kind)
    qtbot.waitUntil(lambda: "…" not in size_in(dialog), timeout=20_000)


def test_only_what_a_format_has_is_shown(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog.show()
    for kind, has_quality, has_lossless in (
        ("png", False, False),
        ("jpeg", True, False),
        ("webp", True, True),
        ("avif", True, False),
    ):
        choose(qtbot, dialog, kind)
        assert dialog.quality.isVisible() == has_quality, kind
        assert dialog.lossless.isVisible() == has_lossless, kind
    choose(qtbot, dialog, "webp")
    dialog.lossless.click()
    assert not dialog.quality.isEnabled()
    assert not dialog.profile.isEnabled()  # there is none to keep


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff", "avif"])
def test_the_size_is_that_of_the_file(
    qtbot: QtBot, dialog: ExportDialog, document: Document, tmp_path: Path, kind: str
) -> None:
    found: list[object] = []
    dialog.estimate.size_found.connect(found.append)
    choose(qtbot, dialog, kind)
    path = tmp_path / f"out{dialog.suffix}"
    document_writing.prepare(document, path, dialog.choice)(lambda _: None)
    assert found[-1] == (path.stat().st_size, True)
    with Image.open(path) as picture:
        assert picture.size == (750, 500)


def test_the_preview_shows_what_quality_does(
    qtbot: QtBot, dialog: ExportDialog, document: Document
) -> None:
    def error() -> float:
        image = dialog.preview.pixmap().toImage()
        shown = image.convertToFormat(QImage.Format.Format_RGBA8888)
        rows = np.frombuffer(shown.constBits(), np.uint8).reshape(300, -1)[:, : 4 * 400]
        middle = document.layers[0].plane.pixels[100:400, 175:575, :3]
        seen = rows.reshape(300, 400, 4)[..., :3]
        return float(np.abs(seen.astype(int) - middle).mean())

    choose(qtbot, dialog, "png")
    assert error() == 0
    errors = []
    for quality in (95, 20):
        dialog.quality.field.setValue(quality)
        choose(qtbot, dialog, "jpeg")
        errors.append(error())
    assert 0 < errors[0] < errors[1]


def test_without_metadata_the_settings_stay_here(
    qtbot: QtBot, dialog: ExportDialog, document: Document, tmp_path: Path
) -> None:
    choose(qtbot, dialog, "png")
    for keeps, expected in ((True, True), (False, False)):
        dialog.metadata.setChecked(keeps)
        path = tmp_path / "out.png"
        document_writing.prepare(document, path, dialog.choice)(lambda _: None)
        assert (b"a house" in path.read_bytes()) == expected


def test_what_cannot_be_written_is_said(qtbot: QtBot) -> None:
    background = Background()
    dialog = ExportDialog(Document(np.zeros((2, 16_400, 4), np.uint8)), ".webp", background)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "16" in size_in(dialog), timeout=20_000)
    assert not dialog.export_button.isEnabled()
    choose(qtbot, dialog, "png")
    assert dialog.export_button.isEnabled()
    dialog.reject()
    background.wait()
