"""Random rows of edits, undo, redo, jumps, saves, loads and recoveries against a naive model."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from editing import layer_commands, layer_masks, layer_merge, mask_edits, region_commands, selection
from editing.brush import Stroke
from editing.brush_settings import Brush
from editing.canvas_size import NewFrame
from editing.commands import restructure
from editing.document import Document, Target
from editing.errors import EditingError
from editing.files.document_file import load_document, save_document
from editing.geometry import Rect
from editing.history import History
from editing.journal import Journal
from editing.layer import BLEND_MODES, BlendMode
from editing.recovery import load_journal
from editing.reshape import reshaped
from editing.snapshot import take_snapshot
from editing.turn import TURNS, Turn, TurnKind
from tests.editing.naive_document import (
    TURNED,
    State,
    combined,
    copied,
    difference,
    map_planes,
    state_of,
)
from tests.editing.simple_edits import invert_mask, paste_pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.change import Command

SIZE = (330, 280)
BUDGET_BYTES = 60_000
MOST_PARTS = 4
PATIENCE_S = 30

places = st.tuples(st.integers(-20, 350), st.integers(-20, 300))
shares = st.floats(0, 1)
which = st.integers(0, MOST_PARTS)


class Edits(RuleBasedStateMachine):
    """A document with its history and journal beside a list of whole copies."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="reference-"))
        self.settled = threading.Condition()
        self.acknowledged = 0
        self.sequence = 0

    @initialize(from_file=st.booleans(), seed=st.integers(0, 99))
    def start(self, from_file: bool, seed: int) -> None:
        if from_file:
            noise = np.random.default_rng(seed).integers(0, 256, (*SIZE[::-1], 4), dtype=np.uint8)
            save_document(take_snapshot(Document(noise)), self.folder / "first.png")
            self.document = load_document(self.folder / "first.png").document
        else:
            self.document = Document.blank(*SIZE)
        self.history = History(self.document, BUDGET_BYTES, self.folder / "undo")
        self.journal = Journal(
            self.folder / "journals", self.document, self.on_acknowledged, self.on_failure
        )
        self.states = [state_of(self.document)]
        self.place = 0

    def on_acknowledged(self, number: int) -> None:
        with self.settled:
            self.acknowledged = number
            self.settled.notify_all()

    def on_failure(self, sentence: str) -> None:
        raise AssertionError(sentence)

    def make(
        self, edit: Callable[[Document], Command | None], change: Callable[[State], None]
    ) -> None:
        """Do an edit and say what it should do; an edit that is refused must do nothing."""
        try:
            command = edit(self.document)
        except EditingError:
            return
        if command is None:
            return
        expected = copied(self.states[self.place])
        change(expected)
        self.keep(command, expected)

    def keep(self, command: Command, expected: State) -> None:
        self.history.push(command)
        self.sequence = self.journal.commit(command.touched)
        del self.states[self.place + 1 :]
        self.states.append(expected)
        self.place += 1

    def exchange(
        self,
        edit: Callable[..., Command | None],
        part_id: int,
        where: tuple[str, int, str],
        value: object,
    ) -> None:
        """Give a layer or region another property."""
        kind, place, name = where
        self.make(
            lambda document: edit(document, part_id, value),
            lambda state: state[kind][place].update({name: value}),
        )

    def layer(self, number: int) -> tuple[int, int]:
        """Place and id of some layer."""
        place = number % len(self.document.layers)
        return place, self.document.layers[place].id

    def region(self, number: int) -> tuple[int, int]:
        """Place and id of some region."""
        place = number % len(self.document.regions)
        return place, self.document.regions[place].id

    @property
    def active(self) -> int:
        return self.document.layers.index(self.document.active_layer)

    @property
    def active_region(self) -> int:
        return self.document.regions.index(self.document.active_region)

    @rule(layer=which, region=which, goal=st.sampled_from(["region", "layer", "layer_mask"]))
    def choose(self, layer: int, region: int, goal: Target) -> None:
        self.document.choose_layer(self.layer(layer)[1])
        self.document.choose_region(self.region(region)[1])
        self.document.target = goal

    @rule(points=st.lists(places, min_size=1, max_size=3), erase=st.booleans(), size=shares)
    def stroke(self, points: list[tuple[int, int]], erase: bool, size: float) -> None:
        def paint(document: Document) -> Command | None:
            brush = Brush(radius_px=1 + 40 * size, erase=erase)
            stroke = Stroke(document, brush, (200, 30, 60))
            for point in points:
                stroke.move_to(*point)
            return stroke.finish()

        def change(state: State) -> None:
            document = self.document
            if document.target == "region":
                state["regions"][self.active_region]["mask"] = document.mask.pixels.copy()
            elif document.target == "layer":
                pixels = document.active_layer.plane.pixels.copy()
                state["layers"][self.active]["pixels"] = pixels
            elif document.active_layer.mask is not None:
                state["layers"][self.active]["mask"] = document.active_layer.mask.pixels.copy()

        self.make(paint, change)

    @rule(points=st.lists(places, min_size=1, max_size=3))
    def given_up_stroke(self, points: list[tuple[int, int]]) -> None:
        try:
            stroke = Stroke(self.document, Brush(radius_px=30))
        except EditingError:
            return
        for point in points:
            stroke.move_to(*point)
        stroke.abort()

    @rule(x=st.integers(0, 60), y=st.integers(0, 60), seed=st.integers(0, 99))
    def paste(self, x: int, y: int, seed: int) -> None:
        width, height = (min(120, side) for side in self.document.size)
        rect = Rect(x, y, width, height).intersect(self.document.bounds)
        if rect.is_empty:
            return
        noise = np.random.default_rng(seed).integers(
            0, 256, (rect.height, rect.width, 4), dtype=np.uint8
        )

        def change(state: State) -> None:
            state["layers"][self.active]["pixels"][rect.slices()] = noise

        self.make(lambda document: paste_pixels(document, rect, noise), change)

    @rule()
    def add_layer(self) -> None:
        if len(self.document.layers) >= MOST_PARTS:
            return
        below = self.active
        shape = (*self.document.selection.shape, 4)

        def change(state: State) -> None:
            values = {"visible": True, "opacity": 1.0, "blend": "normal", "locked": False}
            new = {**values, "name": "New", "pixels": np.zeros(shape, np.uint8), "mask": None}
            state["layers"].insert(below + 1, new)

        self.make(lambda document: layer_commands.add_layer(document, "New"), change)

    @rule(number=which)
    def duplicate_layer(self, number: int) -> None:
        if len(self.document.layers) >= MOST_PARTS:
            return
        place, layer_id = self.layer(number)

        def change(state: State) -> None:
            new = copied(state["layers"][place])
            new["name"] = self.document.layers[place + 1].name
            new["locked"] = False
            state["layers"].insert(place + 1, new)

        self.make(lambda document: layer_merge.duplicate_layer(document, layer_id), change)

    @rule(number=which)
    def delete_layer(self, number: int) -> None:
        place, layer_id = self.layer(number)
        self.make(
            lambda document: layer_commands.delete_layer(document, layer_id),
            lambda state: state["layers"].pop(place),
        )

    @rule(number=which, to=which)
    def move_layer(self, number: int, to: int) -> None:
        place, layer_id = self.layer(number)
        to %= len(self.document.layers)

        def change(state: State) -> None:
            state["layers"].insert(to, state["layers"].pop(place))

        self.make(lambda document: layer_commands.move_layer(document, layer_id, to), change)

    @rule(number=which, value=shares, blend=st.sampled_from(BLEND_MODES), flag=st.booleans())
    def layer_values(self, number: int, value: float, blend: BlendMode, flag: bool) -> None:
        place, layer_id = self.layer(number)
        edits: list[tuple[str, Any, Callable[..., Command | None]]] = [
            ("opacity", value, layer_commands.set_opacity),
            ("blend", blend, layer_commands.set_blend),
            ("visible", flag, layer_commands.set_visible),
            ("locked", flag and number == 1, layer_commands.set_locked),
            ("name", f"Layer {value:.2f}", layer_commands.rename),
        ]
        for name, new, edit in edits:
            self.exchange(edit, layer_id, ("layers", place, name), new)

    @rule(number=which)
    def layer_mask(self, number: int) -> None:
        place, layer_id = self.layer(number)
        if self.document.layers[place].mask is None:
            white = np.full(self.document.selection.shape, 255, np.uint8)
            self.make(
                lambda document: layer_masks.add_layer_mask(document, layer_id),
                lambda state: state["layers"][place].update(mask=white.copy()),
            )
        else:
            self.make(
                lambda document: layer_masks.delete_layer_mask(document, layer_id),
                lambda state: state["layers"][place].update(mask=None),
            )

    @rule(number=which)
    def merge_down(self, number: int) -> None:
        _, layer_id = self.layer(number)

        def change(state: State) -> None:
            assert len(self.document.layers) == len(state["layers"]) - 1
            state["layers"] = state_of(self.document)["layers"]

        self.make(lambda document: layer_merge.merge_down(document, layer_id), change)

    @rule()
    def add_region(self) -> None:
        if len(self.document.regions) >= MOST_PARTS:
            return

        def change(state: State) -> None:
            place = self.active_region
            new = state_of(self.document)["regions"][place]
            assert not new["mask"].any()
            state["regions"].insert(place, new)

        self.make(region_commands.add_region, change)

    @rule()
    def duplicate_region(self) -> None:
        if len(self.document.regions) >= MOST_PARTS:
            return
        old = self.active_region

        def change(state: State) -> None:
            new = state_of(self.document)["regions"][self.active_region]
            assert np.array_equal(new["mask"], state["regions"][old]["mask"])
            state["regions"].insert(self.active_region, new)

        self.make(region_commands.duplicate_region, change)

    @rule()
    def delete_region(self) -> None:
        if len(self.document.regions) > 1:
            place = self.active_region
            self.make(region_commands.delete_region, lambda state: state["regions"].pop(place))

    @rule(number=which, value=shares, name=st.sampled_from(["Sky", "Ground"]))
    def region_values(self, number: int, value: float, name: str) -> None:
        place, region_id = self.region(number)
        edits: list[tuple[str, Any, Callable[..., Command | None]]] = [
            ("concavity", min(value, 0.95), region_commands.set_concavity),
            ("prompt", name if value > 0.5 else None, region_commands.set_prompt),
            ("name", name, region_commands.rename),
        ]
        for key, new, edit in edits:
            self.exchange(edit, region_id, ("regions", place, key), new)

    @rule()
    def invert_region(self) -> None:
        place = self.active_region

        def change(state: State) -> None:
            state["regions"][place]["mask"] = 255 - state["regions"][place]["mask"]

        self.make(invert_mask, change)

    @rule(
        first=places,
        last=places,
        mode=st.sampled_from(["replace", "add", "subtract", "intersect"]),
    )
    def select(self, first: tuple[int, int], last: tuple[int, int], mode: Any) -> None:
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(first, last, strict=True))
        rect = Rect.from_edges(left, top, right, bottom).intersect(self.document.bounds)
        if rect.is_empty:
            return
        shape = np.zeros(self.document.selection.shape, np.uint8)
        shape[rect.slices()] = 255
        part = shape[rect.slices()].copy()

        def change(state: State) -> None:
            state["selection"] = combined(state["selection"], shape, mode)

        self.make(lambda document: selection.combine(document.selection, part, rect, mode), change)

    @rule()
    def deselect(self) -> None:
        self.make(
            lambda document: mask_edits.clear("selection", document.selection).commit("Deselect"),
            lambda state: state["selection"].fill(0),
        )

    @rule()
    def invert_selection(self) -> None:
        def change(state: State) -> None:
            state["selection"] = 255 - state["selection"]

        self.make(
            lambda document: mask_edits.invert("selection", document.selection).commit("Invert"),
            change,
        )

    @rule(kind=st.sampled_from(TURNS))
    def turn(self, kind: TurnKind) -> None:
        new = reshaped(self.document.structure, Turn(kind))
        self.make(
            lambda document: restructure(document, new, "Turn"),
            lambda state: state.update(map_planes(state, TURNED[kind])),
        )

    @rule(left=st.integers(0, 30), top=st.integers(0, 30), shrink=st.integers(1, 30))
    def crop(self, left: int, top: int, shrink: int) -> None:
        width, height = self.document.size
        if min(width, height) < 150:
            return
        frame = Rect(left, top, width - left - shrink, height - top - shrink)
        new = reshaped(self.document.structure, NewFrame(frame))
        self.make(
            lambda document: restructure(document, new, "Crop"),
            lambda state: state.update(map_planes(state, lambda old: old[frame.slices()])),
        )

    @rule(steps=st.integers(1, 4), undo=st.booleans())
    def step(self, steps: int, undo: bool) -> None:
        for _ in range(steps):
            if not (self.history.can_undo if undo else self.history.can_redo):
                return
            touched = self.history.next_touched(undo=undo)
            if undo:
                self.history.undo()
            else:
                self.history.redo()
            self.sequence = self.journal.commit(touched)
            self.place += -1 if undo else 1

    @rule(share=shares)
    def jump(self, share: float) -> None:
        goal = round(share * (len(self.states) - 1))
        while self.place != goal:
            self.step(1, undo=self.place > goal)
        assert self.history.index == goal

    @rule()
    def settle(self) -> None:
        self.history.wait_until_idle()
        assert self.history.size_bytes <= BUDGET_BYTES

    @rule()
    def save_and_load(self) -> None:
        path = self.folder / "saved.ora"
        with take_snapshot(self.document) as snapshot:
            save_document(snapshot, path)
        self.document.path = path
        self.history.mark_saved()
        self.journal.mark_clean()
        assert not self.document.modified
        loaded = load_document(path).document
        assert not difference(state_of(loaded), self.states[self.place])

    @rule()
    def recover(self) -> None:
        if not self.sequence:
            return
        with self.settled:
            assert self.settled.wait_for(
                lambda: self.acknowledged == self.sequence, timeout=PATIENCE_S
            )
        recovered = load_journal(self.journal.folder)
        assert recovered.modified
        assert not difference(state_of(recovered), self.states[self.place])

    @invariant()
    def document_equals_the_model(self) -> None:
        if hasattr(self, "states"):
            assert not difference(state_of(self.document), self.states[self.place])
            assert self.history.index == self.place

    def teardown(self) -> None:
        if hasattr(self, "states"):
            self.history.close()
            self.journal.close()
        shutil.rmtree(self.folder, ignore_errors=True)


TestEdits = Edits.TestCase
TestEdits.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
