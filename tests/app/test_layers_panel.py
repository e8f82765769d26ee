"""The layers panel in a whole window: what it shows, and what a person does there."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.widgets.layer_list import eye_rect, lock_rect, mask_rect, name_rect, thumbnail_rect
from app.widgets.layer_rows import THUMBNAIL_ROLE
from app.widgets.layer_thumbnail import SIDE, layer_thumbnail
from app.widgets.stack_rows import ITEM_ROLE
from editing.color import to_srgb
from editing.document import Document
from editing.flatten import flattened
from editing.geometry import Rect
from editing.layer import BLEND_MODES, Layer
from editing.plane import Plane
from tests.app.studio import Bench
from tests.editing.layer_parts import layered, opaque_pixels, soft_mask, soft_pixels
from tests.editing.profiles import SWAPPED, gamma_profile
from tests.editing.simple_edits import paste_pixels

SHAPE = (60, 80)
LEFT = Qt.MouseButton.LeftButton
NO_KEY = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    bench.document.set_document(
        layered(
            Layer(opaque_pixels(1, SHAPE), "Background"),
            Layer(soft_pixels(2, SHAPE), "Trees", opacity=0.5, blend="multiply"),
            Layer(soft_pixels(3, SHAPE), "Birds", mask=soft_mask(4, SHAPE)),
        )
    )
    bench.window.show()
    bench.qtbot.waitExposed(bench.window)
    yield bench
    bench.close()


def names(bench: Bench) -> list[str]:
    """From the lowest to the highest."""
    return [layer.name for layer in document_of(bench).layers]


def document_of(bench: Bench) -> Document:
    document = bench.document.document
    assert document is not None
    return document


def row_of(bench: Bench, name: str) -> QModelIndex:
    rows = bench.workspace.layers.panel.list.rows
    shown = [layer.name for layer in rows.items]
    return rows.index(shown.index(name))


def click(bench: Bench, name: str, part: str) -> None:
    """Press at a part of a row, as a person does."""
    view = bench.workspace.layers.panel.list
    index = row_of(bench, name)
    view.scrollTo(index)
    row = view.visualRect(index)
    places = {
        "eye": eye_rect(row).center(),
        "layer": thumbnail_rect(row).center(),
        "mask": mask_rect(row).center(),
        "lock": lock_rect(row).center(),
        "name": QPoint(lock_rect(row).left() - 30, row.center().y()),
    }
    QTest.mouseClick(view.viewport(), LEFT, NO_KEY, places[part])


def test_the_highest_layer_is_shown_first_and_the_active_one_is_chosen(bench: Bench) -> None:
    panel = bench.workspace.layers.panel
    assert [layer.name for layer in panel.list.rows.items] == ["Birds", "Trees", "Background"]
    assert panel.list.currentIndex() == row_of(bench, "Birds")
    assert bench.window.column.tabs.tabText(0) == "Layers"
    tree = row_of(bench, "Trees")
    spoken = tree.data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert spoken == "Multiply, 50 %"
    offered = {panel.blend.itemData(k) for k in range(panel.blend.count())}
    assert offered == set(BLEND_MODES)


def test_a_click_chooses_what_is_painted_on(bench: Bench) -> None:
    document = document_of(bench)
    targets = [document.target]
    for name, part in (("Birds", "name"), ("Birds", "mask"), ("Trees", "layer")):
        click(bench, name, part)
        assert document.active_layer.name == name
        targets.append(document.target)
    assert targets == ["region", "layer", "layer_mask", "layer"]
    panel = bench.workspace.layers.panel
    assert panel.blend.currentData() == "multiply"
    assert panel.opacity.value == 50


def test_the_keys_choose_hide_and_rename(bench: Bench) -> None:
    view = bench.workspace.layers.panel.list
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert document_of(bench).active_layer.name == "Trees"
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert not document_of(bench).active_layer.visible
    QTest.keyClick(view, Qt.Key.Key_F2)
    editor = view.viewport().focusWidget()
    assert editor is not None
    QTest.keyClicks(editor, "Wood")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    bench.wait_for(lambda: "Wood" in names(bench))
    assert bench.document.history is not None
    assert bench.document.history.names == ["Hide layer", "Rename layer"]


def test_eye_and_lock_work_on_any_row_and_choose_none(bench: Bench) -> None:
    click(bench, "Trees", "eye")
    click(bench, "Background", "lock")
    shown = {layer.name: layer for layer in document_of(bench).layers}
    assert not shown["Trees"].visible
    assert shown["Background"].locked
    assert document_of(bench).active_layer.name == "Birds"
    click(bench, "Trees", "eye")
    assert document_of(bench).layers[1].visible


def test_a_row_that_is_dropped_moves_the_layer(bench: Bench) -> None:
    rows = bench.workspace.layers.panel.list.rows
    data = rows.mimeData([row_of(bench, "Background")])
    assert not rows.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    assert names(bench) == ["Trees", "Birds", "Background"]
    data = rows.mimeData([row_of(bench, "Background")])
    rows.dropMimeData(data, Qt.DropAction.MoveAction, -1, -1, QModelIndex())
    assert names(bench) == ["Background", "Trees", "Birds"]
    bench.actions["layer_lower"].trigger()
    assert names(bench) == ["Background", "Birds", "Trees"]
    assert not rows.dropMimeData(data, Qt.DropAction.CopyAction, 0, 0, QModelIndex())
    bench.actions["undo"].trigger()
    assert names(bench) == ["Background", "Trees", "Birds"]


def test_dragging_the_opacity_is_one_step_that_undo_takes_back(bench: Bench) -> None:
    panel = bench.workspace.layers.panel
    slider = panel.opacity.slider
    before = flattened(document_of(bench).layers)
    slider.setSliderDown(True)
    for position in (300, 200, 100):
        slider.setValue(position)
        assert document_of(bench).active_layer.opacity == pytest.approx(position / 400)
    assert not np.array_equal(flattened(document_of(bench).layers), before)
    slider.setSliderDown(False)
    history = bench.document.history
    assert history is not None
    assert history.names == ["Opacity"]
    bench.actions["undo"].trigger()
    assert np.array_equal(flattened(document_of(bench).layers), before)
    assert panel.opacity.value == 100


def test_an_edit_during_a_drag_comes_after_it(bench: Bench) -> None:
    panel = bench.workspace.layers.panel
    panel.opacity.field.setValue(40)
    panel.blend.picked.emit("screen")
    panel.opacity.field.setValue(70)
    history = bench.document.history
    bench.wait_for(lambda: history is not None and len(history.names) == 3)
    assert history is not None
    assert history.names == ["Opacity", "Blend mode", "Opacity"]
    layer = document_of(bench).active_layer
    assert (layer.opacity, layer.blend) == (0.7, "screen")
    for opacity, blend in ((0.4, "screen"), (0.4, "normal"), (1.0, "normal")):
        bench.actions["undo"].trigger()
        layer = document_of(bench).active_layer
        assert (layer.opacity, layer.blend) == (opacity, blend)


def test_the_menu_adds_copies_merges_and_deletes(bench: Bench) -> None:
    before = flattened(document_of(bench).layers)
    for action, expected in (
        ("layer_add", ["Background", "Trees", "Birds", "Layer 4"]),
        ("layer_delete", ["Background", "Trees", "Birds"]),
        ("layer_duplicate", ["Background", "Trees", "Birds", "Copy of Birds"]),
        ("layer_delete", ["Background", "Trees", "Birds"]),
        ("layer_merge", ["Background", "Trees"]),
        ("layer_merge", ["Background"]),
    ):
        bench.actions[action].trigger()
        assert names(bench) == expected
    assert np.abs(flattened(document_of(bench).layers).astype(int) - before).max() <= 1
    assert not bench.actions["layer_delete"].isEnabled()
    assert not bench.actions["layer_merge"].isEnabled()
    for _ in range(6):
        bench.actions["undo"].trigger()
    assert names(bench) == ["Background", "Trees", "Birds"]
    bench.actions["layer_flatten"].trigger()
    assert names(bench) == ["Background"]
    assert np.array_equal(flattened(document_of(bench).layers), before)


def test_masks_come_and_go_with_what_is_painted_on(bench: Bench) -> None:
    document = document_of(bench)
    click(bench, "Trees", "name")
    assert not bench.actions["layer_mask_apply"].isEnabled()
    bench.actions["layer_mask_add"].trigger()
    assert document.active_layer.mask is not None
    targets = [document.target]
    bench.actions["undo"].trigger()
    targets.append(document.target)
    bench.actions["layer_mask_add"].trigger()
    targets.append(document.target)
    bench.actions["layer_mask_apply"].trigger()
    targets.append(document.target)
    assert targets == ["layer_mask", "layer", "layer_mask", "layer"]
    assert document.active_layer.mask is None
    document.selection.pixels[10:20, 10:20] = 255
    document.selection.mark_dirty(Rect(10, 10, 10, 10))
    bench.actions["layer_mask_selection"].trigger()
    mask = document.active_layer.mask
    assert mask is not None
    assert np.array_equal(mask.pixels, document.selection.pixels)
    bench.actions["layer_mask_delete"].trigger()
    assert document.active_layer.mask is None


def test_what_cannot_be_done_is_one_sentence(bench: Bench) -> None:
    bench.actions["layer_locked"].trigger()
    assert document_of(bench).active_layer.locked
    for action in ("layer_delete", "layer_merge", "layer_mask_delete"):
        bench.run.message = None
        bench.actions[action].trigger()
        assert bench.run.message is not None
        assert bench.run.message.text == "The layer Birds is locked: unlock it first."
    assert names(bench) == ["Background", "Trees", "Birds"]


def test_a_large_layer_is_copied_off_the_ui_thread(bench: Bench) -> None:
    shape = (1200, 1000)
    plane = opaque_pixels(5, shape)
    bench.document.set_document(layered(Layer(plane, "Large")))
    bench.actions["layer_duplicate"].trigger()
    assert bench.document.is_locked
    assert not bench.actions["layer_delete"].isEnabled()
    bench.wait_for(lambda: not bench.document.is_locked)
    assert names(bench) == ["Large", "Copy of Large"]
    assert np.array_equal(document_of(bench).layers[1].plane.pixels, plane.pixels)
    assert bench.actions["layer_delete"].isEnabled()


def test_small_pictures_follow_a_stroke(bench: Bench) -> None:
    rows = bench.workspace.layers.panel.list.rows
    bench.wait_for(lambda: row_of(bench, "Background").data(THUMBNAIL_ROLE) is not None)
    document = document_of(bench)
    plane = document.layers[0].plane
    document.choose_layer(document.layers[0].id)
    old: QImage = row_of(bench, "Background").data(THUMBNAIL_ROLE)
    red = np.full((*SHAPE, 4), (255, 0, 0, 255), np.uint8)
    bench.document.push(paste_pixels(document, plane.bounds, red))
    bench.wait_for(lambda: row_of(bench, "Background").data(THUMBNAIL_ROLE) != old)
    new: QImage = row_of(bench, "Background").data(THUMBNAIL_ROLE)
    assert new.pixelColor(10, 10) == QColor(255, 0, 0)
    assert rows.has_image(plane.key)


def test_a_thumbnail_keeps_proportions_and_clear_parts() -> None:
    plane = Plane.zeros((300, 600, 4))
    part = Rect(0, 0, 300, 300)
    plane.pixels[part.slices()] = (0, 255, 0, 255)
    plane.mark_dirty(part)
    image = layer_thumbnail(plane)
    assert (image.width(), image.height()) == (SIDE, SIDE // 2)
    assert image.pixelColor(5, 20) == QColor(0, 255, 0)
    assert image.pixelColor(SIDE - 5, 20).alpha() == 0
    mask = layer_thumbnail(Plane(np.full((40, 20), 200, np.uint8)))
    assert (mask.width(), mask.height()) == (SIDE // 2, SIDE)
    assert mask.pixelColor(3, 3) == QColor(200, 200, 200)


def test_a_thumbnail_shows_the_colours_of_the_canvas() -> None:
    profile = gamma_profile(1.0, SWAPPED)
    pixels = np.full((20, 30, 4), (200, 40, 90, 255), np.uint8)
    image = layer_thumbnail(Plane(pixels), profile)
    red, green, blue, _ = (int(value) for value in to_srgb(pixels, profile)[0, 0])
    assert image.pixelColor(5, 5) == QColor(red, green, blue)


def test_every_state_of_a_row_is_drawn(bench: Bench) -> None:
    panel = bench.workspace.layers.panel
    document = document_of(bench)
    plain = panel.list.grab().toImage()
    hidden = replace(document.layers[1], visible=False, locked=True)
    document.structure = document.structure.with_layer(hidden)
    document.target = "layer_mask"
    bench.workspace.layers.refresh()
    assert panel.list.grab().toImage() != plain
    row = panel.list.visualRect(row_of(bench, "Birds"))
    assert name_rect(row, is_masked=True).left() > mask_rect(row).right()
    assert row_of(bench, "Trees").data(ITEM_ROLE) is hidden
    menu = panel.context_menu()
    assert menu.actions()[0] is bench.actions["layer_add"]
    menu.close()


def test_without_a_document_nothing_can_be_done(bench: Bench) -> None:
    bench.document.set_document(None)
    panel = bench.workspace.layers.panel
    assert not panel.isEnabled()
    assert panel.list.rows.rowCount() == 0
    layer_actions = [name for name in bench.actions if name.startswith("layer_")]
    assert len(layer_actions) == 14
    assert not any(bench.actions[name].isEnabled() for name in layer_actions)


def test_every_control_has_a_name_and_a_tooltip(bench: Bench) -> None:
    panel = bench.workspace.layers.panel
    for part in (panel.list, panel.blend, panel.opacity.slider, panel.opacity.field, panel.masks):
        assert part.accessibleName()
        assert part.toolTip()
