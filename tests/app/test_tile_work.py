"""Edits that are worked out in another thread: order, staleness, errors."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.jobs.background import Background
from app.jobs.tile_work import AT_ONCE_PIXELS, TileWork
from app.models.document_model import DocumentModel
from editing import mask_edits
from editing.document import Document
from editing.errors import EditingError
from editing.geometry import Rect
from editing.layer_commands import add_layer
from editing.pixel_plan import plan_fill
from editing.selection import combine
from editing.tile_plan import TilePlan

if TYPE_CHECKING:
    from editing.history import Command

SLOW = AT_ONCE_PIXELS + 1


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[DocumentModel]:  # noqa: ARG001
    made = DocumentModel()
    made.set_document(Document.blank(300, 200))
    yield made
    made.close()


@pytest.fixture
def work(model: DocumentModel) -> Iterator[TileWork]:
    background = Background()
    yield TileWork(model, background)
    background.wait()


def fill(document: Document) -> TilePlan:
    return mask_edits.fill("selection", document.selection)


def invert(document: Document) -> TilePlan:
    return mask_edits.invert("selection", document.selection)


def selected(model: DocumentModel) -> np.ndarray:
    assert model.document is not None
    return model.document.selection.pixels


def test_little_work_is_done_at_once(model: DocumentModel, work: TileWork) -> None:
    told: list[Command | None] = []
    work.run("Select all", fill, 1, told.append)
    assert selected(model).min() == 255
    assert not work.is_busy
    work.run("Select all", fill, 1, told.append)
    assert [command is None for command in told] == [False, True]


def test_much_work_leaves_the_thread(qtbot: QtBot, model: DocumentModel, work: TileWork) -> None:
    threads: list[int] = []

    def plan(document: Document) -> TilePlan:
        threads.append(threading.get_ident())
        return fill(document)

    with qtbot.waitSignal(work.busy_changed):
        work.run("Select all", plan, SLOW)
        assert work.is_busy
        assert not selected(model).any()
    qtbot.waitUntil(lambda: not work.is_busy)
    assert selected(model).min() == 255
    assert threads != [threading.get_ident()]
    model.undo()
    assert not selected(model).any()


def test_edits_keep_their_order(qtbot: QtBot, model: DocumentModel, work: TileWork) -> None:
    """The second is worked out before the first is in place, and so a second time."""
    work.run("Select all", fill, SLOW)
    work.run("Invert", invert, SLOW)
    work.run("Invert", invert, 1)  # little, but in turn
    qtbot.waitUntil(lambda: not work.is_busy)
    assert selected(model).min() == 255
    assert model.history is not None
    assert model.history.names == ["Select all", "Invert", "Invert"]


def test_work_on_pixels_that_changed_is_done_again(
    qtbot: QtBot, model: DocumentModel, work: TileWork
) -> None:
    document = model.document
    assert document is not None
    begun, go_on = threading.Event(), threading.Event()
    seen: list[int] = []

    def plan(open_document: Document) -> TilePlan:
        made = invert(open_document)
        seen.append(int(open_document.selection.pixels[5, 5]))
        begun.set()
        go_on.wait(10)
        return made

    work.run("Invert", plan, SLOW)
    assert begun.wait(10)
    area = Rect(0, 0, 10, 10)
    model.push(combine(document.selection, np.full((10, 10), 255, np.uint8), area, "add"))
    go_on.set()
    qtbot.waitUntil(lambda: not work.is_busy)
    assert seen == [0, 255]
    assert selected(model)[5, 5] == 0
    assert selected(model)[50, 50] == 255


def test_work_that_the_selection_confines_follows_the_selection(
    qtbot: QtBot, model: DocumentModel, work: TileWork
) -> None:
    document = model.document
    assert document is not None
    begun, go_on = threading.Event(), threading.Event()

    def plan(open_document: Document) -> TilePlan:
        made = plan_fill(open_document, (255, 0, 0))
        begun.set()
        go_on.wait(10)
        return made

    work.run("Fill", plan, SLOW)
    assert begun.wait(10)
    area = Rect(0, 0, 10, 10)
    model.push(combine(document.selection, np.full((10, 10), 255, np.uint8), area, "add"))
    go_on.set()
    qtbot.waitUntil(lambda: not work.is_busy)
    assert document.mask.pixels[:10, :10].min() == 255
    assert np.count_nonzero(document.mask.pixels) == 100


@pytest.mark.parametrize("is_late", [False, True])
def test_an_edit_goes_to_no_layer_chosen_meanwhile(
    qtbot: QtBot, model: DocumentModel, work: TileWork, is_late: bool
) -> None:
    document = model.document
    assert document is not None
    model.set_target("layer")
    first = document.active_layer
    model.push(add_layer(document))
    model.choose_layer(first.id)
    second = document.layers[-1]
    begun, go_on = threading.Event(), threading.Event()
    said: list[str] = []
    work.failed.connect(said.append)

    def plan(open_document: Document) -> TilePlan:
        made = None if is_late else plan_fill(open_document, (255, 0, 0))
        begun.set()
        go_on.wait(10)
        return made or plan_fill(open_document, (255, 0, 0))

    work.run("Fill", plan, SLOW)
    assert begun.wait(10)
    model.choose_layer(second.id)
    go_on.set()
    qtbot.waitUntil(lambda: not work.is_busy)
    assert not second.plane.pixels.any()
    was_filled = tuple(first.plane.pixels[0, 0]) == (255, 0, 0, 255)
    assert was_filled == (not is_late)
    assert bool(said) == is_late


def test_work_that_never_catches_up_says_so(
    qtbot: QtBot, model: DocumentModel, work: TileWork
) -> None:
    document = model.document
    assert document is not None

    def plan(open_document: Document) -> TilePlan:
        made = invert(open_document)
        open_document.selection.mark_dirty(Rect(0, 0, 1, 1))
        return made

    with qtbot.waitSignal(work.failed) as said:
        work.run("Invert", plan, SLOW)
    assert said.args == ["Invert: the picture changed meanwhile; please try again."]
    assert not work.is_busy
    assert not selected(model).any()


@pytest.mark.parametrize("pixels", [1, SLOW])
def test_what_went_wrong_is_said(qtbot: QtBot, work: TileWork, pixels: int) -> None:
    def plan(document: Document) -> TilePlan:
        raise EditingError(f"A picture of {document.size[0]} pixels is no good.")

    with qtbot.waitSignal(work.failed) as said:
        work.run("Edit", plan, pixels)
    assert said.args == ["A picture of 300 pixels is no good."]
    assert not work.is_busy


def test_lack_of_memory_is_said(qtbot: QtBot, work: TileWork) -> None:
    def plan(_: Document) -> TilePlan:
        raise MemoryError

    with qtbot.waitSignal(work.failed) as said:
        work.run("Edit", plan, SLOW)
    assert said.args is not None
    assert "memory" in said.args[0]


def test_work_for_a_closed_document_is_dropped(
    qtbot: QtBot, model: DocumentModel, work: TileWork
) -> None:
    work.run("Select all", fill, SLOW)
    model.set_document(Document.blank(30, 20))
    qtbot.waitUntil(lambda: not work.is_busy)
    assert not selected(model).any()
    assert model.history is not None
    assert model.history.names == []


def test_an_edit_waits_while_the_document_is_locked(
    qtbot: QtBot, model: DocumentModel, work: TileWork
) -> None:
    model.set_locked(True)
    seen: list[bool] = []

    def plan(document: Document) -> TilePlan:
        seen.append(model.is_locked)
        return fill(document)

    work.run("Select all", plan, 1)
    qtbot.waitUntil(lambda: bool(seen))
    qtbot.wait(20)
    assert work.is_busy
    assert not selected(model).any()
    model.set_locked(False)
    qtbot.waitUntil(lambda: not work.is_busy)
    assert selected(model).min() == 255
    assert seen == [True, False]
