"""Per-pixel time inside compiled blocks: traced whole, and never traced again for another map."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch._dynamo.testing import CompileCounterWithBackend
from torch._dynamo.utils import counters

from asyndm.per_pixel_time import per_pixel_time
from tests.asyndm.test_time_beside_other_techniques import EVERY_CALL, a_map, same, with_map

BLOCKS = ("JointTransformerBlock", "FluxTransformerBlock", "FluxSingleTransformerBlock")


@pytest.fixture(autouse=True)
def forget_graphs() -> Iterator[None]:
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


def compiled(model: Any) -> CompileCounterWithBackend:
    """Compile the first block of each kind as ``compile_repeated_blocks`` does; counts graphs."""
    counter = CompileCounterWithBackend("eager")
    first = {type(m).__name__: m for m in reversed(list(model.modules()))}
    for module in [first[n] for n in BLOCKS if n in first] or [model.down_blocks[0].resnets[0]]:
        module.compile(fullgraph=True, backend=counter)
    return counter


@pytest.mark.parametrize("name", ["sd1", "sd3.5", "kontext"])
def test_one_more_trace_serves_every_map(name: str) -> None:
    call = EVERY_CALL[name](2)
    at = 0.4 * call.unit
    stock = call(at)
    plain = {distinct: with_map(call, distinct) for distinct in (2, 14)}
    counter = compiled(call.model)
    same(call(at), stock)
    before = counter.frame_count
    assert before > 0
    with per_pixel_time(call.model) as clock:
        clock.set(a_map(call, 2))
        same(call(0.0), plain[2])  # as many timesteps as samples: not the graph of the stock call
        traced = counter.frame_count
        assert traced > before
        for distinct in (14, 2):
            clock.set(a_map(call, distinct))
            same(call(0.0), plain[distinct])
        assert counter.frame_count == traced
    same(call(at), stock)
    # Another picture: its graph must not hold the rows of the first.
    same(with_map(call, 14), plain[14])
    assert not counters["graph_break"]
