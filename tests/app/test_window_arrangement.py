"""The window on small and large screens, and that it comes back as it was left."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.actions import MENUS
from app.menus import translated
from tests.app.studio import Bench


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    bench.window.show_canvas(bench.workspace.canvas)
    bench.window.show()
    yield bench
    bench.close()


@pytest.mark.parametrize("size", [(1366, 700), (1600, 976), (3840, 2136)])
def test_settings_and_tabs_have_room(bench: Bench, size: tuple[int, int]) -> None:
    bench.window.resize(*size)
    bench.qtbot.waitUntil(lambda: (bench.window.width(), bench.window.height()) == size)
    column = bench.window.column
    settings, tabs = column.split.sizes()
    assert settings >= tabs >= 200
    assert column.run.run.isVisible()
    assert column.run.y() + column.run.height() <= column.height()
    assert bench.workspace.canvas.width() > 0.6 * size[0]


def test_splitters_and_tab_come_back(bench: Bench) -> None:
    window = bench.window
    window.resize(1600, 976)
    window.column.split.setSizes([300, 400])
    window.split.setSizes([1000, 420])
    window.column.tabs.setCurrentIndex(1)
    texts = window.arrangement_as_texts()
    left = (window.split.sizes(), window.column.split.sizes())
    window.column.split.setSizes([500, 200])
    window.split.setSizes([1100, 320])
    window.column.tabs.setCurrentIndex(0)
    assert (window.split.sizes(), window.column.split.sizes()) != left
    window.restore_arrangement(texts)
    assert (window.split.sizes(), window.column.split.sizes()) == left
    assert window.column.tabs.currentIndex() == 1
    for nonsense in ([], ["x", "y"], ["", "!", "99"], ["AAAA", "AAAA", "-1"]):
        window.restore_arrangement(nonsense)
    assert window.column.tabs.currentIndex() == 1


def test_menus_are_in_their_order(bench: Bench) -> None:
    shown = [action.text() for action in bench.window.menuBar().actions()]
    assert shown == [translated(text) for _, text in MENUS]
    names = " ".join(text.replace("&", "") for text in shown)
    assert names == "File Edit Image Layer Select Region Tools View Run Help"
