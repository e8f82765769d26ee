"""A sheet of edits: each picture before, the instruction, the picture after; none left out.

python -m training.papertown.edit_sheet
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from training.papertown.edit_quality import GUIDANCE, STEPS, Picture, apply_edits, load_editing
from training.papertown.edit_sampling import evaluation_edit
from training.papertown.edits import OPERATIONS, draw
from training.papertown.export import MODELS
from training.papertown.figures import IMAGES
from training.papertown.world import SIZE

ROWS: Final = 6
FIRST_SEED: Final = 1000  # beyond those that are measured
LINE: Final = 16  # pixels for the instruction
GAP: Final = 8


def sheet(befores: list[Picture], instructions: list[str], afters: list[Picture]) -> Image.Image:
    """Pairs side by side under their instructions, filled column by column in `ROWS` rows."""
    columns = -(-len(befores) // ROWS)
    cell = (2 * SIZE + GAP, SIZE + LINE + GAP)
    page = Image.new("RGB", (columns * cell[0] - GAP, ROWS * cell[1] - GAP), "white")
    pen = ImageDraw.Draw(page)
    pairs = zip(befores, instructions, afters, strict=True)
    for index, (before, instruction, after) in enumerate(pairs):
        left, top = index // ROWS * cell[0], index % ROWS * cell[1]
        pen.text((left + 2, top + 2), instruction, fill="black")
        both = Image.fromarray(np.concatenate([before, after], axis=1))
        page.paste(both, (left, top + LINE))
    return page


def main() -> None:
    """Edit unseen scenes, `ROWS` of each operation, and draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODELS / "papertown-edit")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--guidance", type=float, default=GUIDANCE)
    parser.add_argument("--out", type=Path, default=IMAGES / "papertown-edits.png")
    arguments = parser.parse_args()
    edits = [
        evaluation_edit(FIRST_SEED + row, operation, "train")
        for operation in OPERATIONS
        for row in range(ROWS)
    ]
    befores = [draw(edit.before)[0] for edit in edits]
    instructions = [edit.instruction for edit in edits]
    afters = apply_edits(
        load_editing(arguments.model), befores, instructions, arguments.steps, arguments.guidance
    )
    sheet(befores, instructions, afters).save(arguments.out, optimize=True)


if __name__ == "__main__":
    main()
