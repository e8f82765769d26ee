"""The models dialog with real models on the disk, and a real download from a hub on loopback."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import close_session, constants
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from app.jobs.hub_reference import hub_reference
from app.jobs.mode_models import ADVICE
from app.model_link import ModelLink
from app.widgets.tab_order import controls
from asyndm import hub_access
from asyndm.catalogue import EMBEDDED, installed_models_folder
from asyndm.errors import ModelError
from asyndm.removal import delete_installed
from tests.app.library_parts import REPO, UNET, choose, entry, install, started
from tests.app.studio import Bench
from tests.asyndm.hub_server import TOKEN, HubServer, Repository, running_hub
from tests.asyndm.test_architecture import unet, write
from tests.asyndm.test_catalogue_sources import PARTS
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_transformers import tiny_flux_folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipeline_folder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def kontext(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_flux_folder(tmp_path_factory.mktemp("models") / "kontext", "kontext")


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(qtbot, tmp_path)
    bench.window.show()
    yield bench
    bench.close()


@pytest.fixture
def hub(tiny: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(hub_access, "PATIENCE_S", (0.0, 0.01))
    close_session()
    with running_hub({REPO: Repository.of_folder(tiny)}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        yield server
    close_session()


def shown(bench: Bench) -> ModelLink:
    """The dialog with its list filled."""
    link = started(bench)
    bench.actions["models"].trigger()
    bench.wait_for(lambda: link.library.entries)
    return link


def row(link: ModelLink, place: int) -> list[str]:
    assert link.dialog is not None
    items = (link.dialog.table.item(place, column) for column in range(5))
    return [item.text() for item in items if item is not None]


def answer(bench: Bench, text: str) -> None:
    """Press a button of the question that is asked."""
    bench.wait_for(lambda: bench.window.findChildren(QMessageBox))
    box = bench.window.findChildren(QMessageBox)[-1]
    next(button for button in box.buttons() if button.text() == text).click()
    box.deleteLater()


def look_up(bench: Bench, link: ModelLink, text: str = REPO) -> None:
    assert link.dialog is not None
    link.dialog.box.reference.setText(text)
    link.dialog.box.look_up.click()
    assert link.library.transfer == "asking"
    bench.wait_for(lambda: link.library.transfer == "idle")


def test_the_list_tells_what_there_is_and_what_is_wrong(bench: Bench, tiny: Path) -> None:
    install(tiny, "whole")
    broken = install(tiny, "broken")
    (broken / UNET).write_bytes((broken / UNET).read_bytes()[:1000])
    link = shown(bench)
    dialog = link.dialog
    assert dialog is not None
    first = row(link, 0)
    assert first[:2] == ["Paper Town", "Generate, Repair, Inpaint"]
    assert first[3:] == ["MIT", "Comes with it"]
    choose(link, "papertown")
    assert not dialog.remove.isEnabled()
    assert dialog.verify.isEnabled()
    choose(link, "broken")
    assert "broken" in dialog.about.text()
    assert entry(link, "broken").problem in dialog.about.text()
    assert not entry(link, "whole").problem
    assert dialog.remove.isEnabled()


def test_every_control_has_a_name_and_a_tooltip(bench: Bench) -> None:
    link = shown(bench)
    assert link.dialog is not None
    link.library.wants_token = True
    found = list(controls(link.dialog))
    for control in found:
        assert control.accessibleName() or getattr(control, "text", str)(), control
        assert control.toolTip(), control
    assert len(found) >= 9


def test_a_folder_is_added_used_and_forgotten(
    bench: Bench, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "elsewhere" / "mine"
    shutil.copytree(tiny, place)
    link = shown(bench)
    dialog = link.dialog
    assert dialog is not None
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(place.parent))
    dialog.add_folder.click()
    bench.wait_for(lambda: "mine" in [info.name for info in link.library.models])
    bench.wait_for(lambda: "mine" in [entry.name for entry in link.library.entries])
    assert dialog.message.text() == "Added: mine."
    assert entry(link, "mine").source == place.parent
    box = bench.window.column.prompt.model_line.box
    assert box.findData("mine") > 0
    bench.generation.model = "mine"
    choose(link, "mine")
    dialog.remove.click()
    answer(bench, "Forget")
    bench.wait_for(lambda: "mine" not in [info.name for info in link.library.models])
    assert (place / "model_index.json").exists()
    assert box.currentText() == "mine (not here)"


def test_a_file_that_is_no_model_gives_a_sentence(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = shown(bench)
    dialog = link.dialog
    assert dialog is not None
    pickled = tmp_path / "old.ckpt"
    pickled.write_bytes(b"\x80\x02}q\x00.")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(pickled), ""))
    dialog.add_file.click()
    bench.wait_for(lambda: link.library.message is not None)
    assert "pickled" in dialog.message.text()
    assert dialog.add_file.isEnabled()


def test_the_person_says_what_a_file_is(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "two.safetensors", unet(4, 1024) | PARTS, {})
    link = shown(bench)
    dialog = link.dialog
    assert dialog is not None
    choose(link, "papertown")
    assert not dialog.kind.isVisible()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    dialog.add_file.click()
    bench.wait_for(lambda: "two" in [entry.name for entry in link.library.entries])
    choose(link, "two")
    assert dialog.kind.currentData() == "sd2"
    dialog.kind.activated.emit(dialog.kind.findData("sd2-v"))
    bench.wait_for(lambda: entry(link, "two").architecture == "sd2-v")
    assert dialog.kind.currentData() == "sd2-v"
    dialog.remove.click()
    answer(bench, "Forget")
    bench.wait_for(lambda: "two" not in [entry.name for entry in link.library.entries])
    assert path.exists()


def test_damage_is_found_and_the_model_deleted(bench: Bench, tiny: Path) -> None:
    folder = install(tiny, "doomed")
    link = shown(bench)
    dialog = link.dialog
    assert dialog is not None
    choose(link, "doomed")
    dialog.verify.click()
    bench.wait_for(lambda: link.library.message is not None)
    assert dialog.message.text() == "doomed: all files are right."
    (folder / UNET).write_bytes((folder / UNET).read_bytes()[:1000])
    dialog.verify.click()
    bench.wait_for(lambda: link.library.message is not None and link.library.message.error)
    assert "diffusion_pytorch_model" in dialog.message.text()
    dialog.remove.click()
    answer(bench, "Cancel")
    assert folder.exists()
    dialog.remove.click()
    answer(bench, "Delete")
    bench.wait_for(lambda: "doomed" not in [entry.name for entry in link.library.entries])
    assert not folder.exists()


def test_a_model_is_downloaded_cancelled_and_gone_on_with(bench: Bench, hub: HubServer) -> None:
    link = shown(bench)
    library, dialog = link.library, link.dialog
    assert dialog is not None
    box = dialog.box
    look_up(bench, link, f"{hub.endpoint}/{REPO}/tree/main")
    for part in ("tiny-sd", "2.2 MB", "openrail++", str(installed_models_folder())):
        assert part in box.offer.text()
    assert not box.token.isVisible()
    hub.faults.piece_pause_s = 0.02
    box.download.click()
    bench.wait_for(lambda: library.progress is not None and library.progress.done > 1_000_000)
    assert box.progress.maximum() > 0
    assert not box.look_up.isEnabled()
    box.cancel.click()
    bench.wait_for(lambda: library.transfer == "idle")
    assert box.download.text() == "Go on"
    assert "of it are here already" in box.offer.text()
    hub.faults.piece_pause_s = 0.0
    box.download.click()
    bench.wait_for(lambda: "tiny-sd" in [info.name for info in library.models])
    assert dialog.message.text() == "Downloaded and checked: tiny-sd."
    assert hub.bytes_sent() < 2_600_000  # of 2.2 MB: nothing large came twice
    assert not box.offer.isVisible()
    assert bench.window.column.prompt.model_line.box.findData("tiny-sd") > 0


def test_a_mode_without_a_model_gets_one(
    qtbot: QtBot, tmp_path: Path, hub: HubServer, kontext: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = tmp_path / "embedded"
    embedded.mkdir()
    for name in ("papertown", "papertown-inpaint"):
        (embedded / name).symlink_to(EMBEDDED / name)
    monkeypatch.setattr("asyndm.catalogue.EMBEDDED", embedded)
    hub.repositories[ADVICE["edit"].repository] = Repository.of_folder(kontext)
    bench = Bench(qtbot, tmp_path)
    try:
        bench.window.show()
        link = started(bench)
        bench.generation.mode = "edit"
        prompt = bench.window.column.prompt
        assert prompt.missing.isVisible()
        prompt.missing.download.click()
        bench.wait_for(lambda: link.library.offer is not None)
        assert link.dialog is not None
        link.dialog.box.download.click()
        bench.wait_for(lambda: "edit" in link.library.defaults)
        assert not prompt.missing.isVisible()
        assert prompt.model_line.box.currentText() == "FLUX.1-Kontext-dev (auto)"
        assert link.in_use is not None
        assert link.in_use.path == installed_models_folder() / "FLUX.1-Kontext-dev"
    finally:
        bench.close()


def test_a_gated_model_asks_for_a_token(bench: Bench, hub: HubServer) -> None:
    hub.repositories[REPO].gated = True
    link = shown(bench)
    dialog = link.dialog
    assert dialog is not None
    look_up(bench, link)
    assert "gated" in dialog.message.text()
    assert dialog.box.token.isVisible()
    assert not dialog.box.download.isVisible()
    dialog.box.token.setText(TOKEN)
    look_up(bench, link)
    assert "must be accepted on the hub first" in dialog.box.offer.text()
    dialog.box.download.click()
    bench.wait_for(lambda: "tiny-sd" in [info.name for info in link.library.models])
    assert hub.tokens_at_the_store == []


def test_closing_the_window_ends_a_download(bench: Bench, hub: HubServer) -> None:
    link = shown(bench)
    look_up(bench, link)
    hub.faults.piece_pause_s = 0.05
    link.work.download()
    bench.wait_for(lambda: link.library.progress and link.library.progress.done > 0)
    # The fixture closes the window; a thread that is left behind fails the test.


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        (" a/b ", "a/b"),
        ("https://hub.example/a/b", "a/b"),
        ("https://hub.example/a/b/tree/main", "a/b"),
        ("https://hub.example/a/b/blob/main/x/y.safetensors", "a/b:x/y.safetensors"),
        ("a/b:c.safetensors", "a/b:c.safetensors"),
    ],
)
def test_an_address_names_a_model(text: str, reference: str) -> None:
    assert hub_reference(text) == reference


def test_only_what_lies_in_the_models_folder_is_deleted(tmp_path: Path) -> None:
    home, other = tmp_path / "models", tmp_path / "other"
    for folder in (home, other / "model"):
        folder.mkdir(parents=True)
    with pytest.raises(ModelError, match="delete it there yourself"):
        delete_installed(other / "model", home)
    (home / "linked").symlink_to(other / "model")
    delete_installed(home / "linked", home)
    assert (other / "model").is_dir()
    assert list(home.iterdir()) == []
    (home / "single").mkdir()
    (home / "single" / "source.json").write_text("{}")
    delete_installed(home / "single" / "x.safetensors", home)
    assert list(home.iterdir()) == []
    with pytest.raises(ModelError, match="any more"):
        delete_installed(home / "gone", home)
