"""Records written by every released version must stay readable; a file is added per version."""

from pathlib import Path

import numpy as np

from asyndm.events import Step, event_from_record
from asyndm.records import from_json
from asyndm.request import Region, Request

RECORDS = Path(__file__).parent / "data" / "records"


def test_request_of_version_1() -> None:
    mask = np.zeros((8, 12), np.float32)
    mask[2:5, 3:9], mask[5, 3:9] = 1, 0.5
    original = Request(prompt="a person in a red shirt on grass", seed=7, steps=12, eta=1.0,
                       method="asyndm", words=("person",), sampler="ddim")  # fmt: skip
    expected = Request(
        task="repair", prompt=original.prompt, negative_prompt="blue", model="papertown", seed=8,
        steps=12, guidance=4.5, schedule="exponential", concavity=0.6, count=2, recorded=original,
        sampler="ddim",
        regions=(Region(mask=mask, concavity=0.9, name="arm"),),
        image=np.arange(8 * 12 * 3, dtype=np.uint8).reshape(8, 12, 3),
    )  # fmt: skip
    text = (RECORDS / "request-v1.json").read_text(encoding="utf-8")
    assert Request.from_record(from_json(text)) == expected


def test_step_of_version_1() -> None:
    text = (RECORDS / "step-v1.json").read_text(encoding="utf-8")
    step = event_from_record(from_json(text))
    assert isinstance(step, Step)
    assert (step.i, step.n, step.picture, step.pictures, step.phase) == (3, 12, 1, 2, "probe")
    assert (step.preview == 9).all()
    assert (step.level_map == 0.5).all()
    assert np.array_equal(step.mask, np.eye(2, 3, dtype=np.float32))
