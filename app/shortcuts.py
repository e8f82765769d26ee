"""Which keys belong to which action: the usual ones of the table, or those the person chose.

What differs from the table is stored in the settings, as a record with a version of its own; what
a record holds that makes no sense is left out.
"""

from collections.abc import Collection, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from app import menus
from app.actions import ACTIONS
from app.settings import Settings
from app.translation import QT_TRANSLATE_NOOP

VERSION = 1
RESERVED = {
    "C": QT_TRANSLATE_NOOP("shortcuts", "Hold to see before"),
    "Space": QT_TRANSLATE_NOOP("shortcuts", "Move the view"),
}
"""Keys that are held and belong to no action."""


class Shortcuts(QObject):
    """Gives the actions their keys.

    Signals:
        changed: identifier of the action whose keys are others now.
    """

    changed = Signal(str)

    def __init__(
        self,
        actions: Mapping[str, QAction],
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._actions, self._settings = actions, settings
        self._rows = {row.id: row for row in ACTIONS}
        self._own = _valid(settings.get("shortcuts"), self._rows.keys())
        for name in self._own:
            self._apply(name)

    def keys(self, name: str) -> tuple[str, ...]:
        """Keys of an action, the one that is shown first."""
        return self._own.get(name, self.usual(name))

    def usual(self, name: str) -> tuple[str, ...]:
        """Keys of an action as the table has them."""
        return tuple(_portable(key) for key in self._rows[name].keys)

    def is_usual(self, name: str) -> bool:
        """Whether an action has the keys of the table."""
        return name not in self._own

    def owner(self, key: str) -> str | None:
        """The action that has a key, if any."""
        wanted = _portable(key)
        return next((name for name in self._rows if wanted in self.keys(name)), None)

    def set_keys(self, name: str, *keys: str) -> None:
        """Give an action these keys and no others; whoever had one of them loses it."""
        wanted = tuple(_portable(key) for key in keys)
        for other in self._rows:
            left = tuple(key for key in self.keys(other) if key not in wanted)
            if other != name and left != self.keys(other):
                self._store(other, left)
        self._store(name, wanted)

    def reset(self, name: str) -> None:
        """Give an action its usual keys back."""
        self.set_keys(name, *self.usual(name))

    def reset_all(self) -> None:
        """Give all actions their usual keys back."""
        names, self._own = list(self._own), {}
        self._write()
        for name in names:
            self._apply(name)
            self.changed.emit(name)

    def _store(self, name: str, keys: tuple[str, ...]) -> None:
        if keys == self.usual(name):
            self._own.pop(name, None)
        else:
            self._own[name] = keys
        self._write()
        self._apply(name)
        self.changed.emit(name)

    def _apply(self, name: str) -> None:
        menus.set_keys(self._actions[name], self._rows[name], self.keys(name))

    def _write(self) -> None:
        keys = {name: list(keys) for name, keys in self._own.items()}
        self._settings.set("shortcuts", {"version": VERSION, "keys": keys})


def shown(key: str) -> str:
    """A key as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _portable(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def _valid(record: dict[str, Any], known: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What makes sense of a stored record."""
    keys = record.get("keys") if record.get("version") == VERSION else None
    if not isinstance(keys, dict):
        return {}
    return {
        name: tuple(found for key in chosen if isinstance(key, str) and (found := _portable(key)))
        for name, chosen in keys.items()
        if name in known and isinstance(chosen, list)
    }
