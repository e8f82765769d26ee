"""From the settings and the document to a prepared run, and from a result to an undoable command.

Threads: ``Snapshot.of`` and ``settings_from`` read the models on the UI thread and copy what they
need; ``prepare`` and ``finish`` of ``app.jobs.preparation`` run anywhere, on the copies;
``command_for`` changes the document, on the UI thread again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.jobs.preparation import (
    PasteOptions,
    PreparedRun,
    Result,
    Source,
    prepare,
    stored_settings,
)
from app.models.generation_model import GenerationModel, Mode
from asyndm.catalogue import Catalogue
from asyndm.request import Region, Request
from editing.commands import add_result, replace_picture
from editing.document import Document, Metadata
from editing.flatten import flattened
from editing.history import Command

COMMAND_NAMES: Mapping[Mode, str] = {
    "generate": "Generate",
    "repair": "Repair",
    "inpaint": "Inpaint",
}


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A copy of all that a run needs, so that the document may change meanwhile.

    Attributes:
        mode, settings, options: from the panels.
        source: the picture, or None if there is none or the mode needs none.
        mask: float32 (H, W) of the painted region, or None.
    """

    mode: Mode
    settings: Request
    options: PasteOptions
    source: Source | None = None
    mask: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, model: GenerationModel, document: Document | None) -> "Snapshot":
        """Copy the present state; to be called on the UI thread.

        Raises:
            RequestError: a setting is outside the range that makes sense.
        """
        options = PasteOptions(strict_border=model.strict_border, match_colour=model.match_colour)
        settings = settings_from(model)
        if document is None or model.mode == "generate":
            return cls(model.mode, settings, options)
        metadata = document.metadata
        source = Source(flattened(document.layers), metadata.icc, metadata.generation)
        return cls(model.mode, settings, options, source, document.mask_values())

    def prepare(self, catalogue: Catalogue) -> PreparedRun:
        """Make the request; may be called on any thread.

        Raises:
            RequestError: there is no picture or no mask, or the model cannot do this.
            ModelError: the model is unknown or cannot be used.
        """
        regions = []
        if self.mask is not None:
            regions.append(Region(mask=self.mask, concavity=self.settings.concavity))
        return prepare(self.mode, self.settings, catalogue, self.source, regions, self.options)


def settings_from(model: GenerationModel) -> Request:
    """The settings of the panels as a request of task generate; what a mode hides it ignores."""
    return Request(
        prompt=model.prompt.strip(),
        negative_prompt=model.negative_prompt.strip(),
        model=model.model or None,
        seed=model.seed,
        steps=model.steps,
        guidance=model.guidance,
        method=model.method if model.uses("method") else "asyndm",
        schedule=model.family,
        concavity=model.concavity,
        sampler=model.sampler,
        eta=model.eta if model.sampler == "ddim" else 0.0,
        words=model.words if model.uses("words") else None,
        strength=model.strength if model.uses("strength") else 1.0,
        whole_picture=model.whole_picture and model.uses("whole_picture"),
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
    model.seed = stored.seed
    model.steps = stored.steps
    model.guidance = stored.guidance
    model.sampler = stored.sampler
    model.eta = stored.eta
    # A repair continues the run that made the picture, so it needs that run's model.
    model.model = stored.model or ""


def command_for(result: Result, mode: Mode, document: Document) -> Command | None:
    """Put a result into the document; the command to push, None if nothing differs."""
    name = COMMAND_NAMES[mode]
    if mode == "generate":
        metadata = Metadata(generation=result.record)
        return replace_picture(document, with_alpha(result.patch), metadata, name)
    return add_result(document, result.box, result.patch, name, result.record)


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
