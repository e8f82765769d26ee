from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app import menus
from app.actions import ACTIONS
from app.dialogs.details_dialog import DetailsDialog
from app.dialogs.file_dialogs import FileDialogs
from app.dialogs.shortcuts_dialog import ShortcutsDialog
from app.settings import Settings
from app.shortcuts import Shortcuts


def test_details_can_be_copied(qtbot: QtBot) -> None:
    dialog = DetailsDialog("It broke.", "line 1\nline 2")
    qtbot.addWidget(dialog)
    assert dialog.text.isReadOnly()
    dialog.copy_button.click()
    assert QGuiApplication.clipboard().text() == "It broke.\n\nline 1\nline 2"


def test_every_key_is_listed(qtbot: QtBot, tmp_path: Path) -> None:
    owner = QObject()
    shortcuts = Shortcuts(menus.build(owner), Settings(tmp_path / "settings.json"), owner)
    dialog = ShortcutsDialog(shortcuts)
    qtbot.addWidget(dialog)
    cells = [
        item.text()
        for row in range(dialog.table.rowCount())
        if (item := dialog.table.item(row, 0)) is not None
    ]
    assert {"Ctrl+O", "Ctrl+Return, Ctrl+Enter", "Esc", "F1", "["} <= set(cells)
    assert len(cells) > len(ACTIONS)


@pytest.mark.parametrize(
    ("button", "answer"),
    [
        (QMessageBox.StandardButton.Save, "save"),
        (QMessageBox.StandardButton.Discard, "discard"),
        (QMessageBox.StandardButton.Cancel, "cancel"),
    ],
)
def test_the_question_about_unsaved_changes(
    qtbot: QtBot, button: QMessageBox.StandardButton, answer: str
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert "photo.png" in box.text()
        box.button(button).click()

    QTimer.singleShot(100, press)
    assert FileDialogs(parent).ask_unsaved("photo.png") == answer


@pytest.mark.parametrize(
    ("typed", "chosen", "saved"),
    [
        ("a", "WebP (*.webp)", "a.webp"),
        ("a", "JPEG (*.jpg *.jpeg *.jpe)", "a.jpg"),
        ("a.png", "WebP (*.webp)", "a.png"),
        ("a.b", "PNG (*.png)", "a.b"),
    ],
)
def test_a_name_without_a_suffix_gets_that_of_the_chosen_format(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    chosen: str,
    saved: str,
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    offered: list[str] = []

    def answer(
        _parent: QWidget, _title: str, proposal: str, _filters: str, at_first: str
    ) -> object:
        offered.extend((proposal, at_first))
        return str(tmp_path / typed), chosen

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    assert FileDialogs(parent).ask_save(tmp_path / "photo.jpeg") == tmp_path / saved
    assert offered == [str(tmp_path / "photo.jpeg"), "JPEG (*.jpg *.jpeg *.jpe)"]
