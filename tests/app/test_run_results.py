"""Results of runs in a document of several layers and regions, in the whole window."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from editing.document import Document
from editing.flatten import flattened
from editing.geometry import Rect
from editing.layer import Layer
from editing.masks import distance_to_mask
from editing.plane import Plane
from editing.region_commands import add_region, set_visible
from tests.app.studio import Bench
from tests.editing.layer_parts import layered, opaque_pixels, soft_pixels
from tests.editing.simple_edits import fill_mask

SHAPE = (200, 300)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    bench.document.set_document(
        layered(
            Layer(opaque_pixels(1, SHAPE), "Background"),
            Layer(soft_pixels(2, SHAPE), "Trees", opacity=0.5, blend="overlay"),
        )
    )
    bench.generation.mode, bench.generation.prompt = "inpaint", "a house"
    yield bench
    bench.close()


def document_of(bench: Bench) -> Document:
    assert bench.document.document is not None
    return bench.document.document


def shown(bench: Bench) -> NDArray[np.uint8]:
    return flattened(document_of(bench).layers)


def paint(bench: Bench, rect: Rect) -> None:
    mask = document_of(bench).mask
    mask.pixels[rect.slices()] = 255
    mask.mark_dirty(rect)


def test_an_accepted_result_keeps_every_byte_beyond_its_border(bench: Bench) -> None:
    paint(bench, Rect(140, 90, 20, 20))
    before = shown(bench)
    bench.run_to("result")
    assert bench.run.caption.startswith("0 pixels changed outside the mask")
    bench.actions["accept"].trigger()
    document = document_of(bench)
    assert [layer.name for layer in document.layers] == ["Background", "Trees", "Inpaint"]
    after = shown(bench)
    assert tuple(after[100, 150, :3]) == (7, 10, 20)
    touched = document.layers[2].plane.pixels[..., 3] > 0
    assert np.array_equal(after[~touched], before[~touched])
    assert distance_to_mask(document.mask.pixels)[touched].max() < 30
    bench.actions["undo"].trigger()
    assert np.array_equal(shown(bench), before)


def test_a_result_waits_through_edits_that_leave_the_picture_alone(bench: Bench) -> None:
    paint(bench, Rect(140, 90, 20, 20))
    bench.run_to("result")
    document = document_of(bench)
    rows = bench.workspace.layers.panel.list.rows
    rows.renamed.emit(document.layers[1].id, "Wood")
    rows.locked_wanted.emit(document.layers[1].id, True)
    bench.actions["layer_add"].trigger()
    bench.document.push(add_region(document))
    bench.document.push(fill_mask(document))
    assert bench.run.state == "result"
    bench.actions["accept"].trigger()
    assert [layer.name for layer in document.layers][-1] == "Inpaint"
    assert tuple(shown(bench)[100, 150, :3]) == (7, 10, 20)


def test_a_change_of_the_picture_puts_the_result_away(bench: Bench) -> None:
    paint(bench, Rect(140, 90, 20, 20))
    bench.run_to("result")
    bench.workspace.layers.panel.opacity.field.setValue(20)
    assert bench.run.state == "idle"


def test_hidden_regions_and_hidden_layers_take_no_part(bench: Bench) -> None:
    document = document_of(bench)
    paint(bench, Rect(20, 20, 20, 20))
    bench.document.push(set_visible(document, document.active_region.id, False))
    bench.document.push(add_region(document))
    paint(bench, Rect(200, 150, 20, 20))
    bench.run_to("result")
    bench.actions["accept"].trigger()
    alpha = document.active_layer.plane.pixels[..., 3]
    assert alpha[150:170, 200:220].all()
    assert not alpha[:80, :80].any()


def test_over_a_clear_layer_alone_the_result_is_opaque_where_painted(bench: Bench) -> None:
    bench.document.set_document(layered(Layer(Plane.zeros((*SHAPE, 4)), "Empty")))
    paint(bench, Rect(140, 90, 20, 20))
    bench.run_to("result")
    bench.actions["accept"].trigger()
    after = shown(bench)
    assert tuple(after[100, 150]) == (7, 10, 20, 255)
    assert not after[:40].any()
