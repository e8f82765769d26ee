"""A real window process for the test of recovery: it paints until it is killed, or recovers.

Usage: ``python recovery_run.py paint PICTURE`` or ``python recovery_run.py recover``. What happens
is told on the standard output, a line each.
"""

import hashlib
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app import theme
from app.application import Studio
from app.settings import Settings, default_path

PAUSE_MS = 20


def say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def checksum(studio: Studio) -> str:
    assert studio.workspace is not None
    document = studio.workspace.document.document
    assert document is not None
    digest = hashlib.blake2b(digest_size=16)
    for plane in document.structure.planes():
        digest.update(plane.pixels.data)
    return digest.hexdigest()


class Painter:
    """Strokes on the region and on a layer, one after the other, until the end of the process."""

    def __init__(self, studio: Studio) -> None:
        assert studio.workspace is not None
        self.studio, self.model = studio, studio.workspace.document
        self.number = 0
        studio.workspace.history.keeper.acknowledged.connect(lambda n: say("acknowledged", n))
        self.timer = QTimer(studio)
        self.timer.timeout.connect(self.step)
        self.timer.start(PAUSE_MS)

    def step(self) -> None:
        from editing.brush import Stroke
        from editing.brush_settings import Brush
        from editing.flatten import flattened
        from editing.geometry import Rect
        from editing.layer_results import overlay_of, place_result

        document = self.model.document
        if document is None:
            return
        self.number += 1
        if self.number == 3:
            picture = flattened(document.layers)
            patch = picture[:50, :60].copy()
            patch[..., :3] = 255 - patch[..., :3]
            overlay = overlay_of(picture, patch, Rect(90, 80, 60, 50))
            self.model.push(place_result(document, overlay, "Inpaint"))
            say("planned", self.number, checksum(self.studio))
        else:
            self.model.begin_stroke(Stroke(document, Brush(radius_px=14)))
            self.model.stroke_to(17 * self.number % 300, 29 * self.number % 200)
            # Told first: after the release the process may end before it tells anything.
            say("planned", self.number, checksum(self.studio))
            self.model.end_stroke()


def recover(studio: Studio) -> None:
    assert studio.workspace is not None
    recovery, model = studio.workspace.history.recovery, studio.workspace.document

    def offered() -> None:
        dialog = recovery.dialog
        assert dialog is not None
        (row,) = dialog.rows
        say("offered", row.recover.accessibleName())
        row.recover.click()

    def replaced() -> None:
        assert model.document is not None
        name = "none" if model.document.path is None else model.document.path.name
        say("recovered", name, model.modified, checksum(studio))

    def acknowledged(_: int) -> None:
        say("kept")
        # Not "quit", which would ask about unsaved changes.
        QTimer.singleShot(200, lambda: QApplication.exit(0))

    recovery.offered.connect(offered)
    recovery.finished.connect(lambda: say("finished"))
    model.document_replaced.connect(replaced)
    studio.workspace.history.keeper.acknowledged.connect(acknowledged)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    application = QApplication(sys.argv[:1])
    theme.apply(application)
    path = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    studio = Studio(Settings(default_path()), path)

    painters: list[Painter] = []

    def go() -> None:
        if sys.argv[1] == "paint":
            painters.append(Painter(studio))
        else:
            recover(studio)

    # After the first frame, at once: what is looked for must not be found before.
    studio.window.first_frame.connect(go)
    studio.window.show()
    application.exec()


if __name__ == "__main__":
    main()
