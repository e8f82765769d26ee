"""Edits of the whole document in the background: the lock goes whatever becomes of them."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.edit_lock import EditLock
from app.jobs.document_work import DocumentWork, Edit
from app.models.document_model import DocumentModel
from app.models.run_model import RunModel
from editing.document import Document
from editing.errors import EditingError
from editing.layer_commands import add_layer


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[DocumentModel]:  # noqa: ARG001
    made = DocumentModel()
    made.set_document(Document.blank(30, 20))
    yield made
    made.close()


@pytest.fixture
def work(model: DocumentModel) -> Iterator[DocumentWork]:
    made = DocumentWork(model, RunModel())
    yield made
    made.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [(EditingError("The layer is locked."), "The layer is locked."), (MemoryError(), "memory")],
)
def test_the_lock_goes_with_an_edit_that_fails(
    qtbot: QtBot, model: DocumentModel, work: DocumentWork, error: Exception, said: str
) -> None:
    ends: list[bool] = []

    def fail(_: object) -> None:
        raise error

    with qtbot.waitSignal(work.failed) as failed:
        assert work.run(Edit("Failing…", fail, lambda _: None), ends.append)
        assert model.is_locked
        assert not work.run(Edit("Second", fail, lambda _: None))
    assert failed.args is not None
    assert said in failed.args[0]
    assert ends == [False]
    assert not model.is_locked
    assert not work.is_busy


def test_a_result_that_does_not_fit_any_more_is_dropped(
    qtbot: QtBot, model: DocumentModel, work: DocumentWork
) -> None:
    document = model.document
    assert document is not None
    ends: list[bool] = []
    with qtbot.waitSignal(work.failed) as failed:
        work.run(Edit("Adding…", lambda _: None, lambda _: add_layer(document)), ends.append)
        model.push(add_layer(document))
    assert failed.args is not None
    assert "changed meanwhile" in failed.args[0]
    assert ends == [False]
    assert len(document.layers) == 2
    assert not model.is_locked


def test_keys_reach_no_guarded_widget_while_the_document_is_locked(
    qtbot: QtBot, model: DocumentModel
) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    guarded, free = QLineEdit(panel), QLineEdit()
    qtbot.addWidget(free)
    lock = EditLock(model, (panel,))
    model.set_locked(True)
    for field in (guarded, free):
        QTest.keyClick(field, Qt.Key.Key_A)
    assert (guarded.text(), free.text()) == ("", "a")
    model.set_locked(False)
    QTest.keyClick(guarded, Qt.Key.Key_B)
    assert guarded.text() == "b"
    lock.deleteLater()
