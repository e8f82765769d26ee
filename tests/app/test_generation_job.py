"""From the document to a run and back: regions that take part, and results as layers."""

import numpy as np
import pytest
from numpy.typing import NDArray

from app.jobs.generation_job import Snapshot, command_for, place
from app.jobs.preparation import PreparedRun
from app.jobs.results import finish
from app.models.generation_model import GenerationModel, Mode
from asyndm.catalogue import Catalogue
from asyndm.errors import RequestError
from asyndm.events import Finished
from editing import layer_commands
from editing.document import Document
from editing.flatten import flattened
from editing.geometry import Rect
from editing.history import History
from editing.layer import BLEND_MODES, Layer
from editing.masks import distance_to_mask
from editing.region_commands import add_region, set_concavity, set_prompt, set_visible
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_transformers import tiny_sd3_folder
from tests.editing.layer_parts import layered, opaque_pixels, soft_mask, soft_pixels


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("models")
    tiny_pipeline_folder(folder / "plain")
    tiny_pipeline_folder(folder / "repaint", inpaint=True)
    return Catalogue([folder])


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """A transformer, with tokens of two by two latent pixels."""
    folder = tmp_path_factory.mktemp("transformers")
    tiny_sd3_folder(folder / "plain")
    return Catalogue([folder])


def settings(mode: Mode) -> GenerationModel:
    model = GenerationModel()
    model.mode, model.prompt, model.seed, model.steps = mode, "a red ball", 7, 4
    model.model = "repaint" if mode == "inpaint" else "plain"
    return model


def paint(document: Document, rect: Rect, value: int = 255) -> None:
    document.mask.pixels[rect.slices()] = value
    document.mask.mark_dirty(rect)


def answer(run: PreparedRun, seed: int = 1) -> Finished:
    """An engine's answer of noise, of the size that was asked for."""
    if run.plan is None:
        assert run.request.width is not None
        assert run.request.height is not None
        width, height = run.request.width, run.request.height
    else:
        width, height = run.plan.model_size
    rng = np.random.default_rng(seed)
    return Finished(
        images=rng.integers(0, 256, (1, height, width, 3), dtype=np.uint8),
        seeds=(run.request.seed,),
        words=(),
        masks=np.zeros((1, 4, 4), np.float32),
        attention=np.zeros((1, 0, 4, 4), np.float32),
        seconds=1.0,
        model_hash="0123456789ab",
    )


def shown(document: Document) -> NDArray[np.uint8]:
    return flattened(document.layers)


def regions_document() -> Document:
    """Three regions: one painted, one soft with a prompt of its own, one hidden, one empty."""
    document = Document(opaque_pixels(1, (64, 64)).pixels)
    paint(document, Rect(4, 4, 20, 20))
    set_concavity(document, document.active_region.id, 0.3)
    add_region(document, "moon")
    paint(document, Rect(40, 40, 10, 10), 128)
    set_concavity(document, document.active_region.id, 0.7)
    set_prompt(document, document.active_region.id, "a moon")
    add_region(document, "hidden")
    paint(document, Rect(0, 50, 9, 9))
    set_visible(document, document.active_region.id, False)
    add_region(document, "empty")
    return document


@pytest.mark.parametrize("mode", ["inpaint", "repair", "generate"])
def test_visible_painted_regions_take_part_with_their_own_settings(
    catalogue: Catalogue, mode: Mode
) -> None:
    document = regions_document()
    run = Snapshot.of(settings(mode), document).prepare(catalogue)
    assert [region.name for region in run.regions] == ["Region 1", "moon"]
    assert [region.concavity for region in run.regions] == [0.3, 0.7]
    assert [region.prompt for region in run.regions] == [None, "a moon"]
    assert run.regions[1].mask.max() == pytest.approx(128 / 255, abs=1 / 32)
    assert len(run.request.regions) == 2
    if mode == "generate":
        assert (run.request.width, run.request.height) == (64, 64)


def test_a_document_of_another_size_does_not_steer_a_generation(catalogue: Catalogue) -> None:
    document = Document.blank(1000, 80)
    paint(document, Rect(4, 4, 20, 20))
    run = Snapshot.of(settings("generate"), document).prepare(catalogue)
    assert run.request.regions == ()
    assert (run.request.width, run.request.height) == (64, 64)


def test_a_document_that_cuts_tokens_does_not_steer_a_generation(tokens: Catalogue) -> None:
    """Its sides are multiples of a latent pixel, but not of a token."""
    info = tokens.find("plain")
    side = info.native_size + info.latent_factor
    assert side % info.size_multiple
    document = Document.blank(side, info.native_size)
    paint(document, Rect(4, 4, 20, 20))
    run = Snapshot.of(settings("generate"), document).prepare(tokens)
    assert run.request.regions == ()
    assert run.request.width == info.native_size


def test_a_run_sees_the_document_as_it_was_when_it_was_started(catalogue: Catalogue) -> None:
    document = regions_document()
    before = shown(document)
    snapshot = Snapshot.of(settings("inpaint"), document)
    command = layer_commands.set_visible(document, document.layers[0].id, False)
    plane = document.layers[0].plane
    for tile in plane.touched_tiles():
        plane.before_write(tile)
    plane.pixels[...] = 0
    plane.mark_dirty(plane.bounds)
    run = snapshot.prepare(catalogue)
    assert command is not None
    assert run.source is not None
    np.testing.assert_array_equal(run.source.pixels, before)
    assert plane.readers == ()


def test_nothing_painted_is_refused_and_lets_the_document_go(catalogue: Catalogue) -> None:
    document = Document.blank(64, 64)
    with pytest.raises(RequestError, match="Nothing is masked"):
        Snapshot.of(settings("inpaint"), document).prepare(catalogue)
    assert document.layers[0].plane.readers == ()


def test_a_result_changes_the_flattened_picture_within_its_border_only(
    catalogue: Catalogue,
) -> None:
    """Over soft layers of all modes too, every byte beyond the border stays."""
    for number, blend in enumerate(BLEND_MODES):
        shape = (200, 260)
        document = layered(
            Layer(soft_pixels(number, shape), "base"),
            Layer(soft_pixels(50 + number, shape), "soft", opacity=0.6, blend=blend),
            Layer(soft_pixels(90, shape), "masked", blend=blend, mask=soft_mask(3, shape)),
        )
        paint(document, Rect(90, 80, 40, 30))
        before = shown(document)
        history = History(document)
        run = Snapshot.of(settings("inpaint"), document).prepare(catalogue)
        placed = place(finish(run, answer(run))[0])
        command = command_for(placed, "inpaint", document)
        assert command is not None
        history.push(command)
        after = shown(document)
        outside = distance_to_mask(document.mask.pixels) > run.border_px
        np.testing.assert_array_equal(after[outside], before[outside])
        wanted = placed.result.whole()
        visible = wanted[..., 3] > 0
        off = np.abs(after.astype(int) - wanted)[visible]
        assert off.max() <= 1
        assert (off > 0).mean() < 0.001
        assert [layer.visible for layer in document.layers] == [True] * 4
        history.undo()
        np.testing.assert_array_equal(shown(document), before)
        history.close()


def test_results_are_layers_with_names_of_their_own(catalogue: Catalogue) -> None:
    document = Document(opaque_pixels(1, (64, 64)).pixels)
    paint(document, Rect(20, 20, 20, 20))
    for seed in (1, 2):
        run = Snapshot.of(settings("inpaint"), document).prepare(catalogue)
        command_for(place(finish(run, answer(run, seed))[0]), "inpaint", document)
    assert [layer.name for layer in document.layers] == ["Background", "Inpaint", "Inpaint 2"]
    assert document.active_layer.name == "Inpaint 2"
    assert document.metadata.generation is not None


def test_a_generation_that_fits_is_a_whole_layer_on_top(catalogue: Catalogue) -> None:
    document = Document(opaque_pixels(1, (64, 64)).pixels)
    before = document.structure
    run = Snapshot.of(settings("generate"), document).prepare(catalogue)
    finished = answer(run)
    command = command_for(place(finish(run, finished)[0]), "generate", document)
    assert [layer.name for layer in document.layers] == ["Background", "Generate"]
    np.testing.assert_array_equal(shown(document)[..., :3], finished.images[0])
    assert document.active_layer.plane.pixels[..., 3].min() == 255
    assert command is not None
    command.undo()
    assert document.structure == before


def test_a_generation_of_another_size_replaces_the_layers(catalogue: Catalogue) -> None:
    document = Document.blank(300, 200)
    run = Snapshot.of(settings("generate"), document).prepare(catalogue)
    command = command_for(place(finish(run, answer(run))[0]), "generate", document)
    assert document.size == (64, 64)
    assert command is not None
    command.undo()
    assert document.size == (300, 200)


def test_times_of_words_and_the_order_reach_the_request(catalogue: Catalogue) -> None:
    model = settings("generate")
    model.word_concavity = (("ball", 0.3),)
    model.order = "ball > red"
    model.mask_smoothing, model.minimum_area = 0.5, 0.02
    request = Snapshot.of(model, None).prepare(catalogue).request
    assert request.word_concavity == (("ball", 0.3),)
    assert request.order == (("ball", "red"),)
    assert (request.mask_smoothing, request.minimum_area) == (0.5, 0.02)
    model.order = "ball > boat"
    with pytest.raises(RequestError, match="“boat”"):
        Snapshot.of(model, None).prepare(catalogue)
    model.order = "ball > red > ball"
    with pytest.raises(RequestError, match="in a circle"):
        Snapshot.of(model, None)


def test_an_order_of_regions_reaches_the_request(catalogue: Catalogue) -> None:
    document = Document(np.full((64, 64, 4), 255, np.uint8))
    add_region(document)
    paint(document, Rect(8, 8, 20, 20))
    name = document.active_region.name
    model = settings("inpaint")
    model.word_concavity = (("ball", 0.3),)  # of words, which have no say here
    model.order = f"{name} > ball"
    request = Snapshot.of(model, document).prepare(catalogue).request
    assert request.order == ((name, "ball"),)
    assert request.word_concavity == ()
