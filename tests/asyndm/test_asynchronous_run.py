"""The whole asynchronous run against a direct computation, and what each task must keep."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, cast, get_args

import diffusers
import numpy as np
import pytest
import torch
from torch import Tensor

from asyndm.catalogue import Catalogue
from asyndm.conditioning import condition
from asyndm.denoise import LoopState, denoise
from asyndm.errors import EngineError
from asyndm.latents import decode, encode, from_bytes
from asyndm.loading import LoadedModel, load_model
from asyndm.picture_run import PictureRun
from asyndm.plan import resolve
from asyndm.request import Method, Region, Request
from asyndm.schedule import Schedule, advance_by_bisection
from asyndm.timestep_map import TimestepGrid, TimestepMap
from benchmarks.naive_per_pixel import naive_per_pixel_time
from tests.asyndm.tiny_models import tiny_pipeline_folder

PROMPT = "a red ball"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tiny_pipeline_folder(tmp_path_factory.mktemp("model") / "tiny")
    return load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def inpaint_model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tiny_pipeline_folder(tmp_path_factory.mktemp("model") / "inpaint", inpaint=True)
    return load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)


def half_masked(concavity: float = 0.7) -> Region:
    mask = np.zeros((64, 64), np.float32)
    mask[:, 32:] = 1
    return Region(mask=mask, concavity=concavity)


def start(model: LoadedModel, request: Request) -> PictureRun:
    plan = resolve(request, model.info)
    return PictureRun(model, plan, condition(model, plan), 0)


def states(run: PictureRun) -> list[LoopState]:
    for _ in run.prepare():
        pass
    return list(run.run())


def direct_run(model: LoadedModel, request: Request, eta: float) -> Iterator[Tensor]:
    """The method computed the long way for a mask of the right half and DDIM.

    Every pixel's embedding is computed by itself, the concave step is solved by bisection, and
    the sampler's formula is written with one alpha-bar per pixel.
    """
    steps, w = request.steps, request.regions[0].concavity
    scheduler: Any = diffusers.DDIMScheduler
    stock = scheduler.from_config(model.pipeline.scheduler.config)
    stock.set_timesteps(steps)
    grid: list[float] = stock.timesteps.double().tolist()
    grid = [2 * grid[0] - grid[1], *grid]
    concave = Schedule(request.schedule, w)
    generator = torch.Generator().manual_seed(request.seed)
    x = torch.randn((1, 4, 16, 16), generator=generator)
    text = model.family.encode(request.prompt, "", guided=True).embeddings
    linear, late = 1.0, 1.0

    def alpha(t: int) -> float:
        return float(stock.alphas_cumprod[t] if t >= 0 else stock.final_alpha_cumprod)

    def timestep(level: float) -> int:
        position = steps * (1 - level)
        below = min(int(position), steps - 1)
        part = position - below
        return min(round(grid[below] * (1 - part) + grid[below + 1] * part), 999)

    for call in range(-1, steps):
        before = (timestep(linear), timestep(late))
        if call < steps - 1:
            rest = (steps - 1 - call) / steps
            linear *= 1 - (1 / steps) / rest
            late = float(advance_by_bisection(concave, late, rest, 1 / steps))
            after = (timestep(linear), timestep(late))
        else:
            after = (-1, -1)
        if call < 0:
            continue
        times = torch.full((2, 16, 16), before[0])
        times[:, :, 8:] = before[1]
        with naive_per_pixel_time(model.pipeline.unet, times), torch.no_grad():
            out = model.pipeline.unet(torch.cat([x, x]), 0, encoder_hidden_states=text).sample
        eps = out[:1] + request.guidance * (out[1:] - out[:1])
        noise = torch.randn(x.shape, generator=generator) if eta > 0 else torch.zeros_like(x)
        following = torch.empty_like(x)
        for columns, t, t_next in ((slice(0, 8), before[0], after[0]),
                                   (slice(8, 16), before[1], after[1])):  # fmt: skip
            a, b = alpha(t), alpha(t_next)
            part, e = x[..., columns], eps[..., columns]
            clean = (part - (1 - a) ** 0.5 * e) / a**0.5
            s = eta * ((1 - b) / (1 - a)) ** 0.5 * (1 - a / b) ** 0.5
            following[..., columns] = (
                b**0.5 * clean + (1 - b - s * s) ** 0.5 * e + s * noise[..., columns]
            )
        x = following
        yield x


@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("schedule", ["quadratic", "exponential"])
def test_painted_region_equals_the_direct_computation(
    model: LoadedModel, schedule: Any, eta: float
) -> None:
    request = Request(prompt=PROMPT, steps=10, seed=4, guidance=3.0, eta=eta, schedule=schedule,
                      regions=(half_masked(),))  # fmt: skip
    for ours, direct in zip(
        states(start(model, request)), direct_run(model, request, eta), strict=True
    ):
        torch.testing.assert_close(ours.latents, direct, rtol=0, atol=2e-4)


def test_expected_picture_comes_close_to_the_final_one(model: LoadedModel) -> None:
    """The preview shows the clean latents that each prediction implies."""
    request = Request(prompt=PROMPT, steps=10, regions=(half_masked(),))
    run = states(start(model, request))
    far = [float((state.clean - run[-1].latents).abs().mean()) for state in run]
    assert far[-1] < 0.1 * far[0]
    assert far[-1] < 0.2


def test_region_is_decided_later_and_all_arrive_together(model: LoadedModel) -> None:
    request = Request(prompt=PROMPT, steps=10, regions=(half_masked(),))
    levels = torch.stack([state.level for state in states(start(model, request))])
    assert (levels[:8, :, 8:] > levels[:8, :, :8]).all()
    assert (levels[-1] == 0).all()
    assert (levels.diff(dim=0) <= 0).all()


def test_mask_of_one_call_steers_the_transition_after_the_next(
    model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the first mask exists the concave curve holds everywhere (after call 0 too)."""
    request = Request(prompt=PROMPT, steps=8, method="asyndm")
    run = start(model, request)
    seen: list[Tensor | None] = []
    see = run._steering.see

    def record(attention: Tensor) -> None:
        see(attention)
        seen.append(run._steering._attended)

    monkeypatch.setattr(run._steering, "see", record)
    followed = [state.concavity for state in run.run()]
    assert (followed[0] == 0.7).all()
    for call in range(1, 8):
        mask = seen[call - 1]
        assert mask is not None
        assert torch.equal(followed[call], mask)
    assert any(0 < float((w > 0).double().mean()) < 1 for w in followed)


def test_fixed_mask_is_that_of_the_averaged_standard_run(model: LoadedModel) -> None:
    request = Request(prompt=PROMPT, steps=6, method="asyndm_fixed")
    run = start(model, request)
    assert len(list(run.prepare())) == 6
    assert run.recording.attention is not None
    mean = run.recording.attention[0] / 6
    followed = [state.concavity > 0 for state in run.run()]
    for w in followed:
        assert torch.equal(w, mean >= mean.mean())


def test_no_object_word_runs_as_standard(model: LoadedModel) -> None:
    plain = states(start(model, Request(prompt=PROMPT, steps=4, method="standard")))[-1].latents
    methods: tuple[Method, ...] = ("asyndm", "asyndm_fixed")
    for method in methods:
        request = Request(prompt=PROMPT, steps=4, method=method, words=())
        run = start(model, request)
        assert not list(run.prepare())
        assert torch.equal(states(run)[-1].latents, plain)


def made_picture(model: LoadedModel, request: Request) -> "np.typing.NDArray[np.uint8]":
    """The picture a request makes."""
    run = start(model, request)
    with torch.no_grad():
        return decode(model.vae, states(run)[-1].latents, model.latent_format)


@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("method", get_args(Method))
def test_repair_keeps_latents_and_timesteps_of_the_run_that_made_the_picture(
    model: LoadedModel, method: Method, eta: float
) -> None:
    original = Request(prompt=PROMPT, steps=6, seed=9, eta=eta, method=method)
    made_by = start(model, original)
    recorded = states(made_by)
    with torch.no_grad():
        picture = decode(model.vae, recorded[-1].latents, model.latent_format)
    request = original.with_(task="repair", method="asyndm", recorded=original, image=picture,
                             regions=(half_masked(0.9),), concavity=0.3)  # fmt: skip
    run = start(model, request)
    repaired = states(run)
    assert run.notice == ""
    for ours, theirs in zip(repaired, recorded, strict=True):
        assert torch.equal(ours.latents[..., :8], theirs.latents[..., :8])
        assert torch.equal(ours.level[..., :8], theirs.level[..., :8])
        assert not torch.equal(ours.latents[..., 8:], theirs.latents[..., 8:])
    assert (repaired[2].level[..., 8:] >= recorded[2].level[..., 8:]).all()


def test_repair_of_the_whole_picture_lets_the_rest_follow(model: LoadedModel) -> None:
    original = Request(prompt=PROMPT, steps=4, seed=9, method="standard")
    picture = made_picture(model, original)
    request = original.with_(task="repair", method="asyndm", image=picture, whole_picture=True,
                             regions=(half_masked(),))  # fmt: skip
    run = start(model, request)
    assert not list(run.prepare())
    free = list(run.run())[-1].latents
    kept = states(start(model, request.with_(whole_picture=False)))[-1].latents
    assert not torch.equal(free[..., :8], kept[..., :8])


def test_other_seed_and_prompt_change_the_region_alone(model: LoadedModel) -> None:
    original = Request(prompt=PROMPT, steps=4, seed=9, method="standard")
    picture = made_picture(model, original)
    repair = original.with_(task="repair", method="asyndm", image=picture, regions=(half_masked(),))
    first = states(start(model, repair))[-1].latents
    run = start(model, repair.with_(seed=77, prompt="a blue ball", recorded=original))
    second = states(run)[-1].latents
    assert run.notice == ""
    assert torch.equal(first[..., :8], second[..., :8])
    assert not torch.equal(first[..., 8:], second[..., 8:])


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 128, "height": 128},
        {"regions": (Region(mask=np.ones((128, 128), np.float32)),)},
        {"model": "another model"},
    ],
)
def test_repair_with_the_record_of_another_size_or_model_fits_what_is_there(
    model: LoadedModel, changes: dict[str, Any]
) -> None:
    original = Request(prompt=PROMPT, steps=2, seed=9, method="standard")
    picture = made_picture(model, original)
    recorded = original.with_(**changes)
    request = original.with_(task="repair", method="asyndm", image=picture,
                             regions=(half_masked(),), recorded=recorded)  # fmt: skip
    run = start(model, request)
    assert not list(run.prepare())
    assert "do not give this picture" in run.notice
    assert len(list(run.run())) == 2


def test_repair_follows_a_record_that_names_the_model_in_another_way(model: LoadedModel) -> None:
    original = Request(prompt=PROMPT, steps=2, seed=9, method="standard")
    picture = made_picture(model, original)
    for name in (model.info.name, str(model.info.path)):
        request = original.with_(task="repair", image=picture, regions=(half_masked(),),
                                 recorded=original.with_(model=name))  # fmt: skip
        run = start(model, request)
        assert list(run.prepare())
        assert run.notice == ""


def test_repair_of_a_picture_that_was_changed_since_fits_what_is_there(model: LoadedModel) -> None:
    """The record no longer gives the picture: its own latents are kept, and a notice says so."""
    original = Request(prompt=PROMPT, steps=4, seed=9, method="standard")
    picture = made_picture(model, original).copy()
    picture[8:24, 8:24] = 255 - picture[8:24, 8:24]
    request = original.with_(
        task="repair", method="asyndm", image=picture, regions=(half_masked(),)
    )
    run = start(model, request)
    last = states(run)[-1].latents
    assert "do not give this picture" in run.notice
    with torch.no_grad():
        known = encode(model.vae, from_bytes(picture), model.latent_format, None)
    assert torch.equal(last[..., :8], known[..., :8])
    run = start(
        model, request.with_(image=made_picture(model, original), steps=6, recorded=original)
    )
    assert not list(run.prepare())  # other steps: nothing to follow, so nothing is run in vain
    assert run.notice
    inside = made_picture(model, original).copy()
    inside[:, 32:] = 0
    run = start(model, request.with_(image=inside))
    states(run)
    assert run.notice == ""


def test_blending_keeps_the_picture_at_each_pixels_own_time(model: LoadedModel) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    request = Request(task="inpaint", prompt=PROMPT, image=picture, steps=6, seed=2,
                      regions=(half_masked(),))  # fmt: skip
    run = start(model, request)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        known = encode(model.vae, from_bytes(picture), model.latent_format, generator)
    noise = torch.randn(known.shape, generator=generator)
    stock: Any = diffusers.DDIMScheduler
    scheduler = stock.from_config(model.pipeline.scheduler.config)
    scheduler.set_timesteps(6)
    times = [*scheduler.timesteps.tolist()[1:], None]
    for state, t in zip(states(run), times, strict=True):
        expected = known if t is None else scheduler.add_noise(known, noise, torch.tensor([t]))
        torch.testing.assert_close(state.latents[..., :8], expected[..., :8], rtol=0, atol=1e-5)


def test_inpainting_network_sees_mask_and_masked_picture(inpaint_model: LoadedModel) -> None:
    picture = np.full((64, 64, 3), 200, np.uint8)
    request = Request(
        task="inpaint", prompt=PROMPT, image=picture, steps=2, regions=(half_masked(),)
    )
    inputs: list[Tensor] = []
    handle = inpaint_model.pipeline.unet.conv_in.register_forward_pre_hook(
        lambda _m, args: inputs.append(args[0])
    )
    states(start(inpaint_model, request))
    handle.remove()
    assert len(inputs) == 2
    mask = inputs[0][:, 4]
    assert (mask[..., :8] == 0).all()
    assert (mask[..., 8:] == 1).all()
    assert torch.equal(inputs[0][:, 4:], inputs[1][:, 4:])


@pytest.mark.parametrize("strength", [0.3, 0.75])
def test_lower_strength_runs_fewer_steps_from_the_noised_picture(
    model: LoadedModel, strength: float
) -> None:
    picture = np.full((64, 64, 3), 200, np.uint8)
    request = Request(task="inpaint", prompt=PROMPT, image=picture, steps=8, strength=strength,
                      regions=(half_masked(),))  # fmt: skip
    run = states(start(model, request))
    assert len(run) == int(8 * strength)
    assert (run[-1].level == 0).all()


def test_same_request_same_picture_bit_for_bit(model: LoadedModel) -> None:
    request = Request(prompt=PROMPT, steps=4, seed=1, eta=1.0, method="asyndm")
    first = states(start(model, request))[-1].latents
    second = states(start(model, request))[-1].latents
    assert torch.equal(first, second)
    other = states(start(model, request.with_(seed=2)))[-1].latents
    assert not torch.equal(first, other)


def test_model_is_left_as_it_was_when_a_run_is_dropped_in_the_middle(model: LoadedModel) -> None:
    run = start(model, Request(prompt=PROMPT, steps=4, regions=(half_masked(),)))
    steps = cast("Generator[LoopState]", run.run())
    next(steps)
    steps.close()
    hooks = [m for m in model.pipeline.unet.modules() if m._forward_pre_hooks or m._forward_hooks]
    assert not hooks


def test_invalid_numbers_end_the_run_with_a_sentence() -> None:
    grid = TimestepGrid([981.0, 481.0], train_sigmas=torch.linspace(0.1, 15, 1000).double())
    time = TimestepMap(grid, "quadratic", (2, 2))
    time.advance(0.0)

    def broken(x: Tensor, _t: Tensor) -> Tensor:
        return x * float("nan")

    loop = denoise(
        torch.ones((1, 4, 2, 2)), time, predict=broken,
        step=lambda _x, prediction, _t, _t_next: (prediction, prediction),
        steer=lambda: torch.zeros((2, 2), dtype=torch.float64), keep=lambda x, _call, _t: x,
    )  # fmt: skip
    with pytest.raises(EngineError, match=r"NaN.*step 1") as error:
        next(loop)
    assert error.value.retryable


def test_folder_path_is_a_path(tmp_path: Path) -> None:
    """A model is found by its folder as well as by its name."""
    folder = tiny_pipeline_folder(tmp_path / "somewhere")
    assert Catalogue().find(str(folder)).path == folder
