"""The package stays free of Qt, torch, and effects on import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import editing

PROBE = """
import importlib, json, pathlib, sys
root = pathlib.Path(sys.argv[1])
for path in sorted(root.rglob("*.py")):
    parts = path.relative_to(root.parent).with_suffix("").parts
    importlib.import_module(".".join(p for p in parts if p != "__init__"))
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_importing_every_module_brings_neither_qt_nor_torch() -> None:
    root = Path(editing.__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(root)], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert "editing" in loaded
    assert "numpy" in loaded
    forbidden = {"PySide6", "shiboken6", "torch", "diffusers", "transformers", "app", "asyndm"}
    assert not loaded & forbidden
    assert done.stderr == ""
