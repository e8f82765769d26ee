"""Opens damaged files in a process of its own, where a crash, a hang or greed for memory is seen.

Usage: ``python -m tests.editing.hostile_child FOLDER COUNT SEED [KIND ...]``: damages each sample
COUNT times and opens it. The last line it prints is a JSON summary. A file that takes longer than
``LIMIT_S`` ends the process with a traceback of all threads, in whatever library it hangs.
"""

from __future__ import annotations

import faulthandler
import json
import random
import resource
import sys
import time
from pathlib import Path

from editing.errors import FileError
from editing.files.document_file import decode_document
from tests.editing.mutations import mutated
from tests.editing.sample_files import (
    flat_samples,
    foreign_openraster,
    layered_psd,
    own_openraster,
)

LIMIT_S = 5
MEMORY_BYTES = 1 << 30
"""On top of what the process has when it begins."""


def samples(folder: Path) -> dict[str, bytes]:
    """Return a valid file of every kind."""
    return flat_samples() | {
        "ora own": own_openraster(folder / "sample.ora"),
        "ora foreign": foreign_openraster(),
        "psd": layered_psd(),
        "psd cmyk": layered_psd("CMYK"),
        "psd 16": layered_psd("RGB", 16),
    }


def limit_memory() -> None:
    """Refuse more memory than a small file may need."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    used = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, used + MEMORY_BYTES))


def outcome(data: bytes) -> str:
    """Open a file; returns "opened", "refused", or what went wrong."""
    try:
        loaded = decode_document(data, "The file")
    except FileError as error:
        text = str(error)
        one = text.count(". ") == 0 and text.endswith(".") and "\n" not in text and len(text) < 250
        return "refused" if one else f"no sentence: {text!r}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "opened" if loaded.document.size[0] > 0 else "no size"


def main() -> None:
    """Open all damaged files and print the summary."""
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    kept = folder / "last.bin"
    found = samples(folder)
    outcome(found["ora own"])  # Libraries are loaded before memory is limited.
    outcome(found["psd"])
    limit_memory()
    counts: dict[str, int] = {}
    wrong: list[str] = []
    slowest = 0.0
    for kind in sys.argv[4:] or found:
        rng = random.Random(f"{seed} {kind}")
        for number in range(count):
            data = mutated(found[kind], rng)
            kept.write_bytes(data)  # What a crash was about.
            faulthandler.dump_traceback_later(LIMIT_S, exit=True)
            began = time.perf_counter()
            result = outcome(data)
            slowest = max(slowest, time.perf_counter() - began)
            counts[result] = counts.get(result, 0) + 1
            if result not in ("opened", "refused"):
                wrong.append(f"{kind} {number}: {result}")
                (folder / f"wrong-{len(wrong)}.bin").write_bytes(data)
    faulthandler.cancel_dump_traceback_later()
    peak = _peak_bytes()
    summary = {"counts": counts, "wrong": wrong, "slowest_s": slowest, "peak_bytes": peak}
    sys.stdout.write(json.dumps(summary) + "\n")


def _peak_bytes() -> int:
    """Most memory this program held; ru_maxrss would count what its parent held when it forked."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("Linux does not tell the peak of memory")


if __name__ == "__main__":
    main()
