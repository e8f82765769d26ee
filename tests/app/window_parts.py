"""Parts that tests of the whole window share."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from editing.flatten import flattened
from tests.app.studio import Bench


def pixels(bench: Bench) -> NDArray[np.uint8]:
    """The picture that the layers give: results lie in layers of their own."""
    assert bench.document.document is not None
    return flattened(bench.document.document.layers)


def ready_to_inpaint(bench: Bench, photo: Path, prompt: str = "a house") -> None:
    bench.open(photo)
    bench.paint(150, 100)
    bench.generation.mode = "inpaint"
    bench.generation.prompt = prompt
