"""Large edits, undo and redo in slices: the window has its turns, the document is locked."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.models import history_walk, slices
from app.models.document_model import DocumentModel
from app.models.slices import Slices
from editing import mask_edits
from editing.brush import Brush, Stroke
from editing.document import Document
from editing.geometry import Rect
from editing.history import Command
from editing.region_commands import plan_use_of_selection
from editing.selection import combine
from editing.steps import Steps, finished
from editing.tile_command import TILES_PER_STEP

SIZE = 256 * 8


@pytest.fixture
def model(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[DocumentModel]:  # noqa: ARG001
    # Each step is a slice of its own.
    monkeypatch.setattr(slices, "SLICE_S", 0.0)
    monkeypatch.setattr(history_walk, "SLICE_S", 0.0)
    made = DocumentModel()
    made.set_document(Document.blank(SIZE, SIZE))
    yield made
    made.close()


def document_of(model: DocumentModel) -> Document:
    assert model.document is not None
    return model.document


def fill(model: DocumentModel, name: str = "Fill") -> Steps[Command | None]:
    return mask_edits.fill("mask", document_of(model).mask).commit_steps(name)


def names(model: DocumentModel) -> list[str]:
    assert model.history is not None
    return model.history.names


class Turns:
    """Notes at each turn of the event loop whether the document is locked."""

    def __init__(self, model: DocumentModel) -> None:
        self.seen: list[bool] = []
        self._model, self._timer = model, QTimer()
        self._timer.timeout.connect(lambda: self.seen.append(model.is_locked))
        self._timer.start(0)

    def stop(self) -> list[bool]:
        self._timer.stop()
        return self.seen


def test_an_edit_leaves_turns_to_the_window_and_is_one_step(
    qtbot: QtBot, model: DocumentModel
) -> None:
    changes: list[Rect] = []
    model.changed.connect(lambda change: changes.append(change.rect))
    made: list[Command | None] = []
    turns = Turns(model)
    model.make(fill(model), made.append)
    assert model.is_locked
    assert names(model) == []
    qtbot.waitUntil(lambda: not model.is_locked)
    assert sum(turns.stop()) >= 64 / TILES_PER_STEP - 1
    assert names(model) == ["Fill"]
    assert changes == [Rect(0, 0, SIZE, SIZE)]
    assert len(made) == 1
    assert document_of(model).mask.pixels.min() == 255


def test_undo_and_redo_go_by_slices_to_the_same_pixels(qtbot: QtBot, model: DocumentModel) -> None:
    document = document_of(model)
    stroke = Stroke(document, Brush(radius_px=90))
    model.begin_stroke(stroke)
    model.stroke_to(300, 300)
    model.end_stroke()
    painted = document.mask.pixels.copy()
    model.push(finished(fill(model)))
    for step, wanted in ((model.undo, painted), (model.redo, np.full_like(painted, 255))) * 2:
        turns = Turns(model)
        step()
        assert model.is_locked
        assert model.is_locked_by_history
        qtbot.waitUntil(lambda: not model.is_locked)
        assert any(turns.stop())
        assert np.array_equal(document.mask.pixels, wanted)


def test_quick_undos_are_all_made(qtbot: QtBot, model: DocumentModel) -> None:
    document = document_of(model)
    model.push(finished(fill(model, "One")))
    model.push(mask_edits.invert("mask", document.mask).commit("Two"))
    model.undo()
    assert model.is_locked
    model.undo()
    assert model.history is not None
    qtbot.waitUntil(lambda: model.history is not None and model.history.index == 0)
    assert not model.is_locked
    assert not document.mask.pixels.any()


def test_nobody_paints_or_edits_in_between(model: DocumentModel) -> None:
    document = document_of(model)
    model.make(fill(model))
    model.begin_stroke(Stroke(document, Brush(radius_px=9)))
    assert not model.is_painting
    # Who needs the document in a state to keep, or edits nevertheless, has the edit finished.
    model.push(mask_edits.fill("selection", document.selection).commit("Select all"))
    assert not model.is_locked
    assert names(model) == ["Fill", "Select all"]
    assert document.mask.pixels.min() == 255
    model.undo()
    model.end_stroke()
    assert not model.is_locked
    assert not document.selection.pixels.any()


def test_another_document_ends_what_is_half_done(model: DocumentModel) -> None:
    made: list[Command | None] = []
    model.make(fill(model), made.append)
    model.set_document(Document.blank(30, 20))
    assert not model.is_locked
    assert names(model) == []
    assert made == []
    model.push(mask_edits.fill("mask", document_of(model).mask).commit("Small"))
    model.undo()
    assert not document_of(model).mask.pixels.any()


def test_a_half_done_undo_is_given_up_with_the_document(model: DocumentModel) -> None:
    model.push(finished(fill(model)))
    model.undo()
    assert model.is_locked
    model.set_document(None)
    assert not model.is_locked


def test_a_lock_of_another_stays(qtbot: QtBot, model: DocumentModel) -> None:
    model.make(fill(model))
    assert model.is_locked
    model.set_locked(True)
    assert names(model) == ["Fill"]
    qtbot.wait(5)
    assert model.is_locked
    model.set_locked(False)
    assert not model.is_locked


def test_several_changes_of_one_step_are_reported_as_they_are(
    qtbot: QtBot, model: DocumentModel
) -> None:
    document = document_of(model)
    part = Rect(300, 300, 200, 100)
    combine(document.selection, np.full((100, 200), 255, np.uint8), part, "replace")
    seen: list[tuple[str, Rect]] = []
    model.changed.connect(lambda change: seen.append((change.kind, change.rect)))
    plan = plan_use_of_selection(document)
    assert plan is not None
    model.make(plan.commit_steps("Use as region"))
    qtbot.waitUntil(lambda: not model.is_locked)
    tiles = Rect(256, 256, 256, 256)
    assert seen == [("mask", tiles), ("selection", tiles)]
    assert model.has_mask()
    assert not model.has_selection()
    seen.clear()
    model.undo()
    qtbot.waitUntil(lambda: not model.is_locked and bool(seen))
    assert seen == [("mask", tiles), ("selection", tiles)]
    assert not model.has_mask()
    assert model.has_selection()


def test_slices_in_steps_give_what_all_at_once_gives(qtbot: QtBot) -> None:
    document, other = Document.blank(700, 600), Document.blank(700, 600)
    results: list[object] = []
    busy: list[bool] = []
    owner = QTimer()
    work: Slices[object] = Slices(owner, busy.append)
    plan = mask_edits.invert("mask", document.mask)
    work.run(plan.commit_steps("Invert"), results.append)
    qtbot.waitUntil(lambda: bool(results))
    mask_edits.invert("mask", other.mask).commit("Invert")
    assert np.array_equal(document.mask.pixels, other.mask.pixels)
    assert not work.is_busy
    assert busy in ([], [True, False])


def test_an_error_between_two_slices_ends_the_lock(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE_S", 0.0)
    busy: list[bool] = []
    owner = QTimer()
    work: Slices[None] = Slices(owner, busy.append)

    def failing() -> Steps[None]:
        yield
        raise MemoryError

    work.run(failing(), lambda _: None)
    assert busy == [True]
    with pytest.raises(MemoryError):
        work.finish()
    assert busy == [True, False]
    assert not work.is_busy
    qtbot.wait(2)
