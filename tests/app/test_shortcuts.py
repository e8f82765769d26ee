"""Keys that the person chooses: stored, shown, taken over, and given back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import menus
from app.actions import ACTIONS
from app.dialogs.shortcuts_dialog import ShortcutsDialog
from app.settings import Settings
from app.shortcuts import Shortcuts


@pytest.fixture
def owner(qtbot: QtBot) -> Iterator[QObject]:  # noqa: ARG001
    owner = QObject()
    yield owner
    owner.deleteLater()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json")


@pytest.fixture
def actions(owner: QObject) -> dict[str, QAction]:
    return menus.build(owner)


def keys_of(action: QAction) -> list[str]:
    return [key.toString() for key in action.shortcuts()]


def choose(dialog: ShortcutsDialog, name: str) -> None:
    dialog.table.selectRow([row.id for row in ACTIONS].index(name))


def test_new_keys_work_at_once_and_after_a_restart(
    owner: QObject, actions: dict[str, QAction], settings: Settings, tmp_path: Path
) -> None:
    shortcuts = Shortcuts(actions, settings, owner)
    shortcuts.set_keys("fit", "Ctrl+Shift+F")
    assert keys_of(actions["fit"]) == ["Ctrl+Shift+F"]
    assert "(Ctrl+Shift+F)" in actions["fit"].toolTip()
    settings.write()
    again = menus.build(owner)
    Shortcuts(again, Settings(tmp_path / "settings.json"), owner)
    assert keys_of(again["fit"]) == ["Ctrl+Shift+F"]
    assert keys_of(again["undo"]) == ["Ctrl+Z"]


def test_nobody_shares_keys(
    owner: QObject, actions: dict[str, QAction], settings: Settings
) -> None:
    shortcuts = Shortcuts(actions, settings, owner)
    assert shortcuts.owner("ctrl+z") == "undo"
    shortcuts.set_keys("fit", "Ctrl+Y")
    assert keys_of(actions["redo"]) == ["Ctrl+Shift+Z"]
    assert shortcuts.owner("Ctrl+0") is None
    shortcuts.reset("redo")
    assert keys_of(actions["fit"]) == []
    assert shortcuts.is_usual("redo")
    shortcuts.reset_all()
    for row in ACTIONS:
        assert keys_of(actions[row.id]) == [QKeySequence(key).toString() for key in row.keys]
    assert settings.get("shortcuts") == {"version": 1, "keys": {}}


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"version": 2, "keys": {"undo": ["F9"]}},
        {"version": 1, "keys": ["undo"]},
        {"version": 1, "keys": {"undo": "F9", "unknown": ["F9"]}},
    ],
)
def test_a_record_without_sense_changes_nothing(
    owner: QObject, actions: dict[str, QAction], settings: Settings, record: dict[str, object]
) -> None:
    settings.set("shortcuts", record)
    Shortcuts(actions, settings, owner)
    assert keys_of(actions["undo"]) == ["Ctrl+Z"]


def test_the_record_of_the_first_version_can_be_read(
    owner: QObject, actions: dict[str, QAction], settings: Settings
) -> None:
    """To be kept for ever."""
    settings.set("shortcuts", {"version": 1, "keys": {"undo": ["F9", 3, "nonsense"], "fit": []}})
    Shortcuts(actions, settings, owner)
    assert keys_of(actions["undo"])[0] == "F9"
    assert keys_of(actions["fit"]) == []


def test_click_a_row_and_press_keys(
    qtbot: QtBot, owner: QObject, actions: dict[str, QAction], settings: Settings
) -> None:
    shortcuts = Shortcuts(actions, settings, owner)
    dialog = ShortcutsDialog(shortcuts)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert not dialog.editor.isEnabled()
    choose(dialog, "fit")
    QTest.keyClick(dialog.editor, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: keys_of(actions["fit"]) == ["F8"])
    place = [row.id for row in ACTIONS].index("fit")
    item = dialog.table.item(place, 0)
    assert item is not None
    assert item.text() == "F8"
    assert item.font().bold()
    dialog.reset.click()
    assert keys_of(actions["fit"]) == ["Ctrl+0"]
    assert item.text() == "Ctrl+0"
    dialog.remove.click()
    assert keys_of(actions["fit"]) == []


def test_a_conflict_is_named_and_can_be_taken_over(
    qtbot: QtBot, owner: QObject, actions: dict[str, QAction], settings: Settings
) -> None:
    dialog = ShortcutsDialog(Shortcuts(actions, settings, owner))
    qtbot.addWidget(dialog)
    choose(dialog, "fit")
    dialog.editor.setKeySequence(QKeySequence("Ctrl+O"))
    assert "Open" in dialog.hint.text()
    assert keys_of(actions["fit"]) == ["Ctrl+0"]
    assert not dialog.take.isHidden()
    dialog.take.click()
    assert keys_of(actions["fit"]) == ["Ctrl+O"]
    assert keys_of(actions["open"]) == []
    choose(dialog, "open")
    dialog.editor.setKeySequence(QKeySequence("C"))
    assert "Hold to see before" in dialog.hint.text()
    assert dialog.take.isHidden()
    assert keys_of(actions["open"]) == []


def test_the_search_hides_other_rows(
    qtbot: QtBot, owner: QObject, actions: dict[str, QAction], settings: Settings
) -> None:
    dialog = ShortcutsDialog(Shortcuts(actions, settings, owner))
    qtbot.addWidget(dialog)
    dialog.search.setText("ctrl+shift+z")
    shown = [k for k in range(dialog.table.rowCount()) if not dialog.table.isRowHidden(k)]
    assert [ACTIONS[k].id for k in shown] == ["redo"]
