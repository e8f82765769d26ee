"""Every test of the window: no display, and nothing left behind.

A test that leaves a top-level widget, a running timer or a thread fails. Widgets belong to
``qtbot.addWidget``; threads belong to objects that have a ``close``.
"""

import gc
import os
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import shiboken6

# Qt reads it when the application is made, and pytest-qt makes it before any test runs.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

PATIENCE_S = 5.0


def _visible_widgets() -> set["QWidget"]:
    return {widget for widget in QApplication.topLevelWidgets() if widget.isVisible()}


def _running_timers() -> list[str]:
    """Names of the objects that own an active timer, as far as Python knows the timers."""
    timers = [
        found
        for found in gc.get_objects()
        if type(found) is QTimer and shiboken6.isValid(found) and found.isActive()
    ]
    return [f"timer of {timer.parent()!r}, every {timer.interval()} ms" for timer in timers]


def _flush_deletions() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


@pytest.fixture(autouse=True)
def folders_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep journals and caches of tests away from those of whoever runs them."""
    for variable in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path_factory.mktemp(variable.lower())))


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a shown widget, a running timer or a thread."""
    threads = set(threading.enumerate())
    yield
    found: list[str] = []
    if QApplication.instance() is not None:
        _flush_deletions()
        QThreadPool.globalInstance().waitForDone(int(PATIENCE_S * 1000))
        found = [repr(widget) for widget in _visible_widgets()] + _running_timers()
    limit = time.monotonic() + PATIENCE_S
    # What starts a thread in one of Qt's threads makes Python list that one too, for as long as
    # Python runs; Qt's pools wait for theirs when they are closed.
    left = [
        thread
        for thread in threading.enumerate()
        if thread not in threads and not thread.name.startswith("Dummy-")
    ]
    while any(thread.is_alive() for thread in left) and time.monotonic() < limit:
        time.sleep(0.01)
    found += [f"thread {thread.name}" for thread in left if thread.is_alive()]
    if found:
        pytest.fail("left behind: " + "; ".join(found))
