"""The document behind signals: what is reported, when, and that strokes are single steps."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.models.document_model import DocumentModel
from app.models.occupancy import Occupancy
from editing import commands
from editing.brush import Brush, Stroke
from editing.document import Document, Metadata
from editing.geometry import Rect
from editing.history import Change
from tests.editing import simple_edits

BRUSH = Brush(radius_px=8, hardness=1)


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[DocumentModel]:  # noqa: ARG001  (signals need the application)
    made = DocumentModel()
    made.set_document(Document.blank(600, 500))
    yield made
    made.close()


def changes_of(model: DocumentModel) -> list[Change]:
    seen: list[Change] = []
    model.changed.connect(seen.append)
    return seen


def mask(model: DocumentModel) -> np.ndarray:
    assert model.document is not None
    return model.document.mask.pixels


def begin(model: DocumentModel) -> None:
    document = model.document or Document.blank(8, 8)
    model.begin_stroke(Stroke(document, BRUSH))


def paint(model: DocumentModel, *points: tuple[float, float]) -> None:
    begin(model)
    for point in points:
        model.stroke_to(*point)
    model.end_stroke()


def test_an_empty_model_answers_and_does_nothing(qtbot: QtBot) -> None:  # noqa: ARG001
    model = DocumentModel()
    begin(model)
    model.stroke_to(3, 3)
    model.end_stroke()
    model.undo()
    model.redo()
    assert not model.has_mask()
    assert not model.modified
    assert model.document is None


def test_each_move_reports_what_it_painted(model: DocumentModel) -> None:
    seen = changes_of(model)
    paint(model, (50, 60), (90, 60))
    assert [change.kind for change in seen] == ["mask", "mask"]
    painted = Rect(0, 0, 0, 0)
    for change in seen:
        painted = painted.union(change.rect)
    outside = mask(model).copy()
    outside[painted.slices()] = 0
    assert not outside.any()
    assert mask(model)[60, 70] == 255


def test_a_stroke_is_one_step(model: DocumentModel) -> None:
    paint(model, (50, 60), (90, 60), (120, 200))
    assert model.history is not None
    assert model.history.names == ["Paint mask"]
    after = mask(model).copy()
    model.undo()
    assert not mask(model).any()
    assert not model.modified
    model.redo()
    assert np.array_equal(mask(model), after)
    assert model.modified


def test_an_aborted_stroke_leaves_no_trace(model: DocumentModel) -> None:
    paint(model, (50, 60))
    before = mask(model).copy()
    seen = changes_of(model)
    begin(model)
    model.stroke_to(300, 300)
    model.abort_stroke()
    assert np.array_equal(mask(model), before)
    assert model.history is not None
    assert len(model.history.names) == 1
    assert seen[-1].rect.contains(seen[0].rect)


def test_undo_in_mid_stroke_takes_the_stroke_back(model: DocumentModel) -> None:
    paint(model, (50, 60))
    before = mask(model).copy()
    begin(model)
    model.stroke_to(300, 300)
    model.undo()
    assert np.array_equal(mask(model), before)
    assert not model.is_painting


def test_a_stroke_outside_the_document_is_no_step(model: DocumentModel) -> None:
    seen = changes_of(model)
    paint(model, (-500, -500), (-400, -450))
    assert seen == []
    assert model.history is not None
    assert model.history.names == []


def test_a_pushed_edit_is_reported_and_undone(model: DocumentModel, qtbot: QtBot) -> None:
    assert model.document is not None
    seen = changes_of(model)
    patch = np.zeros((20, 30, 3), np.uint8)
    with qtbot.waitSignal(model.history_changed):
        model.push(simple_edits.paste_pixels(model.document, Rect(100, 50, 30, 20), patch))
    model.undo()
    assert [change.kind for change in seen] == ["picture", "picture"]
    assert model.document.active_layer.plane.pixels[60, 110].tolist() == [255, 255, 255, 255]
    model.push(None)
    assert len(seen) == 2


def test_a_replaced_picture_is_a_change_of_the_document(model: DocumentModel) -> None:
    assert model.document is not None
    paint(model, (50, 60))
    assert model.has_mask()
    seen = changes_of(model)
    small = np.zeros((40, 30, 4), np.uint8)
    model.push(commands.replace_picture(model.document, small, Metadata()))
    assert seen[-1].kind == "document"
    assert not model.has_mask()
    model.undo()
    assert model.document.size == (600, 500)
    assert model.has_mask()


def test_has_mask_follows_every_edit(model: DocumentModel) -> None:
    assert model.document is not None
    assert not model.has_mask()
    paint(model, (400, 300))
    assert model.has_mask()
    model.undo()
    assert not model.has_mask()
    model.push(simple_edits.fill_mask(model.document))
    assert model.has_mask()
    model.push(simple_edits.clear_mask(model.document))
    assert not model.has_mask()


def test_another_document_begins_anew(model: DocumentModel, qtbot: QtBot) -> None:
    paint(model, (50, 60))
    begin(model)
    with qtbot.waitSignals([model.document_replaced, model.history_changed]):
        model.set_document(Document.blank(10, 10))
    assert not model.is_painting
    assert not model.has_mask()
    assert model.history is not None
    assert not model.history.can_undo


def test_saving_makes_the_state_unmodified(model: DocumentModel) -> None:
    paint(model, (50, 60))
    assert model.modified
    model.mark_saved()
    assert not model.modified


def test_occupancy_knows_which_tiles_are_empty() -> None:
    document = Document.blank(1000, 700)
    occupancy = Occupancy(document.mask)
    assert not occupancy.any()
    document.mask.pixels[300, 900] = 1
    assert not occupancy.any(), "nobody said that it changed"
    document.mask.mark_dirty(Rect(900, 300, 1, 1))
    occupancy.mark_dirty(Rect(900, 300, 1, 1))
    assert occupancy.any()
    assert occupancy.any(Rect(770, 260, 5, 5)), "the same tile"
    assert not occupancy.any(Rect(0, 0, 768, 700))
    assert not occupancy.any(Rect(5000, 0, 10, 10))
