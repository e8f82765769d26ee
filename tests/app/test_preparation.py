"""The way from picture and mask to a request and back, on real models and real files."""

from pathlib import Path

import numpy as np
import pytest

from app.jobs.preparation import PasteOptions, PreparedRun, Source, prepare
from app.jobs.results import finish
from app.jobs.stored_record import stored_original, stored_regions, stored_settings
from asyndm.catalogue import Catalogue
from asyndm.errors import ModelError, RequestError
from asyndm.events import Finished
from asyndm.request import Region, Request, Task
from editing.files.metadata import read_generation
from editing.files.raster import load_picture, save_picture
from editing.reshape import without_replay
from editing.structure import Metadata
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.editing.photograph import photograph, photograph_rgba

SETTINGS = Request(prompt="a red ball", seed=7, steps=4, guidance=3.0, schedule="exponential")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("models")
    tiny_pipeline_folder(folder / "plain")
    tiny_pipeline_folder(folder / "repaint", inpaint=True)
    return Catalogue([folder])


def disc(width: int, height: int, radius: int, value: float = 1.0) -> Region:
    """A round region in the middle."""
    y, x = np.mgrid[:height, :width]
    inside = (x - width // 2) ** 2 + (y - height // 2) ** 2 <= radius**2
    return Region(mask=(inside * np.float32(value)).astype(np.float32), concavity=0.6, name="arm")


def answer(run: PreparedRun, seed: int = 0) -> Finished:
    """An engine's answer of the right size whose pictures share no pixel with the source."""
    height, width = (
        run.plan.model_size[::-1] if run.plan else (run.request.height, run.request.width)
    )
    assert height is not None
    assert width is not None
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (run.request.count, height, width, 3), dtype=np.uint8)
    return Finished(
        images=images,
        seeds=tuple(run.request.seed + k for k in range(run.request.count)),
        words=(),
        masks=np.zeros((run.request.count, 4, 4), np.float32),
        attention=np.zeros((run.request.count, 0, 4, 4), np.float32),
        seconds=1.0,
        model_hash="0123456789ab",
    )


def test_generate_fills_in_model_and_size(catalogue: Catalogue) -> None:
    run = prepare("generate", SETTINGS.with_(count=2), catalogue)
    assert (run.request.model, run.request.width, run.request.height) == ("plain", 64, 64)
    first, second = finish(run, answer(run))
    assert (first.seed, second.seed) == (7, 8)
    assert first.whole().shape == (64, 64, 3)
    assert first.changed_outside is None
    assert (second.record["seed"], second.record["count"]) == (8, 1)
    assert second.record["model_hash"] == "0123456789ab"
    again = prepare("generate", stored_settings(second.record), catalogue)
    assert again.request == run.request.with_(seed=8, count=1)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("channels", [3, 4])
def test_inpaint_changes_mask_and_border_only(
    catalogue: Catalogue, channels: int, strict: bool
) -> None:
    pixels = photograph_rgba(900, 700)[..., :channels]
    before = pixels.copy()
    region = disc(900, 700, 120)
    options = PasteOptions(strict_border=strict)
    settings = SETTINGS.with_(model="repaint")
    run = prepare("inpaint", settings, catalogue, Source(pixels), [region], options)
    assert run.plan is not None
    assert run.request.image is not None
    assert run.request.image.shape[:2] == run.plan.model_size[::-1]
    assert all(side % 8 == 0 for side in run.plan.model_size)
    assert run.request.regions[0].mask.shape == run.plan.model_size[::-1]
    assert run.request.regions[0].concavity == 0.6
    (result,) = finish(run, answer(run))
    whole = result.whole()
    y, x = np.mgrid[:700, :900]
    far = np.hypot(x - 450, y - 350) > 120 + run.border_px + 1
    assert run.border_px == (0 if strict else run.plan.border_px)
    np.testing.assert_array_equal(whole[far], before[far])
    masked = region.mask > 0
    assert (whole[masked] != before[masked]).any(axis=1).mean() > 0.9
    np.testing.assert_array_equal(pixels, before)
    assert result.changed_outside == 0
    border = "" if strict else f" and its border of {run.border_px} px"
    assert result.caption == f"0 pixels changed outside the mask{border}."


def test_repair_sees_the_whole_picture(catalogue: Catalogue) -> None:
    pixels = photograph(96, 64)
    run = prepare("repair", SETTINGS, catalogue, Source(pixels), [disc(96, 64, 9)])
    np.testing.assert_array_equal(run.request.image, pixels)
    assert run.request.task == "repair"
    (result,) = finish(run, answer(run))
    assert tuple(result.box) == (0, 0, 96, 64)
    assert result.changed_outside == 0
    whole = prepare(
        "repair", SETTINGS.with_(whole_picture=True), catalogue, Source(pixels), [disc(96, 64, 9)]
    )
    reply = answer(whole)
    (free,) = finish(whole, reply)
    np.testing.assert_array_equal(free.whole(), reply.images[0])
    assert free.changed_outside is None


def test_a_repair_knows_the_run_that_made_the_picture(catalogue: Catalogue) -> None:
    painted = disc(96, 64, 20, value=0.5)
    settings = SETTINGS.with_(width=96, height=64, concavity=0.3)
    made = prepare("generate", settings, catalogue, regions=[painted])
    (picture,) = finish(made, answer(made))
    original = stored_original(picture.record)
    assert original == made.request
    region = disc(96, 64, 9)
    source = Source(picture.patch, record=picture.record)
    run = prepare("repair", SETTINGS.with_(seed=99), catalogue, source, [region])
    assert run.request.recorded == original
    assert run.request.seed == 99
    (repaired,) = finish(run, answer(run))
    assert stored_original(repaired.record) == original
    again = Source(repaired.whole(), record=repaired.record)
    run = prepare("repair", stored_settings(repaired.record), catalogue, again, [region])
    assert run.request.recorded == original
    # An inpainted photograph was not made by a prompt alone.
    photo = Source(photograph(96, 64), record=picture.record)
    run = prepare("inpaint", SETTINGS, catalogue, photo, [region])
    assert run.request.recorded is None
    (inpainted,) = finish(run, answer(run))
    assert stored_original(inpainted.record) is None


def test_the_record_in_a_file_gives_the_same_request_again(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    source = Source(photograph(400, 300))
    regions = [disc(400, 300, 40), disc(400, 300, 60, value=0.4)]
    options = PasteOptions(fill="blurred", strict_border=True, match_colour=False)
    settings = SETTINGS.with_(strength=0.5, words=("ball",), negative_prompt="blue", eta=1.0)
    run = prepare("inpaint", settings, catalogue, source, regions, options)
    (result,) = finish(run, answer(run))
    path = tmp_path / "picture.png"
    assert save_picture(path, result.whole(), generation=result.record) == []
    record = read_generation(path).record
    assert record is not None
    assert record["strict_border"] is True
    assert record["model_hash"] == "0123456789ab"
    again = prepare(
        "inpaint",
        stored_settings(record),
        catalogue,
        source,
        stored_regions(record),
        PasteOptions(record["fill"], record["strict_border"], record["match_colour"]),
    )
    assert again.request == run.request
    parameters = load_picture(path).parameters
    assert parameters is not None
    assert parameters.startswith("a red ball\nNegative prompt: blue\nSteps: 4")


@pytest.mark.parametrize("regions", [3, [3], [{"levels": "x"}], "abc"])
def test_a_damaged_record_is_refused(regions: object) -> None:
    with pytest.raises(RequestError):
        stored_regions({"version": 1, "regions": regions})
    with pytest.raises(RequestError):
        stored_settings({"version": 1, "steps": "many"})
    with pytest.raises(RequestError):
        stored_original({"version": 1, "task": "generate", "regions": regions})


def test_the_fill_matters_below_full_strength(catalogue: Catalogue) -> None:
    source, region = Source(photograph(200, 160)), disc(200, 160, 20)
    pictures = {}
    for fill in ("original", "blurred", "neutral", "border"):
        run = prepare("inpaint", SETTINGS, catalogue, source, [region], PasteOptions(fill=fill))
        assert run.request.image is not None
        inside = run.request.regions[0].mask > 0
        pictures[fill] = run.request.image
        np.testing.assert_array_equal(run.request.image[~inside], pictures["original"][~inside])
    assert len({picture.tobytes() for picture in pictures.values()}) == 4


@pytest.mark.parametrize(
    ("task", "model", "error", "sentence"),
    [
        ("generate", "repaint", RequestError, "cannot generate"),
        ("repair", "repaint", RequestError, "cannot repair"),
        ("inpaint", "nothing", ModelError, "no model named 'nothing'"),
        ("edit", "plain", RequestError, "cannot edit"),
        ("edit", None, ModelError, "no model that can edit"),
    ],
)
def test_what_the_model_cannot_do_is_refused(
    catalogue: Catalogue, task: Task, model: str | None, error: type[Exception], sentence: str
) -> None:
    source, regions = Source(photograph(64, 64)), [disc(64, 64, 9)]
    with pytest.raises(error, match=sentence):
        prepare(task, SETTINGS.with_(model=model), catalogue, source, regions)


@pytest.mark.parametrize("task", ["repair", "inpaint"])
def test_picture_and_mask_must_be_there_and_fit(catalogue: Catalogue, task: Task) -> None:
    source = Source(photograph(64, 64))
    with pytest.raises(RequestError, match="a picture is needed"):
        prepare(task, SETTINGS, catalogue, None, [disc(64, 64, 9)])
    for regions in ([], [disc(64, 64, 9, value=0.0)]):
        with pytest.raises(RequestError, match="Nothing is masked"):
            prepare(task, SETTINGS, catalogue, source, regions)
    with pytest.raises(RequestError, match="mask is 32 x 64 pixels, but the picture is 64 x 64"):
        prepare(task, SETTINGS, catalogue, source, [disc(32, 64, 9)])


def test_a_picture_that_does_not_fit_the_grid_cannot_be_repaired(catalogue: Catalogue) -> None:
    with pytest.raises(RequestError, match="multiples of 4"):
        prepare("repair", SETTINGS, catalogue, Source(photograph(62, 64)), [disc(62, 64, 9)])


def test_a_picture_that_was_turned_or_cropped_since_cannot_be_continued() -> None:
    record = SETTINGS.with_(task="generate", width=64, height=64).to_record()
    assert stored_original(record) is not None
    reshaped = without_replay(Metadata(generation=record)).generation
    assert reshaped is not None
    assert stored_original(reshaped) is None
    assert stored_settings(reshaped).prompt == SETTINGS.prompt
    assert stored_regions(reshaped) == ()
