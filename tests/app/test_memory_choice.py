"""After a lack of memory the window offers the next smaller setting, and it works."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.app.studio import Bench


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    bench.window.show()
    yield bench
    bench.close()


@pytest.mark.parametrize(
    ("prompt", "text", "side"),
    [
        ("narrow", "Try again at 48 x 48", 48),
        ("heavy", "Try again with parts moved to the GPU in turn", 128),
    ],
)
def test_the_button_runs_with_less_memory(bench: Bench, prompt: str, text: str, side: int) -> None:
    bench.generation.prompt = prompt
    bench.workspace.control.start()
    bench.wait_for(lambda: bench.run.message)
    message = bench.window.message_bar
    assert "needs about 13.2 GB, and 9.8 GB were free" in message.label.text()
    (button,) = message.choices
    assert button.text() == button.accessibleName() == text
    assert button.toolTip()
    button.click()
    bench.wait_for(lambda: bench.run.state == "result")
    assert bench.run.message is None
    assert not message.isVisible()
    bench.workspace.control.accept()
    assert bench.document.document is not None
    assert bench.document.document.size == (side, side)


def test_retry_goes_on_with_what_was_chosen_and_a_new_run_does_not(bench: Bench) -> None:
    bench.generation.prompt = "heavy fail"
    control = bench.workspace.control
    control.start()
    bench.wait_for(lambda: bench.run.message)
    bench.window.message_bar.choices[0].click()
    bench.wait_for(lambda: bench.run.message)
    assert bench.run.message is not None
    assert bench.run.message.text == "The script failed."
    assert not bench.run.message.choices
    control.retry()
    bench.wait_for(lambda: bench.run.message)
    assert bench.run.message.text == "The script failed."
    control.start()
    bench.wait_for(lambda: bench.run.message)
    assert bench.run.message.choices
