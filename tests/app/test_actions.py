from collections import Counter

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenuBar
from pytestqt.qtbot import QtBot

from app import menus
from app.actions import ACTIONS, MENUS


def test_identifiers_and_keys_are_unique() -> None:
    assert max(Counter(row.id for row in ACTIONS).values()) == 1
    keys = [QKeySequence(key).toString() for row in ACTIONS for key in row.keys]
    assert "" not in keys
    # Delete discards a result that waits, else it clears pixels: never are both possible.
    assert [key for key, count in Counter(keys).items() if count > 1] == ["Del"]


def test_every_row_has_a_menu_and_a_sentence() -> None:
    known = {name for name, _ in MENUS}
    for row in ACTIONS:
        assert row.menu in known
        assert row.help.endswith(".")
        assert row.text


def test_the_keys_of_the_design_are_there() -> None:
    keys = {row.id: row.keys for row in ACTIONS}
    assert keys["run"] == ("Ctrl+Return", "Ctrl+Enter")
    assert keys["cancel"] == ("Esc",)
    assert keys["accept"] == ("Return", "Enter")
    assert keys["discard"] == ("Delete",)
    assert keys["redo"] == ("Ctrl+Shift+Z", "Ctrl+Y")
    assert (keys["brush"], keys["eraser"]) == (("B",), ("E",))
    assert (keys["smaller"], keys["larger"]) == (("[",), ("]",))
    assert (keys["fit"], keys["actual_size"]) == (("Ctrl+0",), ("Ctrl+1",))


def test_menus_hold_every_action_once(qtbot: QtBot) -> None:
    bar = QMenuBar()
    qtbot.addWidget(bar)
    owner = QObject()
    actions = menus.build(owner)
    filled = menus.fill(bar, actions)
    shown = [
        action.objectName()
        for menu in filled.values()
        for action in menu.actions()
        if not action.isSeparator()
    ]
    assert sorted(shown) == sorted(row.id for row in ACTIONS)
    assert "(Ctrl+O)" in actions["open"].toolTip()


def test_no_row_names_one_key_twice() -> None:
    """Qt takes two shortcuts that one key press fits for ambiguous, and triggers neither."""
    shifted = {"Shift+[": "{", "Shift+]": "}", "Shift+=": "+", "Shift+-": "_"}
    for row in ACTIONS:
        for key in row.keys:
            assert shifted.get(key) not in row.keys
