"""Turns the table of actions into ``QAction`` objects and a menu bar."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from app import theme
from app.actions import ACTIONS, MENUS, Action

_REPEATING = ("undo", "redo", "smaller", "larger", "softer", "harder", "zoom_in", "zoom_out")


def build(parent: QObject) -> dict[str, QAction]:
    """One QAction per row, by identifier."""
    return {row.id: _action(row, parent) for row in ACTIONS}


def _action(row: Action, parent: QObject) -> QAction:
    action = QAction(translated(row.text), parent)
    action.setObjectName(row.id)
    set_keys(action, row, row.keys)
    action.setStatusTip(translated(row.help))
    action.setCheckable(row.checkable)
    action.setAutoRepeat(row.id in _REPEATING)
    context = Qt.ShortcutContext
    # Tab has to go on moving the focus everywhere but on the canvas.
    action.setShortcutContext(context.WidgetShortcut if row.on_canvas else context.WindowShortcut)
    if row.icon:
        action.setIcon(theme.icon(row.icon))
    return action


def set_keys(action: QAction, row: Action, keys: Sequence[str]) -> None:
    """Give an action its keys, the first of which its tooltip names."""
    action.setShortcuts([QKeySequence(key) for key in keys])
    sentence = translated(row.help)
    if keys:
        shown = QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
        sentence = f"{sentence} ({shown})"
    action.setToolTip(sentence)


def translated(text: str) -> str:
    """A text of the table in the user's language."""
    return QCoreApplication.translate("actions", text)


def fill(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Put the actions into menus as the table says; the menus by identifier."""
    used = {row.menu for row in ACTIONS}
    menus = {name: bar.addMenu(translated(text)) for name, text in MENUS if name in used}
    for menu in menus.values():
        menu.setToolTipsVisible(True)
    for row in ACTIONS:
        if row.separated:
            menus[row.menu].addSeparator()
        menus[row.menu].addAction(actions[row.id])
    return menus
