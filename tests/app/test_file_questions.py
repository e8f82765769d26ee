"""The questions about files, as real dialogs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.dialogs.export_dialog import ExportDialog
from app.dialogs.file_dialogs import FileDialogs
from app.dialogs.region_dialogs import RegionDialogs
from app.jobs.background import Background
from editing.document import Document


def press(text: str) -> Callable[[], None]:
    """Press the button of the question that is open."""

    def do() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        buttons = {button.text().replace("&", ""): button for button in box.buttons()}
        buttons[text].click()

    return do


@pytest.fixture
def dialogs(qtbot: QtBot) -> FileDialogs:
    parent = QWidget()
    qtbot.addWidget(parent)
    return FileDialogs(parent)


@pytest.mark.parametrize(
    ("button", "answer"),
    [("Keep layers (.ora)…", "layers"), ("Save flat", "flat"), ("Cancel", "cancel")],
)
def test_what_to_do_with_layers(dialogs: FileDialogs, button: str, answer: str) -> None:
    QTimer.singleShot(100, press(button))
    assert dialogs.ask_layers("photo.png") == answer


@pytest.mark.parametrize(
    ("button", "answer"), [("Add as a layer", "layer"), ("Open", "open"), ("Cancel", "cancel")]
)
def test_what_to_do_with_a_drop(dialogs: FileDialogs, button: str, answer: str) -> None:
    QTimer.singleShot(100, press(button))
    assert dialogs.ask_dropped("photo.png") == answer


def test_waiting_for_a_save(qtbot: QtBot, dialogs: FileDialogs) -> None:
    dialog = dialogs.show_saving("photo.ora")
    assert dialog.isVisible()
    dialog.set_progress(0.4)
    assert dialog.progress.value() == 40
    with qtbot.waitSignals([dialog.abandoned, dialog.finished]):
        dialog.quit_button.click()


def test_every_readable_format_has_a_filter(
    dialogs: FileDialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[str] = []

    def answer(_parent: QWidget, _title: str, _folder: str, filters: str) -> tuple[str, str]:
        offered.extend(filters.split(";;"))
        return "", ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    assert dialogs.ask_open("/") is None
    for suffix in (".ora", ".png", ".jpg", ".webp", ".tif", ".psd", ".gif", ".avif", ".heic"):
        assert f"*{suffix}" in offered[0]


@pytest.mark.parametrize(("typed", "saved"), [("a", "a.jpg"), ("a.jpeg", "a.jpeg"), ("", None)])
def test_an_export_asks_how_and_where(
    dialogs: FileDialogs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    saved: str | None,
) -> None:
    background = Background()
    document = Document(np.full((20, 30, 4), 255, np.uint8))

    def accept() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ExportDialog)
        dialog.format.setCurrentIndex(dialog.format.findData("jpeg"))
        dialog.quality.field.setValue(70)
        dialog.metadata.setChecked(False)
        dialog.export_button.click()

    def answer(_parent: QWidget, _title: str, proposal: str, _filter: str) -> tuple[str, str]:
        assert proposal == str(tmp_path / "photo.jpg")
        return (str(tmp_path / typed) if typed else "", "")

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    QTimer.singleShot(100, accept)
    wanted = dialogs.ask_export(document, tmp_path / "photo.png", background)
    background.wait()
    if saved is None:
        assert wanted is None
        return
    assert wanted is not None
    path, choice = wanted
    assert path == tmp_path / saved
    assert (choice.options.format, choice.options.quality) == ("jpeg", 70)
    assert not choice.keeps_metadata


@pytest.mark.parametrize("is_region", [True, False])
@pytest.mark.parametrize(("button", "saved"), [("Replace", "a.png"), ("Cancel", None)])
def test_a_file_that_the_added_suffix_names_is_asked_about(
    dialogs: FileDialogs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_region: bool,
    button: str,
    saved: str | None,
) -> None:
    (tmp_path / "a.png").write_bytes(b"precious")

    def answer(parent: QWidget, *_: str) -> tuple[str, str]:
        QTimer.singleShot(100, parent, press(button))
        return str(tmp_path / "a"), "PNG (*.png)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    parent = dialogs._parent
    assert parent is not None
    asked = RegionDialogs(parent) if is_region else dialogs
    assert asked.ask_save(tmp_path / "photo.png") == (tmp_path / saved if saved else None)
