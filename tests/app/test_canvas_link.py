"""What the canvas shows of the region, between the actions and the document."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from tests.app.studio import Bench


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    path = tmp_path / "photo.png"
    Image.new("RGB", (300, 200), (90, 120, 40)).save(path)
    bench = Bench(qtbot, tmp_path)
    bench.open(path)
    yield bench
    bench.close()


def test_an_accepted_result_is_seen_without_the_tint_until_the_region_changes(
    bench: Bench,
) -> None:
    bench.actions["show_mask"].setChecked(True)
    bench.paint(150, 100)
    bench.generation.mode = "inpaint"
    bench.generation.prompt = "a house"
    canvas = bench.workspace.canvas
    assert canvas.mask_visible
    bench.run_to("result")
    bench.actions["accept"].trigger()
    assert not canvas.mask_visible
    bench.paint(60, 60)
    assert canvas.mask_visible
    bench.actions["show_mask"].setChecked(False)
    bench.paint(100, 100)
    assert not canvas.mask_visible
