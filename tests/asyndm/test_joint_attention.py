"""Maps of object tokens from joint attention, against a softmax that is written out."""

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from asyndm.errors import EngineError
from asyndm.joint_attention import JointAttentionMaps
from asyndm.log_sum_exp import _by_hand, attention_with_lse
from asyndm.per_pixel_time import per_pixel_time
from tests.asyndm.test_token_time import CALLS, WORDS, FluxCall, Sd3Call

POSITIONS = [(1,), (3, 4)]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("bias", ["none", "float", "bool", "text"])
def test_columns_from_the_log_sum_exp_equal_the_softmax(dtype: torch.dtype, bias: str) -> None:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn((2, 3, 700, 16), generator=generator).to(dtype) for _ in range(3))
    mask: Tensor | None = None
    if bias != "none":
        mask = torch.rand((2, 1, 700, 700), generator=generator) > 0.3
        if bias == "float":
            mask = torch.randn((2, 1, 700, 700), generator=generator).to(dtype)
        if bias == "text":  # which words of each sample are padding: the same for every query
            mask = (
                torch.arange(700)[None, None, None] < torch.tensor([690, 650])[:, None, None, None]
            )
    out, lse = attention_with_lse(q, k, v, mask, 0.3)
    stock = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=0.3)
    torch.testing.assert_close(out, stock, rtol=0, atol=1e-2 if dtype == torch.bfloat16 else 1e-5)
    logits = 0.3 * (q.double() @ k.double().transpose(-1, -2))
    if mask is not None:
        is_bool = mask.dtype == torch.bool
        logits = logits.masked_fill(~mask, -math.inf) if is_bool else logits + mask
    columns = [5, 600]
    ours = (logits[..., columns] - lse.double()[..., None]).exp()
    wanted = logits.softmax(-1)[..., columns]
    exact = 1e-14 if dtype == torch.float64 else 1e-5
    torch.testing.assert_close(ours, wanted, rtol=0, atol=exact)
    if dtype != torch.bfloat16:
        additive = mask
        if mask is not None and mask.dtype == torch.bool:
            additive = torch.zeros(mask.shape, dtype=dtype).masked_fill(~mask, -math.inf)
        by_hand = _by_hand(q, k, additive, 0.3)
        torch.testing.assert_close(by_hand.float(), lse.float(), rtol=0, atol=1e-5)


class WrittenOut(TorchFunctionMode):
    """Collects the probabilities of every attention call, written out."""

    def __init__(self) -> None:
        super().__init__()
        self.probabilities: list[Tensor] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is F.scaled_dot_product_attention:
            named = {**dict(zip(("query", "key"), args, strict=False)), **(kwargs or {})}
            q, k = named["query"], named["key"]
            scale = 1 / math.sqrt(q.shape[-1])
            self.probabilities.append((scale * q @ k.transpose(-1, -2)).softmax(-1))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("name", CALLS)
def test_maps_equal_the_softmax_written_out(name: str, guided: bool) -> None:
    call = CALLS[name](2)
    at = 0.6 * call.unit
    written = WrittenOut()
    with written:
        stock = call(at)
    count = call.grid[0] * call.grid[1]
    columns = [[1], [3, 4]]
    wanted = []
    for p in written.probabilities:
        if isinstance(call, FluxCall):
            image = p[:, :, WORDS : WORDS + count, :WORDS]
        elif p.shape[-1] == count:
            continue  # the image alone, in SD 3.5's dual blocks
        else:
            image = p[:, :, :count, count:]
        wanted.append(torch.stack([image[..., c].mean(-1).mean(1) for c in columns], 1))
    mean = torch.stack(wanted).mean(0).reshape(2, 2, *call.grid)
    with JointAttentionMaps(call.model, POSITIONS, call.grid, guided=guided) as maps:
        torch.testing.assert_close(call(at), stock, rtol=0, atol=1e-5)
        found = maps.take()
    torch.testing.assert_close(found, mean[1:] if guided else mean, rtol=0, atol=1e-6)
    assert torch.equal(call(at), stock)


def test_maps_and_token_time_work_together() -> None:
    call = Sd3Call(1)
    with per_pixel_time(call.model) as clock:
        clock.set(torch.full(call.grid, 400.0))
        with JointAttentionMaps(call.model, POSITIONS, call.grid, guided=False) as maps:
            call(0.0)
            together = maps.take()
    with JointAttentionMaps(call.model, POSITIONS, call.grid, guided=False) as maps:
        call(400.0)
        torch.testing.assert_close(maps.take(), together, rtol=0, atol=1e-5)
        with pytest.raises(EngineError, match="could not be read"):
            maps.take()
