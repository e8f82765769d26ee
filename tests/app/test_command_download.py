"""``models add OWNER/NAME`` with a hub on loopback: what it says, its exit codes, Ctrl+C."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import close_session, constants

from app.command_download import ProgressLine
from app.command_line import main
from asyndm import hub_access
from asyndm.catalogue import installed_models_folder
from asyndm.hub import DownloadProgress
from tests.asyndm.hub_server import TOKEN, HubServer, Repository, running_hub
from tests.asyndm.tiny_models import tiny_pipeline_folder

ROOT = Path(__file__).parents[2]
REPO = "some-lab/tiny-sd"
UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository.of_folder(tiny_pipeline_folder(tmp_path_factory.mktemp("published") / "m"))


@pytest.fixture
def hub(
    published: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[HubServer]:
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(hub_access, "PATIENCE_S", (0.0, 0.01))
    close_session()
    with running_hub({REPO: Repository(dict(published.files))}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        yield server
    close_session()


def test_a_model_is_added_listed_and_verified(
    hub: HubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "add", REPO]) == 0
    out, err = capsys.readouterr()
    target = installed_models_folder() / "tiny-sd"
    assert out == f"{target}\n"
    first, *shares = err.splitlines()
    assert first.startswith(f"Downloading {REPO}: 10 files, 2.2 MB; licence openrail++; to ")
    assert shares[-1] == "2.2 MB of 2.2 MB (100%)"
    assert len(shares) <= 10
    assert main(["models", "list"]) == 0
    assert "tiny-sd " in capsys.readouterr().out
    assert main(["models", "verify", "tiny-sd"]) == 0
    assert capsys.readouterr().out == "tiny-sd: every file is as it was published.\n"
    assert main(["models", "add", REPO]) == 2
    assert "already a model tiny-sd" in capsys.readouterr().err
    assert hub.bytes_sent(UNET) == (target / UNET).stat().st_size


def test_what_the_person_can_mend_is_two_and_faults_are_one(
    hub: HubServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.faults.flip.add(UNET)
    assert main(["models", "add", REPO]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"The file {UNET} is damaged:")
    hub.faults.flip.clear()
    hub.repositories[REPO].gated = True
    assert main(["models", "add", REPO]) == 2
    assert "gated: accept its licence" in capsys.readouterr().err
    assert main(["models", "add", REPO, "--token", "hf_other"]) == 2
    assert "the token does not open it" in capsys.readouterr().err
    assert main(["models", "add", f"{REPO}:{UNET}", "--token", TOKEN]) == 0
    assert capsys.readouterr().out.endswith("diffusion_pytorch_model\n")
    assert main(["models", "add", REPO, "--token", TOKEN, "--revision", "v9"]) == 2
    assert main(["models", "add", REPO, "--token", TOKEN, "--variant", "fp16"]) == 2
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main(["models", "add", REPO, "--token", TOKEN]) == 2
    monkeypatch.delenv("HF_HUB_OFFLINE")
    capsys.readouterr()
    hub.stop()
    assert main(["models", "add", REPO]) == 1
    sentence = capsys.readouterr().err
    assert sentence.startswith("The hub cannot be reached")
    assert sentence.count("\n") == 1


@pytest.mark.parametrize("source", ["tiny-sd", "a/b/c", "./nothing", "a/b:c.ckpt"])
def test_what_names_no_repository(
    hub: HubServer, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    assert main(["models", "add", source]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert hub.requests == []


def test_interrupted_by_ctrl_c_and_gone_on_with(hub: HubServer, published: Repository) -> None:
    size = len(published.files[UNET])
    hub.faults.piece_pause_s = 0.01
    command = [sys.executable, "main.py", "models", "add", REPO]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        limit = time.monotonic() + 60
        while hub.bytes_sent(UNET) < size // 3 and time.monotonic() < limit:
            time.sleep(0.005)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == (
        "Cancelled; what has arrived is kept, so the same download goes on there."
    )
    assert list(installed_models_folder().glob("[!.]*")) == []
    hub.faults.piece_pause_s = 0.0
    before = len(hub.sent)
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert " of it are there; " in again.stderr
    starts = [sent.start for sent in hub.sent[before:] if sent.name == UNET]
    assert len(starts) == 1
    assert starts[0] >= size // 4
    assert main(["models", "verify", "tiny-sd"]) == 0
    assert os.environ["HF_ENDPOINT"] == hub.endpoint


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_is_drawn_over_and_taken_away() -> None:
    terminal = _Terminal()
    line = ProgressLine(terminal)
    line.report(DownloadProgress(1_000_000, 10_000_000, "unet/a.safetensors"))
    line.report(DownloadProgress(10_000_000, 10_000_000, "vae/b"))
    line.clear()
    drawn = terminal.getvalue().split("\r")
    assert drawn[1] == "1.0 MB of 10.0 MB (10%), unet/a.safetensors"
    assert drawn[2].rstrip() == "10.0 MB of 10.0 MB (100%), vae/b"
    assert len(drawn[2]) == len(drawn[1])  # nothing of the longer line is left
    assert drawn[3].strip() == drawn[4] == ""
    assert "\n" not in terminal.getvalue()
