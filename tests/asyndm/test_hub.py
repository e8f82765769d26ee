"""Downloads from a hub on loopback: whole, interrupted anywhere, damaged, refused."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub import close_session, constants

from asyndm import hub_access, hub_partial
from asyndm.catalogue import Catalogue
from asyndm.errors import AsynDMError, EngineError, ModelError
from asyndm.hub import (
    AccessError,
    DownloadCancelledError,
    DownloadProgress,
    describe,
    download,
    is_reference,
)
from asyndm.loading import load_model
from tests.asyndm.hub_server import COMMIT, TOKEN, HubServer, Repository, running_hub
from tests.asyndm.tiny_models import tiny_pipeline_folder

REPO = "some-lab/tiny-sd"
UNET = "unet/diffusion_pytorch_model.safetensors"
NEVER = {
    "safety_checker/model.safetensors": b"never run",
    "safety_checker/config.json": b"{}",
    "unet/diffusion_pytorch_model.bin": b"a pickle",
    "unet/diffusion_pytorch_model.non_ema.safetensors": b"another set",
    "text_encoder/flax_model.msgpack": b"another framework",
    "tiny-sd-pruned.safetensors": b"a file for other programs",
    ".gitattributes": b"",
    "pictures/sample.png": b"a picture",
}


@pytest.fixture(scope="module")
def model_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A model as it is published, with all that is not needed beside it."""
    folder = tiny_pipeline_folder(tmp_path_factory.mktemp("published") / "model")
    files = Repository.of_folder(folder).files
    index = json.loads(files["model_index.json"])
    index["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
    files["model_index.json"] = json.dumps(index).encode()
    files["README.md"] = b"---\nlicense: openrail++\n---\n# Tiny\n"
    return {**files, **NEVER}


@pytest.fixture(scope="module", autouse=True)
def session_of_its_own() -> Iterator[None]:
    """No proxy of whoever runs the tests: the library's session asks for it when it is made."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "ALL_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        close_session()
        yield
        close_session()


@pytest.fixture(autouse=True)
def quick_and_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No token and settings of whoever runs the tests, and short waits."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(hub_access, "PATIENCE_S", (0.0, 0.01, 0.02, 0.03))


@pytest.fixture
def hub(model_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """The hub that HF_ENDPOINT names."""
    with running_hub({REPO: Repository(dict(model_files))}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        yield server


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def total_of(folder: Path) -> int:
    """Bytes of the published files in a finished folder."""
    own = ("checksums.json", "source.json")
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name not in own]
    return sum(path.stat().st_size for path in paths)


def names_in(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


# --- whole ---------------------------------------------------------------------------------------


def test_a_model_arrives_whole_and_loads(
    hub: HubServer, models: Path, model_files: dict[str, bytes]
) -> None:
    seen: list[DownloadProgress] = []
    folder = download(REPO, folder=models, progress=seen.append)
    assert folder == models / "tiny-sd"
    assert names_in(folder) == (set(model_files) - set(NEVER)) | {"checksums.json", "source.json"}
    for name in names_in(folder) & set(model_files):
        assert (folder / name).read_bytes() == model_files[name]
    assert [path.name for path in models.iterdir()] == ["tiny-sd"]

    catalogue = Catalogue([models])
    info = catalogue.find("tiny-sd")
    assert (info.licence, info.pipeline) == ("openrail++", "StableDiffusionPipeline")
    assert catalogue.verify(info) == []
    loaded = load_model(info, torch.device("cpu"), torch.float32)
    assert loaded.pipeline.unet.config.in_channels == 4

    source = json.loads((folder / "source.json").read_text())
    assert source == {
        "version": 1, "repository": REPO, "revision": COMMIT, "file": None, "variant": None,
    }  # fmt: skip
    written = (folder / "source.json").read_text() + (folder / "checksums.json").read_text()
    assert "127.0.0.1" not in written
    assert hub.bytes_sent(UNET) == len(model_files[UNET])
    done = [report.done for report in seen]
    assert done == sorted(done)
    assert done[-1] == seen[-1].total == total_of(folder)
    assert {report.file for report in seen} == set(model_files) - set(NEVER)


def test_verify_compares_with_what_was_published(hub: HubServer, models: Path) -> None:
    folder = download(REPO, folder=models)
    data = bytearray((folder / UNET).read_bytes())
    data[-1] ^= 1
    (folder / UNET).write_bytes(data)
    assert Catalogue([models]).verify(folder) == [
        f"{UNET} is not the file that was published (checksums differ)."
    ]
    assert hub.sent


def test_describe_tells_all_before_anything_is_written(hub: HubServer, models: Path) -> None:
    info = describe(REPO, folder=models)
    assert (info.repository, info.revision, info.name) == (REPO, COMMIT, "tiny-sd")
    assert (info.pipeline, info.licence) == ("StableDiffusionPipeline", "openrail++")
    assert info.tasks == ("generate", "repair", "inpaint")
    assert not info.gated
    assert info.target == models / "tiny-sd"
    assert info.present_bytes == 0 < info.free_bytes
    assert not models.exists()
    assert hub.bytes_sent() == hub.bytes_sent("model_index.json")
    folder = download(REPO, folder=models)
    assert info.total_bytes == total_of(folder)
    assert dict(info.files)[UNET] == (folder / UNET).stat().st_size


def test_one_file_of_a_repository(
    hub: HubServer, models: Path, model_files: dict[str, bytes]
) -> None:
    hub.repositories[REPO].files["sub dir/big-v1.5.safetensors"] = model_files[UNET]
    folder = download(f"{REPO}:sub dir/big-v1.5.safetensors", folder=models)
    assert folder == models / "big-v1.5"
    assert names_in(folder) == {"big-v1.5.safetensors", "checksums.json", "source.json"}
    assert (folder / "big-v1.5.safetensors").read_bytes() == model_files[UNET]
    source = json.loads((folder / "source.json").read_text())
    assert source["file"] == "sub dir/big-v1.5.safetensors"
    assert describe(f"{REPO}:sub dir/big-v1.5.safetensors", folder=models).pipeline == ""


@pytest.mark.parametrize("variant", ["fp16", None])
def test_half_precision_when_asked_for_or_when_only_that_is_there(
    hub: HubServer, models: Path, variant: str | None
) -> None:
    files = hub.repositories[REPO].files
    half = "vae/diffusion_pytorch_model.fp16.safetensors"
    files[half] = files["vae/diffusion_pytorch_model.safetensors"]
    unet = "unet/diffusion_pytorch_model.fp16.safetensors"
    files[unet] = files.pop(UNET)
    folder = download(REPO, folder=models, variant=variant)
    assert (folder / unet).is_file()
    assert (folder / half).is_file() == (variant == "fp16")
    assert (folder / half.replace(".fp16", "")).is_file() == (variant is None)
    info = Catalogue([models]).find("tiny-sd")
    assert load_model(info, torch.device("cpu"), torch.float32).pipeline.vae is not None


def test_a_branch_or_commit_can_be_named(hub: HubServer, models: Path) -> None:
    assert download(REPO, folder=models, revision=COMMIT).is_dir()
    with pytest.raises(ModelError, match="no such revision; check --revision"):
        download(REPO, folder=models / "other", revision="refs/pr/7")
    assert any("refs%2Fpr%2F7" in request for request in hub.requests)


def test_a_model_that_is_there_is_not_replaced(hub: HubServer, models: Path) -> None:
    folder = download(REPO, folder=models)
    before = {name: (folder / name).stat().st_mtime_ns for name in names_in(folder)}
    with pytest.raises(ModelError, match="already a model tiny-sd"):
        download(REPO, folder=models)
    assert {name: (folder / name).stat().st_mtime_ns for name in names_in(folder)} == before
    hub.repositories["other-lab/tiny-sd"] = hub.repositories[REPO]
    assert download("other-lab/tiny-sd", folder=models) == models / "other-lab-tiny-sd"
    hub.repositories["other-lab/papertown"] = hub.repositories[REPO]
    other = download("other-lab/papertown", folder=models)
    assert other.name == "other-lab-papertown"  # the embedded model of that name would hide it


# --- interrupted ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_cut_connections_are_taken_up_again(
    hub: HubServer, models: Path, model_files: dict[str, bytes], seed: int
) -> None:
    draw = random.Random(seed)
    hub.faults.cut = lambda: draw.choice([1, draw.randrange(2, 200_000), None])
    folder = download(REPO, folder=models)
    assert Catalogue([models]).verify(folder) == []
    starts = [sent.start for sent in hub.sent if sent.name == UNET]
    assert starts == sorted(starts)
    # Every byte came once: what was there was not asked for again.
    sent = hub.bytes_sent() - 2 * len(model_files["model_index.json"])
    assert sent <= total_of(folder)
    assert hub.bytes_sent(UNET) == len(model_files[UNET])


@pytest.mark.parametrize("seed", range(10))
def test_a_cancelled_download_goes_on_where_it_was(
    hub: HubServer, models: Path, model_files: dict[str, bytes], seed: int
) -> None:
    draw = random.Random(seed)
    total = describe(REPO, folder=models).total_bytes
    stops = sorted(draw.randrange(total) for _ in range(3))
    hub.forget()
    arrived = 0
    for stop in stops:
        cancel = threading.Event()

        def report(at: DownloadProgress, stop: int = stop, event: threading.Event = cancel) -> None:
            nonlocal arrived
            arrived = at.done
            if at.done > stop:
                event.set()

        with pytest.raises(DownloadCancelledError, match="what has arrived is kept"):
            download(REPO, folder=models, cancel=cancel, progress=report)
        assert not (models / "tiny-sd").exists()
        assert Catalogue([models]).models() == []
        assert describe(REPO, folder=models).present_bytes == arrived
    before = len(hub.sent)
    folder = download(REPO, folder=models)
    assert Catalogue([models]).verify(folder) == []
    index = len(model_files["model_index.json"])
    # Counted from the answers that came since: a server writes ahead of a reader that goes away.
    assert sum(answer.count for answer in hub.sent[before:]) == total - arrived + index
    asked = [(part.name, part.start) for part in hub.sent if part.name != "model_index.json"]
    assert len(set(asked)) == len(asked)


def test_a_killed_process_leaves_what_another_goes_on_with(
    hub: HubServer, models: Path, model_files: dict[str, bytes]
) -> None:
    hub.faults.piece_pause_s = 0.01
    program = (
        "import sys; from pathlib import Path; from asyndm.hub import download\n"
        f"download({REPO!r}, folder=Path(sys.argv[1]))"
    )
    partial = models / ".some-lab--tiny-sd.download" / "model"
    for share in (3, 2):
        with subprocess.Popen([sys.executable, "-c", program, str(models)]) as child:
            limit = time.monotonic() + 60
            while time.monotonic() < limit and child.poll() is None:
                part = partial / f"{UNET}.part"
                if part.is_file() and part.stat().st_size > len(model_files[UNET]) // share:
                    break
                time.sleep(0.002)
            child.send_signal(signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL
    there = (partial / f"{UNET}.part").stat().st_size
    assert len(model_files[UNET]) // 2 < there < len(model_files[UNET])
    hub.faults.piece_pause_s = 0.0
    present = describe(REPO, folder=models).present_bytes
    hub.forget()
    folder = download(REPO, folder=models)
    assert Catalogue([models]).verify(folder) == []
    assert [sent.start for sent in hub.sent if sent.name == UNET] == [there]
    index = len(model_files["model_index.json"])
    assert hub.bytes_sent() == total_of(folder) - present + index
    assert [path.name for path in models.iterdir()] == ["tiny-sd"]


@pytest.mark.parametrize("noted", [True, False])
def test_complete_files_are_noted_or_hashed_again_but_not_fetched_again(
    hub: HubServer,
    models: Path,
    model_files: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    noted: bool,
) -> None:
    text_encoder = "text_encoder/model.safetensors"
    monkeypatch.setattr(hub_partial, "LARGE_BYTES", 1000 if noted else 1 << 40)
    stop_at(models, len(model_files[UNET]))
    partial = models / ".some-lab--tiny-sd.download"
    assert (partial / "model" / text_encoder).is_file()
    state = json.loads((partial / "download.json").read_text())
    assert (text_encoder in state["verified"]) == noted
    hub.forget()
    assert Catalogue([models]).verify(download(REPO, folder=models)) == []
    assert {sent.name for sent in hub.sent} == {
        "model_index.json", UNET, "vae/diffusion_pytorch_model.safetensors",
    }  # fmt: skip


def test_a_damaged_state_costs_time_and_nothing_else(hub: HubServer, models: Path) -> None:
    stop_at(models, 1)
    (models / ".some-lab--tiny-sd.download" / "download.json").write_text('{"wanted": [')
    assert describe(REPO, folder=models).present_bytes == 0
    assert Catalogue([models]).verify(download(REPO, folder=models)) == []
    assert hub.sent


def test_files_of_an_older_commit_are_not_mixed_in(
    hub: HubServer, models: Path, model_files: dict[str, bytes]
) -> None:
    stop_at(models, len(model_files[UNET]))
    changed = hub.repositories[REPO]
    changed.commit = COMMIT[::-1]
    changed.files[UNET] = bytes(reversed(model_files[UNET]))
    changed.files["unet/config.json"] = model_files["unet/config.json"] + b"\n"
    folder = download(REPO, folder=models)
    assert (folder / UNET).read_bytes() == changed.files[UNET]
    assert (folder / "unet/config.json").read_bytes() == changed.files["unet/config.json"]
    assert json.loads((folder / "source.json").read_text())["revision"] == COMMIT[::-1]
    assert [p for p in Catalogue([models]).verify(folder) if "checksum" in p] == []


def test_a_hub_without_ranges_begins_the_file_again(
    hub: HubServer, models: Path, model_files: dict[str, bytes]
) -> None:
    stop_at(models, len(model_files[UNET]))
    hub.faults.no_ranges = True
    hub.forget()
    seen: list[int] = []
    folder = download(REPO, folder=models, progress=lambda at: seen.append(at.done))
    assert Catalogue([models]).verify(folder) == []
    assert hub.bytes_sent(UNET) == len(model_files[UNET])
    assert seen[-1] == total_of(folder)


def test_two_processes_do_not_write_the_same_files(hub: HubServer, models: Path) -> None:
    hub.faults.piece_pause_s = 0.01
    cancel, begun = threading.Event(), threading.Event()
    errors: list[AsynDMError] = []

    def first() -> None:
        try:
            download(REPO, folder=models, cancel=cancel, progress=lambda _at: begun.set())
        except AsynDMError as error:
            errors.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(30)
    with pytest.raises(ModelError, match="is being downloaded already"):
        download(REPO, folder=models)
    cancel.set()
    thread.join()
    assert [type(error) for error in errors] == [DownloadCancelledError]


def test_a_hub_that_is_gone_in_the_middle_is_told_after_a_few_tries(
    hub: HubServer, models: Path
) -> None:
    cuts = iter([100, 100, 100])
    hub.faults.cut = lambda: next(cuts, 0)
    with pytest.raises(EngineError, match=r"connection to the hub broke off .*kept") as caught:
        download(REPO, folder=models)
    assert caught.value.retryable
    hub.faults.cut = lambda: None
    assert Catalogue([models]).verify(download(REPO, folder=models)) == []


# --- damaged -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [UNET, "unet/config.json"])
def test_one_wrong_byte_is_caught_and_only_that_file_comes_again(
    hub: HubServer, models: Path, name: str
) -> None:
    hub.faults.flip.add(name)
    with pytest.raises(EngineError, match=f"file {name} is damaged: its checksum") as caught:
        download(REPO, folder=models)
    assert caught.value.retryable
    assert not (models / "tiny-sd").exists()
    assert not list(models.rglob(f"{Path(name).name}*.part"))
    hub.faults.flip.clear()
    before = {sent.name for sent in hub.sent} - {name, "model_index.json"}
    hub.forget()
    assert Catalogue([models]).verify(download(REPO, folder=models)) == []
    assert not before & {sent.name for sent in hub.sent}
    assert name in {sent.name for sent in hub.sent}


def test_bytes_that_went_bad_on_the_disk_are_caught_too(
    hub: HubServer, models: Path, model_files: dict[str, bytes]
) -> None:
    stop_at(models, len(model_files[UNET]))
    part = next(models.rglob("*.safetensors.part"))
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    with pytest.raises(EngineError, match="is damaged"):
        download(REPO, folder=models)
    assert Catalogue([models]).verify(download(REPO, folder=models)) == []
    assert hub.sent


def test_a_file_longer_than_announced_is_no_file_of_this_commit(
    hub: HubServer, models: Path, model_files: dict[str, bytes]
) -> None:
    hub.repositories[REPO].announced[UNET] = len(model_files[UNET]) - 10
    with pytest.raises(EngineError, match=r"more bytes of unet.* than it announced"):
        download(REPO, folder=models)
    hub.repositories[REPO].announced[UNET] = len(model_files[UNET]) + 10
    with pytest.raises(EngineError, match=r"ended the file|refuses|broke off"):
        download(REPO, folder=models)


# --- refused -------------------------------------------------------------------------------------


def test_a_gated_repository_wants_a_token_that_opens_it(
    hub: HubServer, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories[REPO].gated = True
    with pytest.raises(AccessError, match=r"gated: accept its licence at http.*HF_TOKEN"):
        download(REPO, folder=models)
    with pytest.raises(AccessError, match="token does not open it yet: accept its licence at"):
        describe(REPO, folder=models, token="hf_another")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert describe(REPO, folder=models).gated
    monkeypatch.delenv("HF_TOKEN")
    folder = download(REPO, folder=models, token=TOKEN)
    assert Catalogue([models]).verify(folder) == []
    assert hub.bytes_sent(UNET) > 0
    assert hub.tokens_at_the_store == []  # the store is another origin
    assert TOKEN not in "".join(
        path.read_text() for path in (folder / "source.json", folder / "checksums.json")
    )


def test_a_stored_token_is_found(
    hub: HubServer, models: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub.repositories[REPO].private = True
    with pytest.raises(AccessError, match="to nobody without a token"):
        describe(REPO, folder=models)
    (tmp_path / "token").write_text(TOKEN + "\n")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    assert describe(REPO, folder=models).name == "tiny-sd"


@pytest.mark.parametrize("token", ["two words", "tökén", "line\nbreak"])
def test_what_cannot_be_a_token_is_refused(hub: HubServer, token: str) -> None:
    with pytest.raises(AccessError, match="no token of a hub"):
        describe(REPO, token=token)
    assert hub.requests == []


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("some-lab/unknown", "without a token that it knows: check the name"),
        (f"{REPO}:nothing.safetensors", r"has no file nothing.safetensors; name one of its files"),
        (f"{REPO}:unet/diffusion_pytorch_model.bin", "is no .safetensors file"),
        ("tiny-sd", "names no repository; write OWNER/NAME"),
        ("../../etc", "names no repository"),
    ],
)
def test_what_is_not_there(hub: HubServer, models: Path, reference: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        download(reference, folder=models)
    assert not models.exists()
    assert hub.bytes_sent(UNET) == 0


def test_what_cannot_be_run_is_not_downloaded(hub: HubServer, models: Path) -> None:
    files = hub.repositories[REPO].files
    index = json.loads(files["model_index.json"])
    files["model_index.json"] = json.dumps({**index, "_class_name": "AudioPipeline"}).encode()
    with pytest.raises(ModelError, match="is a AudioPipeline, which is not supported"):
        download(REPO, folder=models)
    files["model_index.json"] = b"[1"
    with pytest.raises(ModelError, match=r"model_index.json of .* is damaged"):
        download(REPO, folder=models)
    del files["model_index.json"]
    with pytest.raises(ModelError, match=r"no model in the diffusers layout .* name one of its"):
        download(REPO, folder=models)
    assert not models.exists()


def test_pickles_and_missing_variants_are_refused(hub: HubServer, models: Path) -> None:
    with pytest.raises(ModelError, match="has no fp16 weights; leave the variant out"):
        download(REPO, folder=models, variant="fp16")
    del hub.repositories[REPO].files[UNET]
    del hub.repositories[REPO].files["unet/diffusion_pytorch_model.non_ema.safetensors"]
    with pytest.raises(ModelError, match="unet of the repository has only pickled weights"):
        download(REPO, folder=models)
    assert not models.exists()


def test_a_name_that_leads_out_of_the_folder_is_refused(hub: HubServer, models: Path) -> None:
    files = hub.repositories[REPO].files
    index = json.loads(files["model_index.json"])
    index[".."] = ["diffusers", "AutoencoderKL"]
    files["model_index.json"] = json.dumps(index).encode()
    files["../config.json"] = b"{}"
    with pytest.raises(ModelError, match=r"unsafe name '../config.json'"):
        download(REPO, folder=models)
    assert not models.exists()


def test_a_busy_hub_is_asked_again(hub: HubServer, models: Path) -> None:
    hub.faults.refuse = [(429, ""), (503, "")]
    assert describe(REPO, folder=models).name == "tiny-sd"
    hub.faults.refuse = [(500, "")] * 20
    with pytest.raises(EngineError, match=r"hub is busy .*status 500") as caught:
        describe(REPO, folder=models)
    assert caught.value.retryable
    assert hub.faults.refuse  # it gave up before the hub did


def test_no_network_and_offline_mode(
    hub: HubServer, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match=r"offline mode is on.*unset HF_HUB_OFFLINE"):
        download(REPO, folder=models)
    assert hub.requests == []
    monkeypatch.delenv("HF_HUB_OFFLINE")
    hub.stop()
    with pytest.raises(EngineError, match=r"hub cannot be reached .*check the network"):
        download(REPO, folder=models)
    monkeypatch.setenv("HF_ENDPOINT", "gopher://example")
    with pytest.raises(EngineError, match=r"address of the hub cannot be used .*HF_ENDPOINT"):
        download(REPO, folder=models)


def test_a_hub_that_answers_something_else(hub: HubServer, models: Path) -> None:
    hub.repositories[REPO].announced[UNET] = -1
    with pytest.raises(ModelError, match="gives no checksum of unet"):
        download(REPO, folder=models)
    hub.repositories[REPO].commit = "main"  # asked for below as the interface of another program
    with running_hub({}) as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", f"{other.endpoint}/api/models/x/y/tree/main?")
        with pytest.raises(AsynDMError, match=r"."):
            describe(REPO, folder=models)


# --- room ----------------------------------------------------------------------------------------


def test_a_model_larger_than_the_disk_is_refused_with_figures(hub: HubServer, models: Path) -> None:
    hub.repositories[REPO].announced[UNET] = 10**18
    with pytest.raises(
        ModelError, match=r"no room for tiny-sd: 1000000\.\d TB are still needed in .*\d B? ?.*free"
    ):
        download(REPO, folder=models)
    assert hub.bytes_sent(UNET) == 0


def test_a_disk_that_fills_up_is_told_and_gone_on_from(
    hub: HubServer, models: Path, model_files: dict[str, bytes]
) -> None:
    limit = len(model_files[UNET]) // 2
    program = (
        "import sys; from pathlib import Path; from asyndm.hub import download\n"
        "from asyndm.errors import ModelError\n"
        "try:\n"
        f"    download({REPO!r}, folder=Path(sys.argv[1]))\n"
        "except ModelError as error:\n"
        "    sys.exit(str(error))"
    )
    child = subprocess.run(
        [sys.executable, "-c", program, str(models)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 1
    assert child.stderr.startswith("The disk is full: unet/")
    assert child.stderr.count("\n") == 1
    hub.forget()
    assert Catalogue([models]).verify(download(REPO, folder=models)) == []
    assert [sent.start for sent in hub.sent if sent.name == UNET] == [limit]


def test_a_folder_that_cannot_be_written_to(hub: HubServer, models: Path) -> None:
    models.write_text("a file where the folder should be")
    with pytest.raises(ModelError, match=r"folder of the models, .*, cannot be written to"):
        download(REPO, folder=models)
    assert hub.bytes_sent(UNET) == 0


# --- the rest ------------------------------------------------------------------------------------


def test_references_and_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_reference("some-lab/tiny-sd")
    assert is_reference("some-lab/tiny-sd:a/b c.safetensors")
    for text in ("tiny-sd", "./a/b", "/a/b", "a/b/c", "~/a", "a//b", "a/..", "a/b:", "a\\b"):
        assert not is_reference(text), text
    (tmp_path / "some-lab" / "tiny-sd").mkdir(parents=True)
    assert not is_reference("some-lab/tiny-sd")


def test_the_module_needs_no_torch_and_asks_for_the_library_late() -> None:
    program = (
        "import sys; import asyndm.hub\n"
        "print([m for m in ('torch', 'huggingface_hub', 'httpx2', 'PySide6') if m in sys.modules])"
    )
    child = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert child.stdout.strip() == "[]"


def test_the_hub_of_these_tests_serves_the_library_itself(
    hub: HubServer, tmp_path: Path, model_files: dict[str, bytes]
) -> None:
    program = (
        "import sys; from huggingface_hub import snapshot_download\n"
        f"print(snapshot_download({REPO!r}, allow_patterns=['unet/*'], token={TOKEN!r}))"
    )
    environment = {
        **os.environ,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "NO_PROXY": "127.0.0.1",
    }
    child = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    folder = Path(child.stdout.strip())
    assert folder.name == COMMIT
    assert (folder / UNET).read_bytes() == model_files[UNET]
    assert any(request.startswith("HEAD") for request in hub.requests)


def stop_at(models: Path, count: int) -> None:
    """Start a download and cancel it in the middle of the largest file."""
    cancel = threading.Event()
    before = 0

    def report(at: DownloadProgress) -> None:
        nonlocal before
        if at.file != UNET:
            before = at.done
        elif at.done - before > count // 3:
            cancel.set()

    with pytest.raises(DownloadCancelledError):
        download(REPO, folder=models, cancel=cancel, progress=report)
