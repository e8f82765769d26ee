"""Each test gets a display of its own."""

from collections.abc import Iterator

import pytest

from tests.end2end.screen import Screen, require_tools


@pytest.fixture
def screen() -> Iterator[Screen]:
    require_tools()
    screen = Screen()
    yield screen
    screen.close()
