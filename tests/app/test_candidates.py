"""Results that wait: a new run adds one, and they can be looked through before the decision."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.models.run_model import Message
from tests.app.studio import Bench


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 255, (200, 300, 3), np.uint8)).save(path)
    return path


def run_with(bench: Bench, seed: int) -> None:
    bench.generation.seed, bench.generation.seed_locked = seed, True
    bench.run_to("result")


def two_results(bench: Bench, photo: Path) -> None:
    bench.open(photo)
    bench.paint(150, 100)
    bench.generation.mode, bench.generation.prompt = "inpaint", "a house"
    run_with(bench, 7)
    run_with(bench, 9)


def accepted(bench: Bench) -> tuple[int, ...]:
    bench.actions["accept"].trigger()
    assert bench.document.document is not None
    return tuple(int(v) for v in bench.document.document.layers[-1].plane.pixels[100, 150])


def test_a_second_run_keeps_the_first_result(bench: Bench, photo: Path) -> None:
    two_results(bench, photo)
    assert bench.window.result_bar.caption.text().startswith("Result 2 of 2")
    bench.actions["previous"].trigger()
    assert bench.run.caption.startswith("Result 1 of 2")
    assert accepted(bench) == (7, 10, 20, 255)
    assert bench.run.state == "idle"


def test_discarding_goes_back_to_the_one_before(bench: Bench, photo: Path) -> None:
    two_results(bench, photo)
    bench.actions["discard"].trigger()
    assert bench.run.state == "result"
    assert not bench.actions["next"].isEnabled()
    assert accepted(bench) == (7, 10, 20, 255)


def test_a_cancelled_run_brings_the_waiting_result_back(bench: Bench, photo: Path) -> None:
    two_results(bench, photo)
    bench.generation.prompt, bench.generation.steps = "slow", 100
    bench.actions["run"].trigger()
    bench.wait_for(lambda: bench.run.level_time > 0)
    assert not bench.actions["accept"].isEnabled()
    bench.actions["cancel"].trigger()
    bench.wait_for(lambda: bench.run.state == "result")
    assert bench.run.caption.startswith("Result 2 of 2")
    assert accepted(bench) == (9, 10, 20, 255)


def test_a_first_picture_has_no_before(bench: Bench) -> None:
    bench.generation.prompt = "a house"
    run_with(bench, 7)
    bar = bench.window.result_bar
    assert bar.before.isHidden()
    assert not bar.accept.isHidden()
    canvas = bench.workspace.canvas
    shown = canvas.grab().toImage()
    bench.workspace.control.show_before(True)
    assert canvas.grab().toImage() == shown
    run_with(bench, 9)
    bench.actions["accept"].trigger()
    run_with(bench, 11)
    assert not bar.before.isHidden()


def test_a_notice_about_a_run_ends_with_its_result(bench: Bench, photo: Path) -> None:
    two_results(bench, photo)
    bench.workspace.control.notice("The region is small.")
    bench.actions["accept"].trigger()
    assert bench.run.message is None
    bench.run.message = Message("The disk is full.")
    run_with(bench, 9)
    bench.run.message = Message("The disk is full.")
    bench.actions["accept"].trigger()
    assert bench.run.message is not None
