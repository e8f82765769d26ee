"""Time from the start of the process to the first painted frame of the window.

    python -m benchmarks.first_frame [RUNS]

Each run is a fresh process that quits after its first frame. The median counts; the first run,
which compiles the modules and fills the disk cache, is left out. Where there is no display, Qt's
offscreen platform is used.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 10


def first_frame_ms(folder: str) -> float:
    """Start the window once; milliseconds to its first frame."""
    environment = {
        **os.environ,
        "ASYNDM_TIME_FIRST_FRAME": "1",
        "ASYNDM_CONFIG_DIR": folder,
        "ASYNDM_STARTED_AT": repr(time.time()),
    }
    # Compiled modules are kept, as in any ordinary installation.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.platform.startswith("linux") and "DISPLAY" not in os.environ:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    output = subprocess.run(
        [sys.executable, str(ROOT / "main.py")],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    first, torch = output.splitlines()
    if torch != "torch loaded: False":
        raise SystemExit("The window process has loaded torch.")
    return float(first.split()[2])


def main() -> None:
    """Print each time and the median."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    with tempfile.TemporaryDirectory() as folder:
        times = [first_frame_ms(folder) for _ in range(runs + 1)][1:]
    print("first frame, ms:", " ".join(f"{t:.0f}" for t in sorted(times)))
    print(f"median of {runs}: {statistics.median(times):.0f} ms; torch not loaded")


if __name__ == "__main__":
    main()
