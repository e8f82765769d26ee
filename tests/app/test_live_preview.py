"""Frames of a run, made from real prepared runs of the embedded models."""

import numpy as np
import pytest

from app.jobs.live_preview import LARGEST_FRAME_PX, LivePreview
from app.jobs.preparation import PreparedRun, Source, prepare
from asyndm.catalogue import Catalogue
from asyndm.request import Region, Request
from editing.geometry import Rect


def inpainting(height: int, width: int) -> PreparedRun:
    picture = np.random.default_rng(3).integers(0, 255, (height, width, 4), np.uint8)
    mask = np.zeros((height, width), np.float32)
    mask[height // 2 - 40 : height // 2 + 40, width // 2 - 40 : width // 2 + 40] = 1
    settings = Request(prompt="a house")
    return prepare("inpaint", settings, Catalogue(), Source(picture), [Region(mask=mask)])


def test_outside_the_region_the_picture_stays() -> None:
    run = inpainting(200, 220)
    assert run.source is not None
    assert run.mask is not None
    live = LivePreview(run)
    frame = live.frame(np.full((16, 16, 3), 200, np.uint8))
    part = live.box.slices()
    mask = run.mask[part] > 0
    assert frame.shape[:2] == mask.shape
    assert (frame[~mask] == run.source.pixels[part][..., :3][~mask]).all()
    assert (frame[mask] == 200).all()


def test_frames_of_a_large_region_stay_small() -> None:
    height, width = 2400, 3000
    picture = np.zeros((height, width, 4), np.uint8)
    mask = np.ones((height, width), np.float32)
    settings = Request(prompt="a house")
    run = prepare("inpaint", settings, Catalogue(), Source(picture), [Region(mask=mask)])
    frame = LivePreview(run).frame(np.zeros((16, 16, 3), np.uint8))
    assert max(frame.shape) == LARGEST_FRAME_PX


@pytest.mark.parametrize("whole", [False, True])
def test_a_generation_fills_its_page(whole: bool) -> None:
    run = prepare("generate", Request(prompt="a house", whole_picture=whole), Catalogue())
    live = LivePreview(run)
    assert live.box == Rect(0, 0, 128, 128)
    preview = np.full((32, 32, 3), 9, np.uint8)
    assert (live.frame(preview) == preview).all()
