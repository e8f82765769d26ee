"""The offer of unsaved work: rows, buttons, and what becomes of the journals."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.dialogs.recovery_dialog import RecoveryDialog
from app.storage_folders import journals_folder
from editing.document import Document
from editing.history import Touched
from editing.journal import Journal
from editing.layer_commands import add_layer
from editing.recovery import Summary, find_journals
from tests.app.studio import Bench


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    yield bench
    bench.close()


def leave_work(shade: int, path: Path | None = None) -> None:
    """As a process does that ends without closing its journal."""
    document = Document.blank(60, 50, (shade, 0, 0, 255))
    document.path, document.modified = path, True
    journal = Journal(journals_folder(), document)
    journal.commit(Touched(structure=True))
    journal.close(remove=False)


def edit(bench: Bench) -> None:
    assert bench.document.document is not None
    bench.document.push(add_layer(bench.document.document))


def shade_of(bench: Bench) -> int:
    assert bench.document.document is not None
    return int(bench.document.document.active_layer.plane.pixels[0, 0, 0])


def summary(name: str | None) -> Summary:
    picture = np.full((30, 40, 4), 200, np.uint8)
    return Summary(None if name is None else Path(name), (400, 300), time.time(), 3, picture)


def test_a_row_tells_what_it_is_about(qtbot: QtBot) -> None:
    dialog = RecoveryDialog([summary("/pictures/photo.png"), summary(None)])
    qtbot.addWidget(dialog)
    first, second = dialog.rows
    assert first.recover.accessibleName() == "Recover photo.png"
    assert second.recover.accessibleName() == "Recover Untitled"
    assert first.recover.isDefault()
    for row in dialog.rows:
        for button in (row.recover, row.discard):
            assert button.toolTip()
            assert button.accessibleName()


def test_discarding_is_asked_twice(qtbot: QtBot) -> None:
    dialog = RecoveryDialog([summary("a.png"), summary("b.png")])
    qtbot.addWidget(dialog)
    asked: list[int] = []
    dialog.discard_clicked.connect(asked.append)
    dialog.rows[1].discard.click()
    assert asked == []
    dialog.rows[1].discard.click()
    assert asked == [1]


def test_nothing_is_shown_without_work(bench: Bench) -> None:
    with bench.qtbot.waitSignal(bench.workspace.history.recovery.finished):
        bench.workspace.history.start()
    assert bench.workspace.history.recovery.dialog is None


def test_recovered_work_is_modified_and_has_a_journal_before_the_old_one_goes(
    bench: Bench, tmp_path: Path
) -> None:
    leave_work(11)
    time.sleep(0.01)
    leave_work(22, tmp_path / "kept.png")
    (tmp_path / "kept.png").write_bytes(b"of before")
    recovery = bench.workspace.history.recovery
    with bench.qtbot.waitSignal(recovery.offered):
        bench.workspace.history.start()
    assert recovery.dialog is not None
    newest = recovery.dialog.rows[0]
    assert newest.recover.accessibleName() == "Recover kept.png"
    newest.recover.click()
    bench.wait_for(lambda: bench.document.document is not None)
    assert shade_of(bench) == 22
    assert bench.document.modified
    assert bench.document.document is not None
    assert bench.document.document.path == tmp_path / "kept.png"
    with bench.qtbot.waitSignal(bench.workspace.file_link.watch.changed, timeout=10_000):
        bench.document.document.path.write_bytes(b"by another program")
    # The other one waits for the next start; the recovered one became a journal of this process.
    bench.wait_for(lambda: len(list(journals_folder().iterdir())) == 2)
    (left,) = find_journals(journals_folder())
    assert left.summary.path is None
    left.release()


def test_what_an_earlier_journal_tells_late_is_not_about_the_recovered_work(
    bench: Bench,
) -> None:
    keeper = bench.workspace.history.keeper
    bench.workspace.files.show_untitled(Document.blank(40, 30))
    assert keeper.journal is not None
    with bench.qtbot.waitSignal(keeper.acknowledged):
        edit(bench)
    told: list[int] = []
    keeper.acknowledged.connect(told.append)
    late = keeper.journal._on_acknowledged
    document = Document.blank(60, 50)
    document.modified = True
    bench.document.set_document(document)
    late(99)
    bench.wait_for(lambda: told)
    assert told == [1]


def test_an_edit_made_during_the_recovery_is_asked_about(bench: Bench) -> None:
    leave_work(33)
    recovery = bench.workspace.history.recovery
    with bench.qtbot.waitSignal(recovery.offered):
        bench.workspace.history.start()
    bench.workspace.files.show_untitled(Document.blank(40, 30))
    bench.document.mark_saved()
    opened = bench.document.document
    assert recovery.dialog is not None
    recovery.dialog.rows[0].recover.click()
    edit(bench)
    bench.wait_for(lambda: bench.dialogs.questions)
    assert bench.dialogs.questions == ["unsaved Untitled"]
    assert bench.document.document is opened
    bench.wait_for(lambda: not bench.run.activity)


def test_discarded_work_is_gone_and_later_keeps_it(bench: Bench) -> None:
    leave_work(11)
    leave_work(22)
    recovery = bench.workspace.history.recovery
    with bench.qtbot.waitSignal(recovery.offered):
        bench.workspace.history.start()
    assert recovery.dialog is not None
    discard = recovery.dialog.rows[0].discard
    discard.click()
    discard.click()
    bench.wait_for(lambda: len(list(journals_folder().iterdir())) == 1)
    assert len(recovery.dialog.rows) == 1
    with bench.qtbot.waitSignal(recovery.finished):
        recovery.dialog.later.click()
    (left,) = find_journals(journals_folder())
    left.release()


def test_edits_are_kept_and_a_closed_document_leaves_nothing(bench: Bench) -> None:
    keeper = bench.workspace.history.keeper
    bench.document.set_document(Document.blank(300, 200))
    with bench.qtbot.waitSignal(keeper.acknowledged):
        bench.paint(100, 80)
    assert len(list(journals_folder().iterdir())) == 1
    assert find_journals(journals_folder()) == []  # It belongs to a living process.
    bench.document.set_document(None)
    bench.wait_for(lambda: not list(journals_folder().iterdir()))


def test_a_journal_that_cannot_be_written_is_said_once(bench: Bench) -> None:
    journals_folder().parent.mkdir(parents=True, exist_ok=True)
    journals_folder().write_text("a file where the folder should be")
    keeper = bench.workspace.history.keeper
    with bench.qtbot.waitSignal(keeper.failed):
        bench.document.set_document(Document.blank(300, 200))
    bench.wait_for(lambda: bench.run.message is not None)
    assert bench.run.message is not None
    assert "no longer kept" in bench.run.message.text
    bench.run.message = None
    bench.document.set_document(Document.blank(300, 200))
    bench.paint(100, 80)
    bench.document.set_document(None)
    bench.qtbot.wait(20)
    assert bench.run.message is None
