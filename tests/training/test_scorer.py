"""The scorer's parsing and verdicts, on label maps made from ground truth and by hand."""

from pathlib import Path

import numpy as np
import torch

from training.papertown.captions import Group, Prompt
from training.papertown.scorer import FoundObject, Scorer, find_objects, judge
from training.papertown.scorer_network import BACKGROUND, ScorerNetwork
from training.papertown.scorer_training import degrade, pixel_labels
from training.papertown.world import Scene, scene


def _perfect_maps(drawn: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a network without error would put out for a scene."""
    kinds, colours, offsets = pixel_labels(drawn)
    kind_logits = (np.arange(BACKGROUND + 1)[:, None, None] == kinds).astype(np.float32)
    colour_logits = (np.arange(8)[:, None, None] == colours).astype(np.float32)
    return kind_logits, colour_logits, offsets


def test_true_label_maps_give_the_true_objects() -> None:
    for seed in range(120):
        drawn = scene(seed, "all")
        found = find_objects(*_perfect_maps(drawn))
        assert sorted((o.kind, o.colour) for o in found) == sorted(
            (o.kind, o.colour) for o in drawn.objects
        ), drawn.caption
        assert judge(drawn.prompt, found).all_correct, drawn.caption


def test_a_foreign_caption_is_judged_wrong() -> None:
    wrong = 0
    for seed in range(40):
        found = find_objects(*_perfect_maps(scene(seed, "all")))
        other = scene(seed + 1000, "all").prompt
        wrong += not judge(other, found).all_correct
    assert wrong >= 36


def test_an_empty_picture_has_no_objects() -> None:
    kinds = np.zeros((BACKGROUND + 1, 64, 64), dtype=np.float32)
    kinds[BACKGROUND] = 1
    colours = np.zeros((8, 64, 64), dtype=np.float32)
    assert find_objects(kinds, colours, np.zeros((2, 64, 64), dtype=np.float32)) == []


def _object(kind: str, colour: str, x: float = 40, y: float = 40) -> FoundObject:
    return FoundObject(kind, colour, x, y, 900, 1.0)


def test_each_verdict_fails_for_its_own_reason() -> None:
    prompt = Prompt((Group(1, "red", "ball"), Group(1, "blue", "box")), "left")
    right = [_object("ball", "red", 30), _object("box", "blue", 90)]
    assert judge(prompt, right).all_correct
    swapped = [_object("ball", "red", 90), _object("box", "blue", 30)]
    assert judge(prompt, swapped) == judge(prompt, right).__class__(True, True, True, False)
    colour = judge(prompt, [_object("ball", "green", 30), right[1]])
    assert (colour.presence, colour.colour, colour.count) == (True, False, True)
    missing = judge(prompt, right[:1])
    assert (missing.presence, missing.colour, missing.relation) == (False, False, False)
    extra = judge(prompt, [*right, _object("star", "red", 60, 90)])
    assert (extra.presence, extra.count, extra.relation) == (True, False, True)


def test_degradation_changes_a_picture_but_keeps_its_shape() -> None:
    picture = scene(5).picture
    for seed in range(12):
        degraded = degrade(picture, np.random.default_rng(seed))
        assert degraded.shape == picture.shape
        assert degraded.dtype == np.uint8
        assert np.abs(degraded.astype(int) - picture.astype(int)).mean() < 60
        again = degrade(picture, np.random.default_rng(seed))
        assert np.array_equal(degraded, again)


def test_a_saved_scorer_gives_the_same_maps(tmp_path: Path) -> None:
    torch.manual_seed(0)
    scorer = Scorer(ScorerNetwork(width=8))
    scorer.save(tmp_path)
    again = Scorer.load(tmp_path)
    pictures = torch.rand(2, 3, 128, 128)
    with torch.no_grad():
        first, second = scorer.network(pictures), again.network(pictures)
    for one, other in zip(first, second, strict=True):
        assert torch.allclose(one, other, atol=2e-2)
    assert first[0].shape == (2, 11, 64, 64)
