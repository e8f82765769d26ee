"""A scripted painting run with a journal and saves, which is killed while it works.

Run as a script it starts such runs as processes of their own and kills them at random moments:
``python painter.py FOLDER FIRST COUNT``. What each run did is in its folder: ``log`` tells of edits
planned, acknowledged and saved, with checksums.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from editing.brush import Stroke
from editing.brush_settings import Brush
from editing.commands import restructure
from editing.document import Document
from editing.files.document_file import load_document, save_document
from editing.flatten import flattened
from editing.geometry import Rect
from editing.history import Command, History, Touched
from editing.journal import Journal
from editing.plane import Plane
from editing.region import Region
from editing.snapshot import take_snapshot
from tests.editing.simple_edits import add_result, fill_mask, invert_mask, paste_pixels

SIZE = (600, 420)
SHORTEST_LIFE_S, LONGEST_LIFE_S = 0.1, 0.8
MOST_LAYERS = 4


def checksum(document: Document) -> str:
    """Of all that a journal must keep."""
    digest = hashlib.blake2b(digest_size=16)
    for layer in document.layers:
        values = (layer.name, layer.visible, layer.opacity, layer.blend, layer.locked)
        digest.update(repr(values).encode())
        digest.update(layer.plane.pixels.data)
        if layer.mask is not None:
            digest.update(layer.mask.pixels.data)
    for region in document.regions:
        kept = (region.name, region.colour, region.concavity, region.prompt, region.visible)
        digest.update(repr(kept).encode())
        digest.update(region.mask.pixels.data)
    digest.update(document.selection.pixels.data)
    places = (
        document.layers.index(document.active_layer),
        document.regions.index(document.active_region),
        document.target,
        document.metadata,
        str(document.path),
    )
    digest.update(repr(places).encode())
    return digest.hexdigest()


def content_checksum(document: Document) -> str:
    """Of the pixels that an OpenRaster file holds."""
    digest = hashlib.blake2b(digest_size=16)
    for plane in document.structure.planes():
        digest.update(plane.pixels.data)
    return digest.hexdigest()


def picture_checksum(document: Document) -> str:
    """Of the pixels that a flat file holds."""
    return hashlib.blake2b(flattened(document.layers).data, digest_size=16).hexdigest()


class Painter:
    """One run: edits at random, a journal, saves."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.folder = folder
        self.picture = folder / f"picture.{'png' if seed % 2 else 'ora'}"
        self.number = 0
        self.log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.document = self.start()
        self.history = History(self.document, budget_bytes=500_000, folder=folder / "undo")
        self.journal = Journal(
            folder / "journals",
            self.document,
            lambda number: self.say(f"ack {number}"),
            lambda sentence: self.say(f"failure {sentence}"),
        )

    def start(self) -> Document:
        noise = np.random.default_rng(self.rng.randrange(1000))
        if self.rng.random() < 0.4:
            return Document.blank(*SIZE)
        pixels = noise.integers(0, 256, (SIZE[1], SIZE[0], 4), dtype=np.uint8)
        with take_snapshot(Document(pixels)) as snapshot:
            save_document(snapshot, self.picture)
        return load_document(self.picture).document

    def say(self, text: str) -> None:
        os.write(self.log, f"{text}\n".encode())

    def work(self) -> None:
        """Until the process is killed."""
        steps = [self.stroke] * 6 + [self.paste, self.structure, self.flip, self.save]
        while True:
            self.rng.choice(steps)()

    def committed(self, touched: Touched) -> None:
        # The number is known before: an acknowledgement may come at once.
        self.number += 1
        self.say(f"plan {self.number} {checksum(self.document)}")
        assert self.journal.commit(touched) == self.number

    def push(self, command: Command | None) -> None:
        if command is not None:
            self.history.push(command)
            self.committed(command.touched)

    def stroke(self) -> None:
        brush = Brush(radius_px=self.rng.uniform(3, 60), erase=self.rng.random() < 0.3)
        stroke = Stroke(self.document, brush)
        for _ in range(4):
            stroke.move_to(self.rng.uniform(0, SIZE[0]), self.rng.uniform(0, SIZE[1]))
        self.push(stroke.finish())

    def paste(self) -> None:
        width, height = self.rng.randrange(1, 300), self.rng.randrange(1, 200)
        rect = Rect(self.rng.randrange(300), self.rng.randrange(200), width, height)
        noise = np.random.default_rng(self.rng.randrange(1000))
        self.push(
            paste_pixels(
                self.document, rect, noise.integers(0, 256, (height, width, 4), dtype=np.uint8)
            )
        )

    def structure(self) -> None:
        document, old = self.document, self.document.structure
        kind = self.rng.randrange(5)
        if kind == 0 and len(old.layers) < MOST_LAYERS:
            rect = Rect(self.rng.randrange(300), self.rng.randrange(200), 200, 100)
            pixels = np.full((100, 200, 4), self.rng.randrange(256), np.uint8)
            self.push(add_result(document, rect, pixels))
        elif kind == 1 and len(old.layers) > 1:
            gone = self.rng.choice(old.layers)
            left = tuple(layer for layer in old.layers if layer is not gone)
            self.push(restructure(document, replace(old, layers=left), "Delete layer"))
        elif kind == 2:
            layer = replace(self.rng.choice(old.layers), opacity=self.rng.random())
            self.push(restructure(document, old.with_layer(layer), "Opacity"))
        elif kind == 3 and len(old.regions) < MOST_LAYERS:
            region = Region(Plane.zeros((SIZE[1], SIZE[0])), f"Region {self.rng.random()}")
            new = replace(old, regions=(*old.regions, region))
            document_command = restructure(document, new, "Add region")
            document.choose_region(region.id)
            self.push(document_command)
        else:
            self.push(self.rng.choice([fill_mask, invert_mask])(document))

    def flip(self) -> None:
        for _ in range(self.rng.randrange(1, 6)):
            undo = self.rng.random() < 0.6
            if self.history.can_undo if undo else self.history.can_redo:
                touched = self.history.next_touched(undo=undo)
                if undo:
                    self.history.undo()
                else:
                    self.history.redo()
                self.committed(touched)

    def save(self) -> None:
        self.say(f"saving {self.number} {saved_checksum(self.document, self.picture)}")
        with take_snapshot(self.document) as snapshot:
            self.journal.secure_base()
            save_document(snapshot, self.picture)
        self.say(f"saved {self.number}")
        self.document.path = self.picture
        self.history.mark_saved()
        self.journal.mark_clean()


def saved_checksum(document: Document, path: Path) -> str:
    """Of what a file of this name is to hold."""
    return (content_checksum if path.suffix == ".ora" else picture_checksum)(document)


def readable(path: Path) -> str:
    """Checksum of what a file holds, which must be whole."""
    return saved_checksum(load_document(path).document, path)


def run_and_kill(folder: Path, seed: int) -> None:
    """One process, killed at a random moment."""
    folder.mkdir()
    child = os.fork()
    if child == 0:
        try:
            Painter(folder, seed).work()
        finally:
            os._exit(1)  # Only an error comes here.
    time.sleep(random.Random(seed).uniform(SHORTEST_LIFE_S, LONGEST_LIFE_S))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise RuntimeError(f"run {seed} ended by itself")


def main() -> None:
    """Run and kill as many processes as wanted."""
    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for seed in range(first, first + count):
        run_and_kill(folder / str(seed), seed)


if __name__ == "__main__":
    main()
