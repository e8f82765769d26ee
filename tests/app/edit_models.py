"""A catalogue with a tiny Kontext model, and engine's answers to edits made of real arrays."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.jobs.preparation import PreparedRun
from asyndm.catalogue import Catalogue
from asyndm.events import Finished
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_transformers import tiny_flux_folder

Pixels = NDArray[np.uint8]


def edit_catalogue(folder: Path) -> Catalogue:
    """Models: plain (by blending), fill (an inpainting transformer), kontext (edits)."""
    tiny_pipeline_folder(folder / "plain")
    tiny_flux_folder(folder / "fill", "fill")
    tiny_flux_folder(folder / "kontext", "kontext")
    return Catalogue([folder])


def answer(run: PreparedRun, *images: Pixels) -> Finished:
    """An engine's answer to a run, with these pictures."""
    count = len(images)
    return Finished(
        images=np.stack(images),
        seeds=tuple(run.request.seed + k for k in range(count)),
        words=(),
        masks=np.zeros((count, 4, 4), np.float32),
        attention=np.zeros((count, 0, 4, 4), np.float32),
        seconds=1.0,
        model_hash="0123456789ab",
    )
