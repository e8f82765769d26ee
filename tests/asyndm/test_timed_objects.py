"""Runs whose objects have a time of their own: by word, by region, and by an order."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import diffusers
import numpy as np
import pytest
import torch
from torch import Tensor

from asyndm.catalogue import Catalogue
from asyndm.conditioning import condition
from asyndm.engine import Engine
from asyndm.errors import RequestError
from asyndm.events import Finished
from asyndm.loading import LoadedModel, load_model
from asyndm.masks import attended_concavity, combined_concavity
from asyndm.object_order import parse_order
from asyndm.picture_run import PictureRun
from asyndm.plan import resolve
from asyndm.request import MaskSource, Region, Request
from benchmarks.naive_per_pixel import naive_per_pixel_time
from tests.asyndm.tiny_models import tiny_pipeline_folder

if TYPE_CHECKING:
    from asyndm.denoise import LoopState

STEPS = 8
REQUEST = Request(
    prompt="a red ball, a blue cat and yellow stars",
    steps=STEPS,
    seed=3,
    guidance=3.0,
    words=("ball", "cat", "stars"),
)
ORDER = parse_order("ball > cat > stars")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipeline_folder(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def model(folder: Path) -> LoadedModel:
    return load_model(Catalogue().find(str(folder)), torch.device("cpu"), torch.float32)


def half(*, left: bool, concavity: float = 0.7, name: str = "") -> Region:
    mask = np.zeros((64, 64), np.float32)
    mask[:, :32], mask[:, 32:] = left, not left
    return Region(mask=mask, concavity=concavity, name=name)


class Watched:
    """A whole run, with the attention maps of every call."""

    def __init__(self, model: LoadedModel, request: Request) -> None:
        plan = resolve(request, model.info)
        self.conditioning = condition(model, plan)
        run = PictureRun(model, plan, self.conditioning, 0)
        self.attention: list[Tensor] = []
        see = run._steering.see

        def watch(attention: Tensor) -> None:
            self.attention.append(attention)
            see(attention)

        for _ in run.prepare():
            pass
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(run._steering, "see", watch)
            self.states: list[LoopState] = list(run.run())

    @property
    def latents(self) -> Tensor:
        """Of all steps, (N, C, h, w)."""
        return torch.cat([state.latents for state in self.states])

    @property
    def concavity(self) -> Tensor:
        """What each transition followed, (N, h, w)."""
        return torch.stack([state.concavity for state in self.states])

    def claims(self, call: int) -> Tensor:
        """Eq. 7 written out for each object, bool (K, h, w)."""
        maps = self.attention[call]
        return torch.stack([one >= one.mean() for one in maps])


@pytest.mark.parametrize("source", ["attention", "union", "intersection"])
@pytest.mark.parametrize("method", ["asyndm", "asyndm_fixed"])
def test_equal_concavities_change_nothing(model: LoadedModel, method: Any, source: Any) -> None:
    regions = () if source == "attention" else (half(left=True, name="side"),)
    request = REQUEST.with_(method=method, mask_source=source, regions=regions)
    plain = Watched(model, request)
    equal = request.with_(word_concavity=(("ball", 0.7), ("cat", 0.7), ("stars", 0.7)))
    assert torch.equal(Watched(model, equal).latents, plain.latents)
    if method == "asyndm":
        painted = torch.zeros((16, 16), dtype=torch.float64)
        painted[:, :8] = 0.7 if regions else 0.0
        for call in range(1, STEPS):
            claimed = plain.claims(call - 1).any(dim=0)
            expected = {
                "attention": claimed.double() * 0.7,
                "union": torch.maximum(painted, claimed.double() * 0.7),
                "intersection": torch.where(claimed, painted, 0.0),
            }[source]
            assert torch.equal(plain.concavity[call], expected)


def values(w: Tensor) -> set[float]:
    """Which values a map has."""
    return {float(one) for one in w.flatten()}


def direct_latents(model: LoadedModel, run: Watched, w: list[float]) -> list[Tensor]:
    """The method computed the long way for objects of concavities `w`, DDIM with eta 0.

    The quadratic curve is drawn through each pixel's own point, every pixel's embedding is computed
    by itself, and the sampler's formula is written with one alpha-bar per pixel. The attention maps
    are those of the run; what is made of them is worked out again.
    """
    stock: Any = diffusers.DDIMScheduler
    scheduler = stock.from_config(model.pipeline.scheduler.config)
    scheduler.set_timesteps(STEPS)
    stops: list[float] = scheduler.timesteps.double().tolist()
    stops = [2 * stops[0] - stops[1], *stops]
    level = np.ones((16, 16))

    def timesteps() -> "np.typing.NDArray[np.int64]":
        position = np.clip(STEPS * (1 - level), 0, STEPS)
        found = np.interp(position, np.arange(STEPS + 1), stops)
        return np.minimum(np.rint(found), 999).astype(np.int64)

    def advance(call: int, late: "np.typing.NDArray[np.float64]") -> None:
        # The parabola of curvature -2 w through the present point and (1, 0), in the rest of time.
        rest = (STEPS - 1 - call) / STEPS
        left = rest - 1 / STEPS
        level[:] = np.minimum(level, -late * left**2 + (level / rest + late * rest) * left)

    def concavity(call: int) -> "np.typing.NDArray[np.float64]":
        if call < 1:
            return np.full((16, 16), w[-1])
        claims = run.claims(call - 1).numpy()
        late = np.zeros((16, 16))
        for claim, one in zip(claims, w, strict=True):
            late = np.maximum(late, np.where(claim, one, 0.0))
        return late

    def alpha(t: "np.typing.NDArray[np.int64]") -> Tensor:
        kept = scheduler.alphas_cumprod[torch.from_numpy(np.maximum(t, 0))].double()
        return torch.where(torch.from_numpy(t >= 0), kept, scheduler.final_alpha_cumprod.double())

    x = torch.randn((1, 4, 16, 16), generator=torch.Generator().manual_seed(REQUEST.seed))
    text = run.conditioning.given.embeddings
    found = []
    advance(-1, concavity(-1))
    for call in range(STEPS):
        now = timesteps()
        if call < STEPS - 1:
            advance(call, concavity(call))
        then = timesteps() if call < STEPS - 1 else np.full((16, 16), -1)
        times = torch.from_numpy(now).expand(2, 16, 16)
        with naive_per_pixel_time(model.network, times), torch.no_grad():
            network: Any = model.network
            out = network(torch.cat([x, x]), 0, encoder_hidden_states=text).sample.double()
        eps = out[:1] + REQUEST.guidance * (out[1:] - out[:1])
        a, b = alpha(now), alpha(then)
        clean = (x - (1 - a).sqrt() * eps) / a.sqrt()
        x = (b.sqrt() * clean + (1 - b).sqrt() * eps).float()
        found.append(x)
    return found


def test_each_object_follows_its_own_curve(model: LoadedModel) -> None:
    """Every word has another concavity, the last one the least; pixels change hands."""
    own = {"ball": 0.8317, "cat": 0.5723, "stars": 0.3141}  # no timestep lies half way between two
    run = Watched(model, REQUEST.with_(word_concavity=tuple(own.items())))
    for ours, direct in zip(run.states, direct_latents(model, run, [*own.values()]), strict=True):
        torch.testing.assert_close(ours.latents, direct, rtol=0, atol=2e-4)
    assert values(run.concavity[1:]) == {0.0, 0.3141, 0.5723, 0.8317}
    assert (run.concavity[0] == 0.3141).all()


def test_an_order_of_depth_three_sets_three_curves(model: LoadedModel) -> None:
    ordered = Watched(model, REQUEST.with_(order=ORDER, concavity=0.8317))
    own = (("stars", 0.0), ("cat", 0.41585), ("ball", 0.8317))
    by_hand = Watched(model, REQUEST.with_(word_concavity=own, concavity=0.2))
    assert torch.equal(ordered.latents, by_hand.latents)
    assert values(ordered.concavity) == {0.0, 0.41585, 0.8317}
    for ours, direct in zip(
        ordered.states, direct_latents(model, ordered, [0.8317, 0.41585, 0.0]), strict=True
    ):
        torch.testing.assert_close(ours.latents, direct, rtol=0, atol=2e-4)


def test_a_fixed_mask_has_each_objects_concavity(model: LoadedModel) -> None:
    run = Watched(model, REQUEST.with_(order=ORDER, method="asyndm_fixed"))
    assert values(run.concavity) <= {0.0, 0.35, 0.7}
    assert (run.concavity == run.concavity[0]).all()
    assert len(values(run.concavity)) > 1


def test_regions_in_an_order_have_the_concavity_of_their_depth(model: LoadedModel) -> None:
    regions = (half(left=True, name="far side"), half(left=False, concavity=0.9, name="near side"))
    order = parse_order("far side > near side")
    run = Watched(model, REQUEST.with_(regions=regions, order=order))
    plain = (half(left=True, concavity=0.9), half(left=False, concavity=0.0))
    assert torch.equal(run.latents, Watched(model, REQUEST.with_(regions=plain)).latents)
    assert (run.concavity[:, :, :8] == 0.9).all()
    assert (run.concavity[:, :, 8:] == 0.0).all()


def test_words_wait_for_a_region(model: LoadedModel) -> None:
    request = REQUEST.with_(
        words=("ball",), regions=(half(left=True, concavity=0.6, name="side"),),
        order=parse_order("ball > side"), mask_source="union",
    )  # fmt: skip
    run = Watched(model, request)
    for call in range(1, STEPS):
        assert torch.equal(run.concavity[call], run.claims(call - 1)[0].double() * 0.7)


def test_smoothing_and_area_change_the_masks(model: LoadedModel) -> None:
    plain = Watched(model, REQUEST)
    for changes in ({"mask_smoothing": 0.8}, {"minimum_area": 0.1}):
        run = Watched(model, REQUEST.with_(**changes))
        assert torch.equal(run.concavity[:2], plain.concavity[:2]) == ("mask_smoothing" in changes)
        assert not torch.equal(run.concavity, plain.concavity)
        again = Watched(model, REQUEST.with_(**changes))
        assert torch.equal(run.latents, again.latents)


def test_named_words_are_objects_and_unknown_names_are_refused(folder: Path) -> None:
    engine = Engine(model=str(folder), device="cpu")
    request = REQUEST.with_(steps=2, words=("ball",), order=parse_order("ball > night"))
    with pytest.raises(RequestError, match="“night”"):
        engine.run(request)
    painted = request.with_(regions=(half(left=True),), mask_source="painted")
    with pytest.raises(RequestError, match="“night”"):
        engine.run(painted)
    *_, last = engine.run(request.with_(order=parse_order("ball > yellow stars")))
    assert isinstance(last, Finished)
    assert last.words == ("ball", "yellow stars")


def test_how_claims_and_regions_are_joined() -> None:
    masks = torch.tensor([[[1, 1, 0, 0]], [[0, 1, 1, 0]]], dtype=torch.bool)
    attended = attended_concavity(masks, [0.2, 0.6])
    assert attended.tolist() == [[0.2, 0.6, 0.6, 0.0]]
    painted = torch.tensor([[0.4, 0.4, 0.4, 0.4]], dtype=torch.float64)
    expected: dict[MaskSource, list[float]] = {
        "painted": [0.4, 0.4, 0.4, 0.4],
        "attention": [0.2, 0.6, 0.6, 0.0],
        "union": [0.4, 0.6, 0.6, 0.4],
        "intersection": [0.2, 0.4, 0.4, 0.0],
    }
    for source, w in expected.items():
        assert combined_concavity(painted, attended, source)[0].tolist() == w
