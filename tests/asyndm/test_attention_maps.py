"""Attention maps against softmax written out, and the masks of eq. 7."""

from typing import Any

import diffusers
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from asyndm.attention_maps import AttentionMaps, cross_attention_layers, token_masks
from asyndm.errors import EngineError, ModelError


def three_level_unet(**changes: Any) -> Any:
    torch.manual_seed(0)
    config: dict[str, Any] = {
        "sample_size": 16, "in_channels": 4, "out_channels": 4, "cross_attention_dim": 24,
        "block_out_channels": (16, 32, 32), "layers_per_block": 1, "attention_head_dim": 4,
        "norm_num_groups": 8,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    }  # fmt: skip
    kind: Any = diffusers.UNet2DConditionModel
    unet = kind(**{**config, **changes})
    with torch.no_grad():
        for parameter in unet.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    unet.eval().requires_grad_(requires_grad=False)
    return unet


class Explicit:
    """Softmax of all cross-attention written out from the layers' own projections."""

    def __init__(self, layers: list[nn.Module]) -> None:
        self.maps: list[Tensor] = []
        for layer in layers:
            layer.register_forward_hook(self.see, with_kwargs=True)

    def see(self, layer: Any, args: Any, kwargs: Any, _output: Any) -> None:
        hidden, text = args[0], kwargs["encoder_hidden_states"]
        q, k = layer.to_q(hidden), layer.to_k(text)
        q, k = (x.unflatten(-1, (layer.heads, -1)).transpose(1, 2) for x in (q, k))
        self.maps.append((q @ k.transpose(-1, -2) * layer.scale).softmax(-1).mean(1))


@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize(("divisor", "layers"), [(2, 3), (4, 4)])
@pytest.mark.parametrize("size", [(16, 16), (16, 24)])
def test_maps_equal_the_explicit_softmax(
    divisor: int, layers: int, size: tuple[int, int], guided: bool
) -> None:
    unet = three_level_unet()
    batch = 2 if guided else 1
    x, text = torch.randn((batch, 4, *size)), torch.randn((batch, 9, 24))
    chosen = cross_attention_layers(unet, divisor)
    assert len(chosen) == layers
    explicit = Explicit(chosen)
    stock = unet(x, 500, encoder_hidden_states=text).sample
    expected = torch.stack(explicit.maps).mean(0)[-1:]
    with AttentionMaps(unet, [(2,), (4, 5)], divisor=divisor, guided=guided) as maps:
        out = unet(x, 500, encoder_hidden_states=text).sample
        taken = maps.take(*size)
    assert torch.equal(out, stock)
    small = (size[0] // divisor, size[1] // divisor)
    rabbit = expected[..., 2].reshape(1, *small)
    pieces = expected[..., 4:6].mean(-1).reshape(1, *small)
    wanted = F.interpolate(torch.stack([rabbit, pieces], 1), size=size, mode="nearest")
    torch.testing.assert_close(taken, wanted, rtol=0, atol=1e-6)


def test_only_the_used_layers_are_touched() -> None:
    unet = three_level_unet()
    chosen = set(cross_attention_layers(unet, 4))
    with AttentionMaps(unet, [(1,)], divisor=4, guided=False):
        hooked = {m for m in unet.modules() if m._forward_pre_hooks or m._forward_hooks}
    assert hooked == chosen
    assert not any(m._forward_pre_hooks or m._forward_hooks for m in unet.modules())


def test_attention_is_restored_after_an_error() -> None:
    unet = three_level_unet()
    x, text = torch.randn((1, 4, 16, 16)), torch.randn((1, 9, 24))
    stock = unet(x, 500, encoder_hidden_states=text).sample
    with AttentionMaps(unet, [(1,)], divisor=4, guided=False) as maps:
        with pytest.raises(RuntimeError):
            unet(x, 500, encoder_hidden_states=text[..., :5])
        wrong = AttentionMaps(unet, [(40,)], divisor=2, guided=False)
        with wrong, pytest.raises(IndexError):  # token 40 of 9: fails inside the function mode
            unet(x, 500, encoder_hidden_states=text)
        assert torch._C._len_torch_function_stack() == 0
        again = unet(x, 500, encoder_hidden_states=text).sample
        assert maps.take(16, 16).shape == (1, 1, 16, 16)
    assert torch.equal(again, stock)


def test_nothing_recorded_is_an_error() -> None:
    with (
        AttentionMaps(three_level_unet(), [(1,)], divisor=4) as maps,
        pytest.raises(EngineError, match="could not be read"),
    ):
        maps.take(16, 16)


@pytest.mark.parametrize("divisor", [1, 3, 8])
def test_refuses_a_resolution_without_cross_attention(divisor: int) -> None:
    with pytest.raises(ModelError, match=f"1/{divisor}"):
        cross_attention_layers(three_level_unet(), divisor)


def test_masks_of_equation_7() -> None:
    attention = torch.tensor([[[[0.0, 1.0], [2.0, 3.0]], [[4.0, 0.0], [0.0, 0.0]]]])
    assert token_masks(attention).int().tolist() == [[[[0, 0], [1, 1]], [[1, 0], [0, 0]]]]
    assert token_masks(attention, 0.5).int().tolist() == [[[[0, 1], [1, 1]], [[1, 0], [0, 0]]]]
    assert token_masks(torch.ones((1, 1, 2, 2))).all()  # at least the mean: a flat map is all ones


def test_a_pixel_claimed_twice_goes_to_the_largest_concavity() -> None:
    attention = torch.tensor([[[[9.0, 9.0, 0.0]], [[0.0, 9.0, 9.0]], [[0.0, 9.0, 0.0]]]])
    alone = token_masks(attention, concavity=torch.tensor([0.3, 0.7, 0.7]))
    assert alone.int().tolist() == [[[[1, 0, 0]], [[0, 1, 1]], [[0, 0, 0]]]]
    zero = token_masks(attention, concavity=torch.tensor([0.0, 0.0, 0.0]))
    assert zero.sum(dim=1).tolist() == [[[1, 1, 1]]]


def test_maps_are_right_where_the_products_exceed_float16() -> None:
    generator = torch.Generator().manual_seed(0)
    query = 20 * torch.randn((1, 2, 16, 64), generator=generator).half()
    key = 20 * torch.randn((1, 2, 9, 64), generator=generator).half()
    query, key = query + 35, key + 35  # q.k is about 80,000; float16 ends at 65,504
    assert torch.isinf(query @ key.transpose(-1, -2)).any()
    maps = AttentionMaps(three_level_unet(), [(1,), (2, 3)], guided=False)
    maps._record(query, key, None, None)
    expected = (query.double() @ key.double().transpose(-1, -2) / 8).softmax(-1).mean(1)
    assert maps._sum is not None
    torch.testing.assert_close(maps._sum.double(), expected[..., 1:4], rtol=0, atol=1e-3)
