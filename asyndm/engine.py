"""The engine: a request in, events out. Models are loaded on first use; the latest few are kept.

One engine serves one run at a time; the engine process and the command line each have one.
"""

import threading
import time
import traceback
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from asyndm.adapters import Worn, find_worn
from asyndm.catalogue import Catalogue, ModelInfo
from asyndm.conditioning import Conditioning, chosen_words, condition
from asyndm.denoise import LoopState
from asyndm.errors import AsynDMError
from asyndm.events import Cancelled, Event, Failed, Finished, Loading, Notice, Step
from asyndm.latents import decode
from asyndm.loading import (
    LoadedModel,
    choose_device,
    choose_dtype,
    load_model,
    quiet_libraries,
)
from asyndm.object_times import check_names
from asyndm.picture_run import PictureRun
from asyndm.plan import RunPlan, resolve
from asyndm.regional_prompts import prompted
from asyndm.request import Request

_MOST_MODELS = 2  # kept in memory: one that generates and one that inpaints


class _CancelledRun(Exception):
    """The cancel event was set."""


class Engine:
    """Runs requests.

    Args:
        model: name in the catalogue, or a path, for requests that name none.
        device: "auto", "cpu", "cuda", "mps".
        dtype: "auto", "float32", "bfloat16", "float16".
        catalogue: where models are found; None = the embedded and the installed ones.

    Raises:
        ModelError: there is no such device or data type.
    """

    def __init__(
        self,
        model: str = "papertown",
        device: str = "auto",
        dtype: str = "auto",
        catalogue: Catalogue | None = None,
    ) -> None:
        self.model = model
        self.device = choose_device(device)
        self.dtype = choose_dtype(dtype, self.device)
        self._catalogue = catalogue or Catalogue()
        self._loaded: dict[tuple[str, str], LoadedModel] = {}  # the one used last comes last

    def run(self, request: Request, cancel: threading.Event | None = None) -> Iterator[Event]:
        """Run a request.

        Args:
            request: what to do.
            cancel: set it to end the run within one step.

        Returns:
            The events, the last of which is ``Finished``, ``Cancelled`` or ``Failed``.

        Raises:
            RequestError: the request does not fit the model; raised here, before any event.
            ModelError: the model, a LoRA or an embedding is unknown or incomplete; likewise.
        """
        info = self._catalogue.find(request.model or self.model)
        plan = resolve(request, info)
        check_names(request)
        chosen_words(plan)  # refuses here a word that is not in the prompt
        worn = find_worn(request, info, self._catalogue)
        return self._events(plan, worn, cancel or threading.Event())

    def preload(self, model: str) -> None:
        """Load a model before it is needed.

        Raises:
            ModelError: it is unknown, incomplete or damaged.
        """
        self._load(self._catalogue.find(model))

    def _key(self, info: ModelInfo) -> tuple[str, str]:
        """What a loaded model is known by: weights that were replaced since are another model."""
        return str(info.path.resolve()), self._catalogue.model_hash(info)

    def _load(self, info: ModelInfo) -> LoadedModel:
        """The model from memory or from the disk; beyond a few the one unused longest goes."""
        key = self._key(info)
        model = self._loaded.pop(key, None)
        if model is None:
            # Before loading: there may be no room for one more.
            while len(self._loaded) >= _MOST_MODELS:
                del self._loaded[next(iter(self._loaded))]
            model = load_model(info, self.device, self.dtype)
        self._loaded[key] = model
        return model

    def _events(self, plan: RunPlan, worn: Worn, cancel: threading.Event) -> Iterator[Event]:
        """All events of a run; faults of any kind become a ``Failed``."""
        last_step = 0
        try:
            key = self._key(plan.info)
            if key not in self._loaded:
                yield Loading(model=plan.info.name)
            model = self._load(plan.info)
            with quiet_libraries():
                model.adapters.wear(worn)
            for event in _run(model, plan, cancel, model_hash=key[1]):
                if isinstance(event, Step):
                    last_step = event.i
                yield event
        except _CancelledRun:
            yield Cancelled(i=last_step)
        except AsynDMError as error:
            yield Failed(reason=str(error), retryable=getattr(error, "retryable", False))
        except (MemoryError, RuntimeError) as error:
            yield _memory_failure(error, plan)
        except Exception as error:
            yield _unexpected(error)


def _run(
    model: LoadedModel, plan: RunPlan, cancel: threading.Event, *, model_hash: str
) -> Iterator[Event]:
    """The events of a run on a loaded model."""
    request = plan.request
    started = time.monotonic()
    conditioning = condition(model, plan)
    yield from _notices(model, plan, conditioning)
    if cancel.is_set():
        raise _CancelledRun
    images: list[NDArray[np.uint8]] = []
    masks: list[NDArray[np.float32]] = []
    maps: list[NDArray[np.float32]] = []
    run: PictureRun | None = None
    for index in range(request.count):
        run = PictureRun(model, plan, conditioning, index, before=run)
        last: LoopState | None = None
        for event, state in _steps(run, cancel):
            last = state or last
            yield event
        assert last is not None
        with torch.no_grad():
            images.append(decode(model.vae, last.latents, model.latent_format))
        masks.append(_normalised(last.concavity.numpy()))
        maps.append(_maps(run))
    yield Finished(
        images=np.stack(images),
        seeds=tuple(request.seed + k for k in range(request.count)),
        words=tuple(word.text for word in conditioning.words) if maps[0].shape[0] else (),
        masks=np.stack(masks),
        attention=np.stack(maps),
        seconds=time.monotonic() - started,
        model_hash=model_hash,
    )


def _steps(
    run: PictureRun, cancel: threading.Event
) -> Iterator[tuple[Step | Notice, LoopState | None]]:
    """Steps of a picture, after those of the runs that must come first."""
    for state in run.prepare():
        yield _step(run, state, "probe"), state
        _check(cancel)
    if run.notice:
        yield Notice(text=run.notice), None
    for state in run.run():
        yield _step(run, state, "run"), state
        _check(cancel)


def _check(cancel: threading.Event) -> None:
    if cancel.is_set():
        raise _CancelledRun


def _step(run: PictureRun, state: LoopState, phase: str) -> Step:
    request = run.plan.request
    return Step(
        i=state.call + 1 - run.plan.start,
        n=request.steps - run.plan.start,
        preview=run.model.latent_format.preview(state.clean),
        level_map=state.level.float().numpy(),
        mask=_normalised(state.concavity.numpy()),
        picture=run.index,
        pictures=request.count,
        phase=phase,
    )


def _normalised(concavity: NDArray[np.float64]) -> NDArray[np.float32]:
    """Concavity over its largest value, float32 in [0, 1]."""
    highest = float(concavity.max())
    return (concavity / highest if highest > 0 else concavity).astype(np.float32)


def _maps(run: PictureRun) -> NDArray[np.float32]:
    """Attention maps of a run, float32 (K, h, w); K = 0 if none were taken."""
    attention = run.attention
    if attention is None:
        return np.zeros((0, *run.plan.latent_shape), np.float32)
    maps: NDArray[np.float32] = attention.float().numpy()
    return maps


def _notices(model: LoadedModel, plan: RunPlan, conditioning: Conditioning) -> Iterator[Notice]:
    """What the person should know before the run."""
    texts = {"prompt": plan.request.prompt}
    if conditioning.is_guided:
        texts["negative prompt"] = plan.request.negative_prompt
    for number, region in enumerate(prompted(plan.request.regions), start=1):
        texts[f"prompt of {region.name or f'region {number}'}"] = region.prompt or ""
    for name, text in texts.items():
        rest = model.family.cut_off(text)
        if rest:
            yield Notice(
                text=f"The {name} is too long for the model; this end of it was cut off: “{rest}”."
            )
    if plan.request.clip_skip and not model.family.has_clip_layers:
        yield Notice(text="The model does not read its text by CLIP; the CLIP skip is ignored.")
    if not plan.request.prompt.strip():
        yield Notice(text="The prompt is empty, so the model makes what it likes.")
    elif plan.attention != "no" and not conditioning.words:
        what = "only the painted region" if plan.request.has_painted_pixels else "no pixel"
        yield Notice(
            text=f"No object word was found in the prompt, so {what} is decided later; "
            "choose words by hand if there are any."
        )


def _memory_failure(error: Exception, plan: RunPlan) -> Failed:
    """Out of memory gets its own sentence; any other run-time error is unexpected."""
    text = str(error).lower()
    is_memory = isinstance(error, MemoryError | torch.OutOfMemoryError)
    if not is_memory and not any(sign in text for sign in ("out of memory", "allocate memory")):
        return _unexpected(error)
    return Failed(
        reason=f"There is not enough memory for a picture of {plan.width} x {plan.height} pixels; "
        "try a smaller one, or close other programs.",
        details=traceback.format_exc(),
        retryable=True,
    )


def _unexpected(error: Exception) -> Failed:
    return Failed(
        reason=f"The engine met an unexpected error ({type(error).__name__}).",
        details=traceback.format_exc(),
        retryable=True,
    )
