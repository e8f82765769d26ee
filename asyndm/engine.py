"""The engine: a request in, events out. Models are loaded on first use; the latest are kept.

One engine serves one run at a time; the engine process and the command line each have one.
"""

import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from asyndm.adapters import Worn, find_worn
from asyndm.catalogue import Catalogue
from asyndm.conditioning import Conditioning, chosen_words, condition
from asyndm.denoise import LoopState
from asyndm.device_memory import is_out_of_memory
from asyndm.errors import AsynDMError
from asyndm.events import Cancelled, Event, Failed, Finished, Loading, Notice, Step
from asyndm.latents import decode
from asyndm.loading import LoadedModel, choose_device, quiet_libraries
from asyndm.memory import MemoryPlan
from asyndm.memory_failure import Stage, memory_failure, memory_notice
from asyndm.memory_needs import native_work, work_of
from asyndm.model_store import ModelStore
from asyndm.object_times import check_names
from asyndm.picture_run import PictureRun
from asyndm.plan import RunPlan, resolve
from asyndm.regional_prompts import prompted
from asyndm.request import Request


class _CancelledRun(Exception):
    """The cancel event was set."""


@dataclass
class _Progress:
    """How far a run has come."""

    step: int = 0
    stage: Stage = "load"
    memory: MemoryPlan | None = None


class Engine:
    """Runs requests.

    Args:
        model: name in the catalogue, or a path, for requests that name none.
        device: "auto", "cpu", "cuda", "mps".
        dtype: "auto", "float32", "bfloat16", "float16".
        catalogue: where models are found; None = the embedded and the installed ones.
        offload: "auto", or what waits in main memory: see ``memory.Offload``.
        vae: "auto", or whether pictures are decoded in tiles: see ``memory.VaeMode``.
        memory_limit: most bytes to take on the device; None = what is free.

    Raises:
        ModelError: there is no such device, data type or setting.
    """

    def __init__(
        self,
        model: str = "papertown",
        device: str = "auto",
        dtype: str = "auto",
        catalogue: Catalogue | None = None,
        *,
        offload: str = "auto",
        vae: str = "auto",
        memory_limit: int | None = None,
    ) -> None:
        self.model = model
        self.device = choose_device(device)
        self._catalogue = catalogue or Catalogue()
        self._store = ModelStore(
            self._catalogue, self.device, dtype, offload=offload, vae=vae, limit=memory_limit
        )

    def run(
        self,
        request: Request,
        cancel: threading.Event | None = None,
        memory: Mapping[str, Any] | None = None,
    ) -> Iterator[Event]:
        """Run a request.

        Args:
            request: what to do.
            cancel: set it to end the run within one step.
            memory: the suggestion of a ``Failed``, to go by in this run; it counts before the
                engine's own settings.

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
        return self._events(plan, worn, cancel or threading.Event(), memory or {})

    def preload(self, model: str) -> None:
        """Load a model before it is needed.

        Raises:
            ModelError: it is unknown, incomplete or damaged.
        """
        info = self._catalogue.find(model)
        self._store.load(info, self._store.plan(native_work(info), {}))

    def _events(
        self, plan: RunPlan, worn: Worn, cancel: threading.Event, settings: Mapping[str, Any]
    ) -> Iterator[Event]:
        """All events of a run; faults of any kind become a ``Failed``."""
        progress, is_memory = _Progress(), False
        try:
            yield from self._all(plan, worn, cancel, settings, progress)
            return
        except _CancelledRun:
            end: Event = Cancelled(i=progress.step)
        except Exception as error:
            end = _failure(error, plan, progress)
            is_memory = is_out_of_memory(error) or is_out_of_memory(error.__cause__)
        # Only here, where nothing refers to the frames of the fault any more.
        if is_memory:
            self._store.recover(plan.info, progress.memory)
        yield end

    def _all(
        self,
        plan: RunPlan,
        worn: Worn,
        cancel: threading.Event,
        settings: Mapping[str, Any],
        progress: _Progress,
    ) -> Iterator[Event]:
        """The events of a run that meets no fault."""
        progress.memory = memory = self._store.plan(work_of(plan), settings)
        notice = memory_notice(memory)
        if notice:
            yield Notice(text=notice)
        if not self._store.is_ready(plan.info, memory):
            yield Loading(model=plan.info.name)
        model = self._store.load(plan.info, memory)
        with quiet_libraries():
            model.adapters.wear(worn)
        progress.stage = "steps"
        model_hash = self._store.key(plan.info)[1]
        yield from _run(model, plan, cancel, progress, model_hash=model_hash)


def _failure(error: Exception, plan: RunPlan, progress: _Progress) -> Failed:
    """The last event of a run that met a fault."""
    cause = error.__cause__ if isinstance(error, AsynDMError) else error
    if cause is not None and progress.memory is not None and is_out_of_memory(cause):
        return memory_failure(cause, plan, progress.memory, progress.stage)
    if isinstance(error, AsynDMError):
        return Failed(reason=str(error), retryable=getattr(error, "retryable", False))
    return Failed(
        reason=f"The engine met an unexpected error ({type(error).__name__}).",
        details=traceback.format_exc(),
        retryable=True,
    )


def _run(
    model: LoadedModel,
    plan: RunPlan,
    cancel: threading.Event,
    progress: _Progress,
    *,
    model_hash: str,
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
        progress.stage = "steps"
        for event, state in _steps(run, cancel):
            last = state or last
            if isinstance(event, Step):
                progress.step = event.i
            yield event
        assert last is not None
        progress.stage = "decode"
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
        dtype=str(model.dtype).removeprefix("torch."),
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
    if plan.request.negative_prompt.strip() and not conditioning.is_guided:
        yield Notice(
            text="The negative prompt has no effect, because that takes a "
            f"{model.family.guidance_name} above 1."
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
