"""From the settings and the document to a prepared run, and from a result to an undoable command.

Threads: ``Snapshot.of`` reads the models on the UI thread and holds the document as it is; its
``prepare``, and ``place``, run anywhere; ``command_for`` changes the document, on the UI thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.document_writing import composed
from app.jobs.preparation import PasteOptions, PreparedRun, Source, prepare
from app.jobs.results import Result
from app.jobs.stored_record import stored_settings
from app.models.generation_model import GenerationModel, Mode
from asyndm.catalogue import Catalogue, ModelInfo
from asyndm.object_order import parse_order
from asyndm.request import Lora, Region, Request
from editing.commands import replace_picture
from editing.crop import LARGEST_STRETCH
from editing.document import Document, Metadata
from editing.history import Command
from editing.layer_results import Overlay, overlay_of, place_result
from editing.plane import Plane
from editing.snapshot import Snapshot as DocumentSnapshot
from editing.snapshot import take_snapshot

COMMAND_NAMES: Mapping[Mode, str] = {
    "generate": "Generate",
    "repair": "Repair",
    "inpaint": "Inpaint",
    "edit": "Edit",
}


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that a run needs, as it is now, so that the document may change meanwhile.

    Attributes:
        mode, settings, options: from the panels.
        held: the document, or None if there is none; ``prepare`` reads it and lets it go.
    """

    mode: Mode
    settings: Request
    options: PasteOptions
    held: DocumentSnapshot | None = None

    @classmethod
    def of(cls, model: GenerationModel, document: Document | None) -> "Snapshot":
        """Hold the present state; to be called on the UI thread.

        Raises:
            RequestError: a setting is outside the range that makes sense.
        """
        options = PasteOptions(
            strict_border=model.strict_border,
            match_colour=model.match_colour,
            correct_shift=model.correct_shift,
        )
        settings = settings_from(model)
        held = None if document is None else take_snapshot(document)
        return cls(model.mode, settings, options, held)

    def prepare(self, catalogue: Catalogue) -> PreparedRun:
        """Make the request; may be called on any thread, once.

        Raises:
            RequestError: there is no picture or no mask, or the model cannot do this.
            ModelError: the model is unknown or cannot be used.
        """
        if self.held is None:
            return prepare(self.mode, self.settings, catalogue, None, (), self.options)
        with self.held as held:
            if self.mode == "generate":
                return self._prepare_generation(held, catalogue)
            regions = regions_of(held)
            source = Source(composed(held), held.metadata.icc, held.metadata.generation)
        return prepare(self.mode, self.settings, catalogue, source, regions, self.options)

    def _prepare_generation(self, held: DocumentSnapshot, catalogue: Catalogue) -> PreparedRun:
        """A generation of the document's size is steered by the regions painted in it."""
        settings = self.settings
        name = settings.model
        info = catalogue.find(name) if name else catalogue.default_for("generate")
        width, height = held.bounds.size
        regions = regions_of(held) if _can_make(info, width, height) else ()
        if regions:
            settings = settings.with_(width=width, height=height)
        return prepare("generate", settings, catalogue, None, regions, self.options)


def regions_of(held: DocumentSnapshot) -> tuple[Region, ...]:
    """The visible regions with anything painted in them, the lowest first."""
    regions = []
    for each in held.regions:
        if each.region.visible and not each.mask.box.is_empty:
            mask = each.mask.read(held.bounds)
            if mask.any():
                values = mask.astype(np.float32) / np.float32(255)
                region = each.region
                regions.append(
                    Region(
                        mask=values,
                        concavity=region.concavity,
                        prompt=region.prompt,
                        name=region.name,
                    )
                )
    return tuple(regions)


def _can_make(info: ModelInfo, width: int, height: int) -> bool:
    """Whether a model can be asked for a whole picture of this size with a good result."""
    sides = (width, height)
    least, most = info.native_size / LARGEST_STRETCH, info.native_size * LARGEST_STRETCH
    return all(least <= side <= most and side % info.size_multiple == 0 for side in sides)


def settings_from(model: GenerationModel) -> Request:
    """The settings of the panels as a request of task generate; what a mode hides it ignores."""
    return Request(
        prompt=model.text.strip(),
        negative_prompt=model.negative_prompt.strip(),
        clip_skip=model.clip_skip if model.uses("clip_skip") else 0,
        model=model.model or None,
        seed=model.seed,
        steps=model.steps,
        guidance=model.guidance,
        true_guidance=model.true_guidance if model.uses("true_guidance") else 1.0,
        method=model.method if model.uses("method") else "asyndm",
        schedule=model.family,
        concavity=model.concavity,
        sampler=model.sampler,
        eta=model.eta if model.sampler in (None, "ddim") else 0.0,
        words=model.words if model.uses("words") else None,
        word_concavity=model.word_concavity if model.uses("words") else (),
        order=parse_order(model.order),
        mask_smoothing=model.mask_smoothing if model.uses("mask_smoothing") else 0.0,
        minimum_area=model.minimum_area if model.uses("minimum_area") else 0.0,
        strength=model.strength if model.uses("strength") else 1.0,
        whole_picture=model.whole_picture and model.uses("whole_picture"),
        loras=tuple(Lora(name=name, strength=strength) for name, strength in model.loras),
        embeddings=model.embeddings,
    )


def fill_from_record(model: GenerationModel, record: Mapping[str, Any]) -> None:
    """Show the settings that a picture was made with.

    How late the region is to be decided is left as it is: that is the repair's own choice.

    Raises:
        RequestError: the record is damaged.
    """
    stored = stored_settings(record)
    model.prompt = stored.prompt
    model.negative_prompt = stored.negative_prompt
    model.clip_skip = stored.clip_skip
    model.seed = stored.seed
    model.steps = stored.steps
    model.guidance = stored.guidance
    model.true_guidance = stored.true_guidance
    model.loras = tuple((lora.name, lora.strength) for lora in stored.loras)
    model.embeddings = stored.embeddings
    model.sampler = stored.sampler
    model.eta = stored.eta
    model.mask_smoothing = stored.mask_smoothing
    model.minimum_area = stored.minimum_area
    # A repair continues the run that made the picture, so it needs that run's model.
    model.model = stored.model or ""


@dataclass(frozen=True, eq=False)
class Placed:
    """A result with the layer that shows it.

    Attributes:
        result: of the run.
    """

    result: Result
    layer: Overlay


def place(result: Result) -> Placed:
    """Make the layer of a result; may be called on any thread."""
    if result.source is None:
        return Placed(result, Overlay(Plane(with_alpha(result.patch))))
    return Placed(result, overlay_of(result.source.pixels, result.patch, result.box))


def command_for(placed: Placed, mode: Mode, document: Document) -> Command | None:
    """Put a result into the document as a layer; the command to push, None if nothing differs.

    A generation of another size replaces the document's layers instead.
    """
    name, result = COMMAND_NAMES[mode], placed.result
    if mode == "generate" and result.box.size != document.size:
        metadata = Metadata(generation=result.record)
        return replace_picture(document, with_alpha(result.patch), metadata, name)
    return place_result(document, placed.layer, name, result.record)


def document_from(result: Result) -> Document:
    """A new, unsaved document of a generated picture."""
    document = Document(with_alpha(result.patch), metadata=Metadata(generation=result.record))
    document.modified = True
    return document


def with_alpha(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGBA of an RGB picture, opaque; RGBA comes back as a copy."""
    if pixels.shape[2] == 4:
        return pixels.copy()
    opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    return np.concatenate([pixels, opaque], axis=2)
