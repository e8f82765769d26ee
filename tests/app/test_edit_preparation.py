"""An edit from picture and instruction to the request, and from the answer to the picture."""

import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from app.jobs.mode_models import mode_models
from app.jobs.preparation import PasteOptions, PreparedRun, Source, prepare
from app.jobs.results import Result, finish
from app.jobs.stored_record import stored_original, stored_regions, stored_settings
from app.models.generation_model import MODES
from asyndm.catalogue import Catalogue
from asyndm.errors import ModelError, RequestError
from asyndm.request import Region, Request
from editing.canvas_size import NewFrame, reframed
from editing.document import Document
from editing.files.metadata import read_generation
from editing.files.raster import save_picture
from editing.flatten import flattened
from editing.geometry import Rect
from tests.app.edit_models import answer, edit_catalogue
from tests.editing.edited_pictures import disc, shifted
from tests.editing.photograph import photograph, photograph_rgba
from tests.editing.profiles import gamma_profile

SETTINGS = Request(prompt="make the ball red", seed=7, steps=4)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return edit_catalogue(tmp_path_factory.mktemp("models"))


def region(width: int, height: int) -> Region:
    return Region(mask=disc((width, height)), concavity=0.6, name="ball")


def drawn_anew(run: PreparedRun, dx: float = 0.0, dy: float = 0.0) -> Result:
    """The result if the model draws something else in the region, and shifts it all."""
    seen = run.request.image
    assert seen is not None
    height, width = seen.shape[:2]
    other = photograph(width, height, seed=40)
    drawn = np.where(disc((width, height))[..., None] > 0, other, seen)
    image = np.clip(np.rint(shifted(drawn, dx, dy)), 0, 255).astype(np.uint8)
    return finish(run, answer(run, image))[0]


def seam_difference(result: Result, pixels: NDArray[np.uint8]) -> float:
    """Mean difference in the inner part of the border, noise aside."""
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    away = np.hypot(x - 0.45 * width, y - 0.55 * height) - 0.2 * height
    before, after = (
        cv2.GaussianBlur(each.astype(np.float32), (0, 0), 2) for each in (pixels, result.whole())
    )
    return float(np.abs(after - before)[(away > 3) & (away < 15)].mean())


def test_an_edit_sees_the_whole_picture_in_its_proportions(catalogue: Catalogue) -> None:
    source = Source(photograph(1500, 1000))
    run = prepare("edit", SETTINGS, catalogue, source, [region(1500, 1000)])
    assert (run.request.task, run.request.model, run.request.prompt) == (
        "edit", "kontext", "make the ball red",
    )  # fmt: skip
    assert run.plan is not None
    assert run.plan.box == Rect(0, 0, 1500, 1000)
    width, height = run.plan.model_size
    assert width / height == pytest.approx(1.5, rel=0.02)
    assert width * height == pytest.approx(run.model.native_size**2, rel=0.05)
    assert width % run.model.size_multiple == height % run.model.size_multiple == 0
    assert run.request.image is not None
    assert run.request.image.shape == (height, width, 3)
    (scaled,) = run.request.regions
    assert scaled.mask.shape == (height, width)
    assert (scaled.concavity, scaled.name) == (0.6, "ball")
    assert run.regions[0].mask.shape == (1000, 1500)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("channels", [3, 4])
def test_only_the_region_and_its_border_change(
    catalogue: Catalogue, channels: int, strict: bool
) -> None:
    pixels = photograph_rgba(900, 700)[..., :channels]
    before, painted = pixels.copy(), region(900, 700)
    source = Source(pixels, gamma_profile(1.8))
    options = PasteOptions(strict_border=strict)
    run = prepare("edit", SETTINGS, catalogue, source, [painted], options)
    result = drawn_anew(run, 1.5, -1.0)
    whole = result.whole()
    y, x = np.mgrid[:700, :900]
    away = np.hypot(x - 0.45 * 900, y - 0.55 * 700) - 0.2 * 700
    far = away > run.border_px + 1
    np.testing.assert_array_equal(whole[far], before[far])
    assert (whole[away < -2] != before[away < -2]).any(axis=1).mean() > 0.9
    np.testing.assert_array_equal(pixels, before)
    assert result.changed_outside == 0
    assert result.caption.startswith("0 pixels changed outside the mask")


def test_a_shifted_edit_is_moved_back_and_said_to_be(catalogue: Catalogue) -> None:
    pixels = photograph(1248, 832)
    painted = region(1248, 832)
    seams = {}
    for correct in (True, False):
        options = PasteOptions(correct_shift=correct)
        run = prepare("edit", SETTINGS, catalogue, Source(pixels), [painted], options)
        assert run.plan is not None
        assert run.plan.model_size == (624, 416)
        result = drawn_anew(run, 0.8, -0.4)
        seams[correct] = seam_difference(result, pixels)
        if not correct:
            assert result.alignment is None
            assert "shifted" not in result.caption
            continue
        found = result.alignment
        assert found is not None
        assert found.corrected
        assert (found.motion.dx, found.motion.dy) == pytest.approx((0.8, -0.4), abs=0.1)
        # In pixels of the picture, which is twice as large as what the model saw.
        said = re.search(
            r"\. The edit was shifted by (\S+), (\S+) pixels; corrected\.$", result.caption
        )
        assert said is not None
        assert (float(said[1]), float(said[2])) == pytest.approx((1.6, -0.8), abs=0.15)
        assert result.record["alignment"]["corrected"] is True
        assert result.record["alignment"]["dx"] == pytest.approx(0.8, abs=0.1)
    assert seams[True] < 0.6 * seams[False]


def test_an_edit_in_place_is_left_alone(catalogue: Catalogue) -> None:
    run = prepare("edit", SETTINGS, catalogue, Source(photograph(624, 416)), [region(624, 416)])
    result = drawn_anew(run)
    assert result.alignment is not None
    assert not result.alignment.corrected
    assert result.caption.endswith(f"its border of {run.border_px} px.")


def test_without_a_region_the_whole_picture_is_the_edit(catalogue: Catalogue) -> None:
    pixels = photograph_rgba(624, 416)
    pixels[:50, :50, 3] = 0
    run = prepare("edit", SETTINGS, catalogue, Source(pixels), [])
    assert run.mask is None
    assert run.request.regions == ()
    result = drawn_anew(run)
    assert result.box == Rect(0, 0, 624, 416)
    assert result.changed_outside is None
    assert result.caption == "The whole picture was made anew."
    np.testing.assert_array_equal(result.whole()[..., 3], pixels[..., 3])
    assert (result.whole()[200:230, 270:300, :3] != pixels[200:230, 270:300, :3]).mean() > 0.9


def test_the_record_of_an_edit_gives_the_same_request_again(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    source = Source(photograph(400, 300))
    options = PasteOptions(strict_border=True, match_colour=False, correct_shift=False)
    settings = SETTINGS.with_(negative_prompt="blue", concavity=0.3, schedule="exponential")
    run = prepare("edit", settings, catalogue, source, [region(400, 300)], options)
    path = tmp_path / "edited.png"
    result = drawn_anew(run)
    assert save_picture(path, result.whole(), generation=result.record) == []
    record = read_generation(path).record
    assert record is not None
    assert (record["task"], record["correct_shift"]) == ("edit", False)
    # A repair could not make such a picture again from its prompt alone.
    assert stored_original(record) is None
    again = prepare(
        "edit", stored_settings(record), catalogue, source, stored_regions(record), options
    )
    assert again.request == run.request


def test_what_cannot_be_edited_is_refused(catalogue: Catalogue) -> None:
    source = Source(photograph(64, 64))
    with pytest.raises(RequestError, match="a picture is needed"):
        prepare("edit", SETTINGS, catalogue)
    with pytest.raises(RequestError, match="an instruction is needed"):
        prepare("edit", SETTINGS.with_(prompt="  "), catalogue, source)
    with pytest.raises(RequestError, match="cannot edit"):
        prepare("edit", SETTINGS.with_(model="fill"), catalogue, source)
    with pytest.raises(RequestError, match="the same size"):
        prepare("edit", SETTINGS, catalogue, source, [region(32, 64)])


def test_a_mode_without_a_model_says_what_to_install(catalogue: Catalogue, tmp_path: Path) -> None:
    found = mode_models(catalogue, MODES)
    assert found.missing == {}
    assert (found.defaults["edit"], found.defaults["generate"]) == ("kontext", "plain")
    assert sorted(info.name for info in found.models) == ["fill", "kontext", "plain"]
    none = mode_models(Catalogue([tmp_path]), MODES)
    assert none.defaults == {}
    sentence = none.missing["edit"]
    assert all(part in sentence for part in ("FLUX.1 Kontext [dev]", "34 GB", str(tmp_path)))
    with pytest.raises(ModelError) as refused:
        Catalogue([tmp_path]).default_for("generate")
    assert none.missing["generate"] == str(refused.value)


def test_a_mode_whose_only_model_is_damaged_says_so(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = tmp_path / "kontext"
    shutil.copytree(catalogue.find("kontext").path, folder)
    (folder / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    found = mode_models(Catalogue([tmp_path]), ("edit",))
    assert found.missing == {
        "edit": "The model 'kontext' cannot be used: vae has no weights (*.safetensors)."
    }


def outpainted(width: int, height: int, border_px: int) -> tuple[Source, Region]:
    """A picture with a clear border at the right, and the region that covers it."""
    document = Document(photograph_rgba(width, height))
    frame = NewFrame(Rect(0, 0, width + border_px, height))
    new = reframed(document.structure, frame, document.active_region.id)
    mask = new.region(document.active_region.id).mask
    values = mask.pixels.astype(np.float32) / np.float32(255)
    return Source(flattened(new.layers)), Region(mask=values)


@pytest.mark.parametrize("model", ["fill", "plain"])
@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_an_added_border_is_prepared_for_either_kind_of_model(
    catalogue: Catalogue, model: str, strength: float
) -> None:
    source, painted = outpainted(600, 400, 200)
    settings = SETTINGS.with_(model=model, strength=strength)
    run = prepare("inpaint", settings, catalogue, source, [painted])
    assert run.plan is not None
    assert all(side % run.model.size_multiple == 0 for side in run.plan.model_size)
    assert run.plan.box.right == 800
    image, (scaled,) = run.request.image, run.request.regions
    assert image is not None
    assert scaled.mask.shape == image.shape[:2]
    # The mask covers the border and a seam of the old picture.
    scale = run.plan.model_size[0] / run.plan.box.width
    seam = (600 - run.plan.box.x) * scale
    columns = np.flatnonzero(scaled.mask.all(axis=0))
    assert columns[0] == pytest.approx(seam - 8 * scale, abs=1 + scale)
    assert columns[-1] == image.shape[1] - 1
    # What was clear goes on from the picture; it is not the white that stands for clear elsewhere.
    rows, edge = slice(4, -4), int(np.ceil(seam))
    inside = image[rows, edge + 8 :].astype(float)
    beside = image[rows, columns[0] - 8 : columns[0]].astype(float)
    assert (inside == 255).all(axis=2).mean() < 0.01
    assert np.abs(inside.mean(axis=(0, 1)) - beside.mean(axis=(0, 1))).max() < 30
    height, width = image.shape[:2]
    made = photograph(width, height, seed=9)
    (result,) = finish(run, answer(run, made))
    whole = result.whole()
    assert (whole[:, 600:, 3] == 255).all()
    assert result.changed_outside == 0
    kept = 600 - 8 - run.border_px - 1
    np.testing.assert_array_equal(whole[:, :kept], source.pixels[:, :kept])
