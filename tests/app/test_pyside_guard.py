import sys

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app import pyside_guard


@pytest.mark.parametrize(
    ("pyside", "python", "is_faulty"),
    [
        ("6.11.3", (3, 11), False),
        ("6.10.0", (3, 11), False),
        ("6.12.0", (3, 11), True),
        ("6.12.1", (3, 11), True),
        ("7.0.0", (3, 11), True),
        ("6.12.0", (3, 12), False),
        ("6.12.0", (3, 13), False),
    ],
)
def test_only_the_faulty_pair_is_refused(
    pyside: str, python: tuple[int, int], is_faulty: bool
) -> None:
    sentence = pyside_guard.problem(pyside, python)
    assert (sentence is not None) == is_faulty
    if sentence is not None:
        assert "6.11.3" in sentence
        assert pyside in sentence


def test_this_installation_may_run() -> None:
    assert pyside_guard.check() is None


def test_void_calls_lose_no_references_to_none(qtbot: QtBot) -> None:
    """The fault itself: on a faulty pair this loses about 200 references."""
    if sys.version_info >= (3, 12):
        pytest.skip("None is immortal here, so its references are not counted")
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(200):
        widget.update()
    assert sys.getrefcount(None) > before - 100
