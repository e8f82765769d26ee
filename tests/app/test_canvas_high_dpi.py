"""On screens with more than one device pixel per widget pixel; needs a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import sys
import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from app.canvas.canvas_view import CanvasView
from app.models.document_model import DocumentModel
from app.qt_images import to_array
from editing.brush import Brush, Stroke
from editing.document import Document

application = QApplication([])

def settle():
    for _ in range(1000):
        application.processEvents()
        was_refining = canvas.is_refining
        application.processEvents()
        if not was_refining and not canvas.is_refining:
            return

pixels = np.random.default_rng(3).integers(0, 256, (200, 300, 4), dtype=np.uint8)
pixels[..., 3] = 255
model, canvas = DocumentModel(), CanvasView()
canvas.resize(400, 300)
canvas.set_model(model)
canvas.show()
model.set_document(Document(pixels))
canvas.actual_size()
settle()
ratio = canvas.devicePixelRatioF()
shown = to_array(canvas.grab().toImage())[..., :3]
x, y = canvas.transform.origin_x, canvas.transform.origin_y
part = shown[y : y + 200, x : x + 300]
place = canvas.to_document(QPointF((x + 150) / ratio, (y + 70) / ratio))
model.begin_stroke(Stroke(model.document, Brush(radius_px=5, hardness=1)))
model.stroke_to(40, 50)
model.end_stroke()
settle()
partial = to_array(canvas.grab().toImage())
canvas.redraw()
settle()
whole = to_array(canvas.grab().toImage())
print(ratio, bool(np.array_equal(part, pixels[..., :3])), place, bool((partial == whole).all()))
canvas.close()
model.close()
"""


@pytest.mark.parametrize("ratio", ["1.25", "1.5", "2"])
def test_100_percent_is_one_device_pixel_per_document_pixel(ratio: str) -> None:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": ratio,
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split(maxsplit=1)[1].strip() == "True (150.0, 70.0) True"
    assert float(done.stdout.split()[0]) == float(ratio)
