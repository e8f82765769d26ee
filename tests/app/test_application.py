"""Starting the program, as processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def start(folder: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ASYNDM_CONFIG_DIR": str(folder)}
    for name, value in changes.items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_first_frame_needs_no_torch_and_settings_are_stored(tmp_path: Path) -> None:
    result = start(tmp_path, QT_QPA_PLATFORM="offscreen", ASYNDM_TIME_FIRST_FRAME="1")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[1] == "torch loaded: False"
    assert (tmp_path / "settings.json").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="DISPLAY is a matter of Linux")
def test_without_a_display_there_is_one_sentence(tmp_path: Path) -> None:
    result = start(tmp_path, QT_QPA_PLATFORM=None, DISPLAY=None, WAYLAND_DISPLAY=None)
    assert result.returncode == 2
    assert result.stderr.startswith("There is no display")
    assert result.stderr.count("\n") == 1


def test_the_first_frame_waits_for_nothing_heavy() -> None:
    """What the first frame does not need must not creep into its imports."""
    code = (
        "import sys, app.application; "
        "print(sorted({'numpy', 'cv2', 'torch', 'textblob', 'PIL'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
