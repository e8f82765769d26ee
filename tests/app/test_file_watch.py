"""Changes of the document's file by other programs are noticed; own saves are not."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.file_watch import FileWatch
from editing.layer_commands import add_layer
from tests.app.studio import Bench

QUIET_MS = 900
"""Longer than the watch takes to settle and to look."""


def write(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (40, 30)) -> None:
    Image.new("RGB", size, colour).save(path, "BMP")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "picture.bmp"
    write(path, (1, 2, 3))
    return path


@pytest.fixture
def watch(qtbot: QtBot, path: Path) -> Iterator[FileWatch]:  # noqa: ARG001
    watch = FileWatch()
    watch.follow(path)
    yield watch
    watch.close()


def test_writing_in_place_is_noticed(qtbot: QtBot, watch: FileWatch, path: Path) -> None:
    with qtbot.waitSignal(watch.changed, timeout=10_000):
        write(path, (4, 5, 6))


def test_replacing_is_noticed_again_and_again(qtbot: QtBot, watch: FileWatch, path: Path) -> None:
    for k in range(3):
        other = path.with_name(f"part{k}")
        write(other, (9, 9, k))
        with qtbot.waitSignal(watch.changed, timeout=10_000):
            other.replace(path)


def test_a_touch_is_no_change(qtbot: QtBot, watch: FileWatch, path: Path) -> None:
    qtbot.waitUntil(lambda: watch.knows_content)
    with qtbot.assertNotEmitted(watch.changed, wait=QUIET_MS):
        os.utime(path)
        path.write_bytes(path.read_bytes())


def test_deleting_is_told_once_and_writing_anew_too(
    qtbot: QtBot, watch: FileWatch, path: Path
) -> None:
    with qtbot.waitSignal(watch.vanished, timeout=10_000):
        path.unlink()
    with qtbot.assertNotEmitted(watch.vanished, wait=QUIET_MS):
        watch.check()
    with qtbot.waitSignal(watch.changed, timeout=10_000):
        write(path, (7, 7, 7))


def test_delete_and_write_at_once_is_one_change(qtbot: QtBot, watch: FileWatch, path: Path) -> None:
    with qtbot.assertNotEmitted(watch.vanished), qtbot.waitSignal(watch.changed, timeout=10_000):
        path.unlink()
        write(path, (7, 7, 7), (50, 50))


def test_a_pause_hides_what_follow_takes_as_known(
    qtbot: QtBot, watch: FileWatch, path: Path
) -> None:
    with qtbot.assertNotEmitted(watch.changed, wait=QUIET_MS):
        watch.pause()
        write(path, (4, 5, 6))
        watch.follow(path)
    with qtbot.waitSignal(watch.changed, timeout=10_000):
        watch.pause()
        write(path, (7, 8, 9))
        watch.resume()


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.new("RGB", (40, 30), (1, 2, 3)).save(path)
    return path


def replace(path: Path, colour: tuple[int, int, int]) -> None:
    part = path.with_name("part.png")
    Image.new("RGB", (40, 30), colour).save(part)
    part.replace(path)


def corner(bench: Bench) -> tuple[int, ...]:
    assert bench.document.document is not None
    return tuple(int(v) for v in bench.document.document.layers[0].plane.pixels[0, 0])


def test_reload_shows_the_new_picture(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    replace(photo, (200, 100, 50))
    bench.wait_for(lambda: bench.run.file_message is not None)
    bar = bench.window.file_bar
    assert "changed by another program" in bar.label.text()
    assert [button.text() for button in bar.choices] == ["Reload", "Keep mine"]
    bar.choices[0].click()
    bench.wait_for(lambda: corner(bench) == (200, 100, 50, 255))
    assert bench.run.file_message is None
    assert not bench.document.modified


def test_keeping_mine_counts_as_a_change(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    replace(photo, (200, 100, 50))
    bench.wait_for(lambda: bench.run.file_message is not None)
    bench.window.file_bar.choices[1].click()
    assert bench.run.file_message is None
    assert bench.document.modified
    assert corner(bench) == (1, 2, 3, 255)


def test_a_deleted_file_is_told_and_the_document_is_modified(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    photo.unlink()
    bench.wait_for(lambda: bench.run.file_message is not None)
    assert "deleted" in bench.window.file_bar.label.text()
    assert bench.document.modified
    bench.actions["save"].trigger()
    bench.wait_for(photo.exists)
    bench.wait_for(lambda: not bench.document.modified)
    assert bench.run.file_message is None


def test_own_saves_are_no_news(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    watch = bench.workspace.file_link.watch
    bench.dialogs.save_path = photo.with_suffix(".ora")
    with bench.qtbot.assertNotEmitted(watch.changed, wait=QUIET_MS):
        for name in ("save_as", "save", "save"):
            assert bench.document.document is not None
            bench.document.push(add_layer(bench.document.document))
            bench.actions[name].trigger()
            bench.wait_for(lambda: not bench.document.modified)
    assert bench.run.file_message is None
    with bench.qtbot.waitSignal(watch.changed, timeout=10_000):
        replace(bench.dialogs.save_path, (1, 1, 1))
