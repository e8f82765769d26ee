"""Score a picture without human eyes: find its objects, and compare them with a prompt.

The network's pixels vote for the centre of the object they belong to; votes that agree are one
object, of the kind and the colour that most of its pixels carry. Verdicts follow GenEval (Ghosh
et al., arXiv:2310.11513): presence, colour, count, relation, and all of them at once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file

from training.papertown.captions import Prompt
from training.papertown.scorer_network import BACKGROUND, KIND_CLASSES, ScorerNetwork
from training.papertown.vae import to_tensor
from training.papertown.vocabulary import COLOURS, KINDS

COLOUR_NAMES: Final = list(COLOURS)
OFFSET_UNIT: Final = 16.0
VOTE_RADIUS: Final = 8.0  # pixels: votes this near to each other are one object
SMALLEST_AREA: Final = 72  # pixels: the smallest object drawn covers about 250
MERGE_SHARE: Final = 0.35  # of the square root of the area: nearer clusters are one object


@dataclass(frozen=True)
class FoundObject:
    """An object seen in a picture.

    Attributes:
        kind: a word of `KINDS`.
        colour: a key of `COLOURS`.
        x: horizontal centre of its pixels.
        y: vertical centre of its pixels.
        area: pixels.
        purity: share of its pixels that carry its kind, in [0, 1].
    """

    kind: str
    colour: str
    x: float
    y: float
    area: int
    purity: float


@dataclass(frozen=True)
class Verdict:
    """What of a prompt a picture fulfils.

    Attributes:
        presence: every kind asked for is there.
        colour: every object of a kind asked for has the colour asked for.
        count: each kind asked for occurs as often as asked, and nothing else is there.
        relation: the first object lies where the prompt says (True if it says nothing).
    """

    presence: bool
    colour: bool
    count: bool
    relation: bool

    @property
    def all_correct(self) -> bool:
        """Whether everything holds."""
        return self.presence and self.colour and self.count and self.relation


def _clusters(votes: npt.NDArray[np.float64]) -> list[npt.NDArray[np.intp]]:
    """Group votes (M, 2) by nearness: densest first, then fragments of one object merged."""
    left = np.arange(len(votes))
    found: list[npt.NDArray[np.intp]] = []
    while len(left):
        here = votes[left]
        cells = np.floor(here / 4).astype(np.int64)
        keys, counts = np.unique(cells, axis=0, return_counts=True)
        centre = here[(cells == keys[counts.argmax()]).all(axis=1)].mean(axis=0)
        for _ in range(3):
            near = np.hypot(*(here - centre).T) < VOTE_RADIUS
            centre = here[near].mean(axis=0) if near.any() else centre
        if not near.any():
            near = (cells == keys[counts.argmax()]).all(axis=1)
        found.append(left[near])
        left = left[~near]
    return _merged(votes, found)


def _merged(
    votes: npt.NDArray[np.float64], clusters: list[npt.NDArray[np.intp]]
) -> list[npt.NDArray[np.intp]]:
    kept: list[npt.NDArray[np.intp]] = []
    for cluster in sorted(clusters, key=len, reverse=True):
        centre = votes[cluster].mean(axis=0)
        for index, other in enumerate(kept):
            distance = float(np.hypot(*(votes[other].mean(axis=0) - centre)))
            # A pixel at half resolution stands for four of the picture.
            if distance < MERGE_SHARE * float(np.sqrt(4 * (len(cluster) + len(other)))):
                kept[index] = np.concatenate([other, cluster])
                break
        else:
            kept.append(cluster)
    return kept


def find_objects(
    kinds: npt.NDArray[np.float32],
    colours: npt.NDArray[np.float32],
    offsets: npt.NDArray[np.float32],
) -> list[FoundObject]:
    """Objects of one picture from the network's maps (logits; classes first, half resolution)."""
    labels = kinds.argmax(axis=0)
    rows, columns = np.nonzero(labels != BACKGROUND)
    places = np.stack([columns * 2 + 1.0, rows * 2 + 1.0], axis=1)
    votes = places + OFFSET_UNIT * offsets[:, rows, columns].T
    found = []
    for cluster in _clusters(votes.astype(np.float64)):
        if 4 * len(cluster) < SMALLEST_AREA:
            continue
        inside = rows[cluster], columns[cluster]
        tally = np.bincount(labels[inside], minlength=KIND_CLASSES)[:BACKGROUND]
        shades = np.bincount(colours[:, inside[0], inside[1]].argmax(axis=0), minlength=8)
        x, y = places[cluster].mean(axis=0)
        found.append(
            FoundObject(
                kind=KINDS[int(tally.argmax())],
                colour=COLOUR_NAMES[int(shades.argmax())],
                x=float(x),
                y=float(y),
                area=4 * len(cluster),
                purity=float(tally.max() / len(cluster)),
            )
        )
    return found


def _holds(relation: str, first: FoundObject, second: FoundObject) -> bool:
    dx, dy = second.x - first.x, second.y - first.y
    along, across = {
        "left": (dx, dy),
        "right": (-dx, dy),
        "above": (dy, dx),
        "below": (-dy, dx),
    }[relation]
    return along > 8 and along > 0.8 * abs(across)


def judge(prompt: Prompt, objects: Sequence[FoundObject]) -> Verdict:
    """Compare the objects of a picture with what a prompt asks for."""
    matches = [[o for o in objects if o.kind == group.kind] for group in prompt.groups]
    presence = all(matches)
    colour = presence and all(
        o.colour == group.colour
        for group, found in zip(prompt.groups, matches, strict=True)
        for o in found
    )
    counted = [len(found) for found in matches]
    count = counted == [group.count for group in prompt.groups] and sum(counted) == len(objects)
    relation = True
    if prompt.relation is not None:
        relation = presence and _holds(prompt.relation, matches[0][0], matches[1][0])
    return Verdict(presence, colour, count, relation)


class Scorer:
    """The trained network with the steps from pictures to objects."""

    def __init__(self, network: ScorerNetwork) -> None:
        self.network = network.eval()

    @classmethod
    def load(cls, folder: Path) -> "Scorer":
        """Read a scorer that `save` wrote."""
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        network = ScorerNetwork(width=config["width"])
        state = load_file(folder / "scorer.safetensors")
        network.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
        )
        return cls(network)

    def save(self, folder: Path) -> None:
        """Write weights (half precision) and configuration."""
        folder.mkdir(parents=True, exist_ok=True)
        state = self.network.state_dict()
        halves = {
            k: (v.half() if v.is_floating_point() else v).contiguous() for k, v in state.items()
        }
        save_file(halves, folder / "scorer.safetensors")
        config = {
            "version": 1,
            "width": self.network.width,
            "kinds": KINDS,
            "colours": COLOUR_NAMES,
        }
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")

    @torch.no_grad()
    def objects(self, pictures: npt.NDArray[np.uint8]) -> list[list[FoundObject]]:
        """Objects of each picture (N, 128, 128, 3) uint8."""
        found = []
        for start in range(0, len(pictures), 16):
            batch = to_tensor(pictures[start : start + 16], torch.device("cpu"))
            maps = [part.float().numpy() for part in self.network(batch)]
            found += [find_objects(*(part[i] for part in maps)) for i in range(len(batch))]
        return found
