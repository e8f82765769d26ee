"""Whether the window ever stands still, with a document of 8192 x 8192, five layers and regions.

Every action of the menus that changes or reads the picture is triggered once, the tools are used
once, and for each the longest time is printed in which the event loop did not come to its next
turn. On a busy machine the clock also counts what other programs took; the processor time of the
thread does not.

    python -m benchmarks.responsiveness [--size 8192] [--only PART] [--where]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
from PySide6.QtWidgets import QApplication

from app import theme
from app.dialogs.file_dialogs import FileDialogs
from app.dialogs.image_dialogs import ImageDialogs, NewCanvas
from app.dialogs.region_dialogs import RegionDialogs
from benchmarks.large_document import layered_document
from benchmarks.responsive_window import Gap, Stage
from editing.geometry import Rect
from editing.layer_results import overlay_of, place_result
from editing.resize import Scale

if TYPE_CHECKING:
    from collections.abc import Callable

    from editing.document import Document

    Step = tuple[str, Callable[[], None]]

LIMIT_MS = 50


def main() -> None:
    """Measure all steps and print them, the longest pause first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size", type=int, default=8192)
    parser.add_argument("--only", default="", help="measure steps with this in their name only")
    parser.add_argument("--where", action="store_true", help="print what long pauses do")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    theme.apply(application)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        for part in ("CONFIG", "DATA", "CACHE"):
            os.environ[f"XDG_{part}_HOME"] = str(folder / part.lower())
        _answer_dialogs(stack, folder, arguments.size)
        stage = Stage(folder, tells_where=arguments.where)
        try:
            gaps = _measured(stage, arguments.size, folder, arguments.only)
        finally:
            stage.close()
    _print(gaps)


def _answer_dialogs(stack: ExitStack, folder: Path, size: int) -> None:
    """Let all dialogs give an answer at once."""
    canvas = NewCanvas(Rect(-64, -64, size + 128, size + 128))
    for kind, name, answer in (
        (RegionDialogs, "ask_amount", 8),
        (RegionDialogs, "ask_save", folder / "mask.png"),
        (RegionDialogs, "ask_load", folder / "mask.png"),
        (ImageDialogs, "ask_canvas_size", canvas),
        (ImageDialogs, "ask_scale", Scale((size // 2, size // 2))),
        (FileDialogs, "ask_unsaved", "discard"),
        (FileDialogs, "ask_save", folder / "saved.ora"),
        (FileDialogs, "ask_layers", "flat"),
    ):
        stack.enter_context(patch.object(kind, name, return_value=answer))


def _measured(stage: Stage, size: int, folder: Path, only: str) -> list[tuple[str, Gap]]:
    """Do all steps; each one that edits is undone and made again, and undone."""
    model = stage.workspace.document
    gaps = []
    large = layered_document(size)
    for name, step in (
        ("open: show the document", lambda: model.set_document(large)),
        *_panel_steps(stage),
        *_action_steps(stage),
        *_gestures(stage),
        *_result_steps(stage, size),
        *_file_steps(stage, folder),
    ):
        if only not in name and model.document is not None and name != "save":
            continue
        index = 0 if model.history is None else model.history.index
        gaps.append((name, _shown(name, stage.measure(step))))
        if model.history is None or model.history.index != index + 1:
            continue
        for suffix, again in (
            ("undo", model.undo),
            ("redo", model.redo),
            ("undo again", model.undo),
        ):
            full = f"{name}: {suffix}"
            gaps.append((full, _shown(full, stage.measure(again))))
    return gaps


_ACTIONS = (
    "select_all", "select_invert", "select_feather", "select_grow", "select_smooth",
    "select_border", "select_fill_holes", "select_keep_largest",
    "region_from_selection", "selection_from_region", "region_add", "region_duplicate",
    "region_delete", "fill_mask", "invert_mask", "clear_mask", "region_grow", "region_shrink",
    "region_feather", "region_smooth", "region_fill_holes", "region_keep_largest",
    "region_save", "region_load",
    "fill", "clear", "copy", "cut", "copy_merged", "paste", "layer_add", "layer_duplicate",
    "layer_delete", "layer_raise", "layer_lower", "layer_visible", "layer_locked",
    "layer_mask_add", "layer_mask_selection", "layer_mask_region", "layer_mask_apply",
    "layer_merge", "layer_flatten", "flip_layer_horizontally", "scale_image", "canvas_size",
    "crop_to_selection", "rotate_left", "rotate_half", "flip_horizontally",
    "zoom_in", "zoom_out", "actual_size", "fit", "show_mask", "hide_panels",
)  # fmt: skip


def _action_steps(stage: Stage) -> list[Step]:
    """Steps that trigger actions; before each, half of the picture is selected."""
    model, actions = stage.workspace.document, stage.studio.actions
    steps: list[Step] = []

    def trigger(name: str) -> Callable[[], None]:
        return lambda: actions[name].trigger()

    def paint(target: str) -> Callable[[], None]:
        return lambda: model.set_target("layer" if target == "layer" else "region")

    steps.append(("target: layer", paint("layer")))
    for name in _ACTIONS:
        if name in ("select_invert", "crop_to_selection", "layer_mask_selection"):
            steps.append(
                ("selection of region (for what follows)", trigger("selection_from_region"))
            )
        steps.append((name, trigger(name)))
    steps.append(("target: region", paint("region")))
    steps.append(("fill (region)", trigger("fill")))
    steps.append(("target: layer again", paint("layer")))
    return steps


def _panel_steps(stage: Stage) -> list[Step]:
    model = stage.workspace.document

    def choose(index: int) -> Callable[[], None]:
        def step() -> None:
            document = _document(stage)
            model.choose_layer(document.layers[index].id)

        return step

    return [
        *((f"choose layer {index + 1}", choose(index)) for index in (0, 4, 1, 2)),
        ("choose region 2", lambda: model.choose_region(_document(stage).regions[1].id)),
        ("choose region 1", lambda: model.choose_region(_document(stage).regions[0].id)),
    ]


def _gestures(stage: Stage) -> list[Step]:
    actions = stage.studio.actions
    canvas = stage.workspace.canvas

    def way(name: str) -> Callable[[], None]:
        def step() -> None:
            actions[name].trigger()
            width, height = canvas.width(), canvas.height()
            count = 30
            stage.drag(
                (width * (0.25 + 0.5 * k / count), height * (0.3 + 0.4 * (k / count) ** 2))
                for k in range(count + 1)
            )

        return step

    names = (
        "brush", "eraser", "gradient", "bucket", "eyedropper", "select_rectangle",
        "select_ellipse", "select_lasso", "select_wand", "select_colour", "move", "crop",
    )  # fmt: skip
    steps: list[Step] = []
    for name in names:
        steps.append((f"tool {name}", way(name)))
        if name == "move":
            steps.append(("select nothing", actions["select_none"].trigger))
            steps.append(("tool move, whole layer", way("move")))
    return [*steps, ("tool brush again", actions["brush"].trigger)]


def _result_steps(stage: Stage, size: int) -> list[Step]:
    model = stage.workspace.document

    def accept(side: int) -> Callable[[], None]:
        box = Rect(size // 8, size // 8, side, side)
        patch = np.random.default_rng(1).integers(0, 256, (side, side, 4), np.uint8)
        patch[..., 3] = 255
        # The program makes the layer in the background when the run ends.
        overlay = overlay_of(np.zeros((size, size, 4), np.uint8), patch, box)
        return lambda: model.push(place_result(_document(stage), overlay, "Result"))

    return [(f"accept a result of {side} px", accept(side)) for side in (512, 1024, 2048)]


def _file_steps(stage: Stage, folder: Path) -> list[Step]:
    workspace, actions = stage.workspace, stage.studio.actions
    return [
        ("save", workspace.files.save_as),
        ("save again", actions["save"].trigger),
        ("open a file", lambda: workspace.files.load(folder / "saved.ora")),
        ("revert", actions["revert"].trigger),
    ]


def _document(stage: Stage) -> Document:
    document = stage.workspace.document.document
    if document is None:
        raise RuntimeError("no document is open")
    return document


def _shown(name: str, gap: Gap) -> Gap:
    print(f"{name:44}{gap.processor:8.0f}{gap.wall:8.0f}{gap.total:9.0f}", flush=True)
    return gap


def _print(gaps: list[tuple[str, Gap]]) -> None:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\nsorted; load {load} on {os.cpu_count()} processors")
    print(f"{'':44}{'cpu ms':>8}{'wall ms':>8}{'done ms':>9}")
    for name, gap in sorted(gaps, key=lambda each: each[1].processor, reverse=True):
        mark = " over" if gap.processor > LIMIT_MS else ""
        print(f"{name:44}{gap.processor:8.0f}{gap.wall:8.0f}{gap.total:9.0f}{mark}")
    over = sum(gap.processor > LIMIT_MS for _, gap in gaps)
    print(f"{over} of {len(gaps)} over {LIMIT_MS} ms of processor time")


if __name__ == "__main__":
    main()
