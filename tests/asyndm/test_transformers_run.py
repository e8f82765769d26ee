"""SD 3.5 and FLUX.1 on the engine: the stock pipelines' results, and pixels in their own time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from asyndm.catalogue import Catalogue
from asyndm.conditioning import condition
from asyndm.denoise import LoopState
from asyndm.engine import Engine
from asyndm.errors import RequestError
from asyndm.events import Failed, Finished, Notice, Step
from asyndm.loading import LoadedModel, load_model
from asyndm.picture_run import PictureRun
from asyndm.plan import resolve
from asyndm.request import Region, Request
from tests.asyndm.stock_pipelines import inpaint_inputs
from tests.asyndm.tiny_transformers import tiny_flux_folder, tiny_sd3_folder

TOLERANCE = 1e-4
SIDE = 64
PROMPT = "a red ball on a yellow cat"
FAMILIES = ("sd3", "dev", "schnell")


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    base = tmp_path_factory.mktemp("transformers")
    made: dict[str, Path] = {}

    def folder(kind: Any) -> Path:
        if kind not in made:
            make = tiny_sd3_folder if kind == "sd3" else tiny_flux_folder
            made[kind] = make(base / kind) if kind == "sd3" else tiny_flux_folder(base / kind, kind)
        return made[kind]

    return folder


def load(folder: Path) -> LoadedModel:
    return load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)


def run_of(model: LoadedModel, request: Request) -> PictureRun:
    plan = resolve(request, model.info)
    run = PictureRun(model, plan, condition(model, plan), 0)
    for _ in run.prepare():
        pass
    return run


def states(model: LoadedModel, request: Request) -> list[LoopState]:
    return list(run_of(model, request).run())


def stock(folder: Path, kind: str, absent: tuple[str, ...] = (), **swapped: Any) -> Any:
    pipeline: Any = getattr(diffusers, kind).from_pretrained(folder, **dict.fromkeys(absent))
    for name, part in swapped.items():
        setattr(pipeline, name, part(pipeline))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def stock_result(pipeline: Any, request: Request, *, width: int = SIDE, **extra: Any) -> Tensor:
    """The latents that a stock pipeline ends with, unpacked."""
    is_flux = type(pipeline).__name__.startswith("Flux")
    if not is_flux:
        extra["negative_prompt"] = request.negative_prompt or None
    elif request.true_guidance > 1:
        extra |= {"negative_prompt": request.negative_prompt,
                  "true_cfg_scale": request.true_guidance}  # fmt: skip
    latents: Tensor = pipeline(
        prompt=request.prompt, num_inference_steps=request.steps, height=SIDE, width=width,
        guidance_scale=request.guidance, output_type="latent",
        generator=torch.Generator().manual_seed(request.seed), **extra,
    ).images  # fmt: skip
    if not is_flux:
        return latents
    unpacked: Tensor = pipeline._unpack_latents(latents, SIDE, width, pipeline.vae_scale_factor)
    return unpacked


def asked(**settings: Any) -> Request:
    return Request(**{"prompt": PROMPT, "steps": 6, "seed": 3, "guidance": 4.0, **settings})


def picture(columns: int = 8) -> "np.typing.NDArray[np.uint8]":
    coarse = np.random.default_rng(3).integers(0, 256, (8, columns, 3), dtype=np.uint8)
    return coarse.repeat(8, axis=0).repeat(8, axis=1)


def block(concavity: float = 0.7) -> Region:
    """A region that covers whole tokens."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[16:40, 24:48] = 1
    return Region(mask=mask, concavity=concavity)


def difference(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max())


KINDS = {"sd3": "StableDiffusion3Pipeline", "dev": "FluxPipeline", "schnell": "FluxPipeline"}


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("steps", [5, 12, 20])
def test_generate_equals_stock(folder_of: Callable[[str], Path], kind: str, steps: int) -> None:
    folder = folder_of(kind)
    request = asked(method="standard", negative_prompt="blue", steps=steps, width=SIDE, height=SIDE)
    ours = states(load(folder), request)[-1].latents
    assert difference(ours, stock_result(stock(folder, KINDS[kind]), request)) <= TOLERANCE


def test_flux_guided_by_a_negative_prompt_equals_stock(folder_of: Callable[[str], Path]) -> None:
    folder = folder_of("dev")
    request = asked(method="standard", negative_prompt="blue", true_guidance=3.0,
                    width=SIDE, height=SIDE)  # fmt: skip
    ours = states(load(folder), request)[-1].latents
    expected = stock_result(stock(folder, "FluxPipeline"), request)
    assert difference(ours, expected) <= TOLERANCE
    plain = states(load(folder), request.with_(true_guidance=1.0))[-1].latents
    assert difference(ours, plain) > 0.01


def test_heun_equals_stock(folder_of: Callable[[str], Path]) -> None:
    folder = folder_of("sd3")
    heun: Any = diffusers.FlowMatchHeunDiscreteScheduler
    request = asked(method="standard", sampler="flow_heun", width=SIDE, height=SIDE)
    pipeline = stock(folder, "StableDiffusion3Pipeline", scheduler=lambda _: heun(shift=3.0))
    ours = states(load(folder), request)[-1].latents
    assert difference(ours, stock_result(pipeline, request)) <= TOLERANCE


@pytest.mark.parametrize("spacing", ["use_karras_sigmas", "use_exponential_sigmas", "linear shift"])
def test_other_spacings_equal_stock(tmp_path: Path, spacing: str) -> None:
    settings: dict[str, Any] = {spacing: True}
    if spacing == "linear shift":
        settings = {"use_dynamic_shifting": True, "time_shift_type": "linear"}
    folder = tiny_sd3_folder(tmp_path / "model", **settings)
    request = asked(method="standard", width=SIDE, height=SIDE)
    ours = states(load(folder), request)[-1].latents
    expected = stock_result(stock(folder, "StableDiffusion3Pipeline"), request)
    assert difference(ours, expected) <= TOLERANCE


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("sd3", "StableDiffusion3InpaintPipeline"),
        ("dev", "FluxInpaintPipeline"),
        ("fill", "FluxFillPipeline"),
    ],
)
@pytest.mark.parametrize("strength", [1.0, 0.55])
@pytest.mark.parametrize("painted", [False, True])
def test_inpaint_in_linear_time_equals_stock(
    folder_of: Callable[[str], Path], kind: str, name: str, strength: float, painted: bool
) -> None:
    folder = folder_of(kind)
    regions = (block(concavity=0.0),) if painted else ()
    request = asked(task="inpaint", image=picture(), strength=strength, regions=regions)
    inputs = inpaint_inputs(request)
    for side in ("height", "width"):
        inputs.pop(side)
    ours = states(load(folder), request)[-1].latents
    assert difference(ours, stock_result(stock(folder, name), request, **inputs)) <= TOLERANCE


def test_edit_equals_stock(folder_of: Callable[[str], Path]) -> None:
    folder = folder_of("kontext")
    request = asked(task="edit", prompt="a blue ball", image=picture())
    pipeline = stock(folder, "FluxKontextPipeline")
    expected = stock_result(
        pipeline, request, image=Image.fromarray(picture()),
        _auto_resize=False, max_area=SIDE * SIDE,
    )  # fmt: skip
    ours = states(load(folder), request)[-1].latents
    assert difference(ours, expected) <= TOLERANCE
    # An empty mask changes nothing, nor does a region in linear time.
    blank = Region(mask=np.zeros((SIDE, SIDE), np.float32))
    for regions in ((blank,), (block(0.0),)):
        assert torch.equal(states(load(folder), request.with_(regions=regions))[-1].latents, ours)


WIDE = 96


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("sd3", "StableDiffusion3Pipeline"),
        ("dev", "FluxPipeline"),
        ("fill", "FluxFillPipeline"),
        ("kontext", "FluxKontextPipeline"),
    ],
)
def test_pictures_that_are_not_square_equal_stock(
    folder_of: Callable[[str], Path], kind: str, name: str
) -> None:
    folder, image = folder_of(kind), picture(WIDE // 8)
    extra: dict[str, Any] = {}
    request = asked(method="standard", width=WIDE, height=SIDE)
    if kind == "fill":
        mask = np.zeros((SIDE, WIDE), np.float32)
        mask[16:40, 48:88] = 1
        region = Region(mask=mask, concavity=0.0)
        request = asked(task="inpaint", image=image, regions=(region,))
        extra = inpaint_inputs(request)
        for side in ("height", "width"):
            extra.pop(side)
    elif kind == "kontext":
        request = asked(task="edit", image=image)
        extra = {"image": Image.fromarray(image), "_auto_resize": False, "max_area": SIDE * WIDE}
    ours = states(load(folder), request)[-1].latents
    assert ours.shape[-2:] == (SIDE // 4, WIDE // 4)
    expected = stock_result(stock(folder, name), request, width=WIDE, **extra)
    assert difference(ours, expected) <= TOLERANCE


@pytest.mark.parametrize("kind", ["sd3", "dev"])
def test_the_known_part_is_known_to_the_second_call_of_heun_too(
    folder_of: Callable[[str], Path], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call sees the picture outside the region noised to the sigma that the call is at."""
    model = load(folder_of(kind))
    request = asked(task="inpaint", image=picture(), sampler="flow_heun", steps=4, guidance=1.0,
                    regions=(block(0.0),))  # fmt: skip
    run = run_of(model, request)
    seen: list[Tensor] = []
    family = model.family
    predict = family.predict

    def watched(latents: Tensor, t: Tensor, given: Any) -> Tensor:
        seen.append(latents.clone())
        sigma = t.float() / 1000
        assert run._known is not None
        outside = ~run._steering.area
        known = sigma * run._noise + (1 - sigma) * run._known
        torch.testing.assert_close(latents[..., outside], known[..., outside], rtol=0, atol=1e-5)
        return predict(latents, t, given)

    monkeypatch.setattr(family, "predict", watched)
    list(run.run())
    assert len(seen) == 2 * 4 - 1


@pytest.mark.parametrize("kind", ["sd3", "dev", "fill", "kontext"])
def test_a_region_is_decided_later_token_by_token(
    folder_of: Callable[[str], Path], kind: str
) -> None:
    """A mask that cuts through tokens takes the whole of them, and all arrive together."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[17:19, 30:45] = 1
    task = {"sd3": "inpaint", "dev": "inpaint", "fill": "inpaint", "kontext": "edit"}[kind]
    request = asked(task=task, image=picture(), regions=(Region(mask=mask, concavity=0.7),))
    seen = states(load(folder_of(kind)), request)
    levels = torch.stack([state.level for state in seen])
    late = levels[2] > levels[2].min()
    rows, columns = torch.where(late)
    assert (int(rows.min()), int(rows.max())) == (4, 5)
    assert (int(columns.min()), int(columns.max())) == (6, 11)
    assert int(late.sum()) == 12
    assert (levels[-1] == 0).all()
    assert (levels.diff(dim=0) <= 0).all()


@pytest.mark.parametrize("kind", FAMILIES)
def test_attention_steers_and_is_told(folder_of: Callable[[str], Path], kind: str) -> None:
    engine = Engine(model=str(folder_of(kind)), device="cpu")
    request = asked(prompt="a cat at night", steps=4, width=SIDE, height=SIDE)
    events = list(engine.run(request))
    finished = events[-1]
    assert isinstance(finished, Finished), finished
    assert finished.words == ("cat",)
    assert finished.attention.shape == (1, 1, 16, 16)
    steps = [event for event in events if isinstance(event, Step)]
    assert 0 < float((steps[-1].mask > 0).mean()) < 1
    # A token is two by two latent pixels.
    blocks = finished.attention[0, 0].reshape(8, 2, 8, 2)
    assert (blocks == blocks[:, :1, :, :1]).all()


@pytest.mark.parametrize("kind", ["sd3", "dev"])
def test_repair_keeps_the_rest_of_the_recorded_run(
    folder_of: Callable[[str], Path], kind: str
) -> None:
    engine = Engine(model=str(folder_of(kind)), device="cpu")
    request = asked(width=SIDE, height=SIDE, method="standard")
    made = list(engine.run(request))[-1]
    assert isinstance(made, Finished)
    repair = request.with_(task="repair", method="asyndm", image=made.images[0], regions=(block(),))
    model = load(folder_of(kind))
    run = run_of(model, repair)
    assert run.notice == ""
    original, last = states(model, request), None
    for state, before in zip(run.run(), original, strict=True):
        area = run._steering.area
        assert torch.equal(state.latents[..., ~area], before.latents[..., ~area])
        last = state
    assert last is not None
    assert difference(last.latents, original[-1].latents) > 0.01


@pytest.mark.parametrize("kind", ["sd3", "dev"])
def test_a_region_with_a_prompt_of_its_own(folder_of: Callable[[str], Path], kind: str) -> None:
    model = load(folder_of(kind))
    own = Region(mask=block().mask, concavity=0.5, prompt="a yellow star")
    request = asked(
        width=SIDE, height=SIDE, regions=(own,), mask_source="union", negative_prompt="blue"
    )
    ours = states(model, request)[-1].latents
    without = states(model, request.with_(regions=(block(0.5),)))[-1].latents
    assert difference(ours, without) > 0.01


def test_without_t5_clip_alone_speaks(tmp_path: Path) -> None:
    folder = tiny_sd3_folder(tmp_path / "model", t5=False)
    model = load(folder)
    request = asked(method="standard", width=SIDE, height=SIDE)
    pipeline = stock(folder, "StableDiffusion3Pipeline", ("text_encoder_3", "tokenizer_3"))
    expected = stock_result(pipeline, request)
    assert difference(states(model, request)[-1].latents, expected) <= TOLERANCE
    plan = resolve(request.with_(method="asyndm"), model.info)
    assert condition(model, plan).positions == ((3,), (7,))


def test_words_are_found_in_both_texts_of_sd3(folder_of: Callable[[str], Path]) -> None:
    model = load(folder_of("sd3"))
    plan = resolve(asked(width=SIDE, height=SIDE), model.info)
    tokenizer = model.pipeline.tokenizer_3
    pieces = tokenizer.convert_ids_to_tokens(tokenizer(PROMPT).input_ids)
    found = condition(model, plan)
    assert found.words
    for word, where in zip(found.words, found.positions, strict=True):
        clip, t5 = where
        assert clip < 16 <= t5
        assert pieces[t5 - 16].strip("▁") == word.text


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"sampler": "ddim"}, "cannot use the sampler ddim; it can use flow_euler, flow_heun"),
        ({"width": 60, "height": 64}, "multiples of 8"),
        ({"task": "edit", "image": picture()}, "cannot edit; it can generate, repair, inpaint"),
    ],
)
def test_misfits_are_refused(
    folder_of: Callable[[str], Path], settings: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RequestError, match=reason):
        Engine(model=str(folder_of("sd3")), device="cpu").run(asked(**settings))


def test_a_long_prompt_says_what_was_cut(folder_of: Callable[[str], Path]) -> None:
    engine = Engine(model=str(folder_of("dev")), device="cpu")
    request = asked(prompt="red " * 511 + "yellow ball", steps=1, width=SIDE, height=SIDE, words=())
    events = list(engine.run(request))
    assert not isinstance(events[-1], Failed)
    texts = [event.text for event in events if isinstance(event, Notice)]
    assert any("this end of it was cut off: “yellow ball”" in text for text in texts)


@pytest.mark.parametrize(("kind", "scale"), [("sd3", "guidance"), ("dev", "true_guidance")])
def test_a_negative_prompt_without_effect_is_told(
    folder_of: Callable[[str], Path], kind: str, scale: str
) -> None:
    engine = Engine(model=str(folder_of(kind)), device="cpu")
    request = asked(steps=1, width=SIDE, height=SIDE, negative_prompt="blue")

    def told(value: float) -> list[str]:
        events = engine.run(request.with_(**{scale: value}))
        return [event.text for event in events if isinstance(event, Notice)]

    name = f"{scale.replace('_', ' ')} scale"
    assert told(1.0) == [f"The negative prompt has no effect, because that takes a {name} above 1."]
    assert told(2.0) == []
