"""Resuming a run: the same state as a run that was never cut off; objectives; masks."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from training.papertown.diffusion import noisy_batch, stratified_timesteps
from training.papertown.inpaint_masks import draw_mask
from training.papertown.loop import Losses, RunConfig, TrainingRun, batch_generator, rate_factor
from training.papertown.models import build_scheduler
from training.papertown.muon import orthogonalise


def _run(folder: Path, steps: int, total: int = 12) -> TrainingRun:
    """Train a tiny net on noise up to `steps` of a run of `total`."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 16, 3), nn.SiLU(), nn.Conv2d(16, 16, 3), nn.Flatten())
    config = RunConfig(folder=folder, steps=total, warm_up=3, peak_rate=1e-2, log_steps=2)
    run = TrainingRun(model, config)

    def compute(step: int) -> Losses:
        if step == steps:
            raise KeyboardInterrupt
        rng = batch_generator(0, step)
        batch = torch.from_numpy(rng.standard_normal((4, 3, 8, 8), dtype=np.float32))
        return {"loss": (model(batch) - 1).square().mean()}

    try:
        run.train(compute)
    except KeyboardInterrupt:
        run.save()
    return run


def test_a_resumed_run_ends_in_the_state_of_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = _run(tmp_path / "whole", 12)
    _run(tmp_path / "parts", 5)
    resumed = _run(tmp_path / "parts", 12)
    assert resumed.step == whole.step == 12
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name
        assert torch.equal(whole.ema.state[name], resumed.ema.state[name]), name
    lines = (tmp_path / "whole" / "loss.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 12 // 2


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    _run(tmp_path, 40, total=40)
    rows = (tmp_path / "loss.csv").read_text(encoding="utf-8").splitlines()[1:]
    losses = [float(row.split(",")[2]) for row in rows]
    assert losses[-1] < 0.7 * losses[0]


def test_the_rate_warms_up_stays_and_falls_to_zero() -> None:
    config = RunConfig(folder=Path(), steps=100, warm_up=10, flat_until=0.5)
    assert rate_factor(0, config, 0.0) == pytest.approx(0.1)
    assert rate_factor(30, config, 0.3) == 1.0
    assert rate_factor(75, config, 0.75) == pytest.approx(0.5)
    assert rate_factor(100, config, 1.0) == 0.0


def test_orthogonalised_matrices_have_singular_values_near_one() -> None:
    torch.manual_seed(0)
    for shape in ((20, 60), (60, 20)):
        values = torch.linalg.svdvals(orthogonalise(torch.randn(shape)))
        assert float(values.min()) > 0.5
        assert float(values.max()) < 1.4


def test_timesteps_cover_the_schedule_most_densely_in_the_middle() -> None:
    steps = np.sort(stratified_timesteps(1000, np.random.default_rng(0)))
    assert 0 <= steps[0] < 10
    assert 990 < steps[-1] < 1000
    assert np.diff(steps).max() <= 6
    middle = ((steps >= 150) & (steps < 850)).mean()
    assert middle == pytest.approx(0.4 * 0.7 + 0.6, abs=0.01)


def test_the_velocity_target_recovers_the_clean_latents() -> None:
    torch.manual_seed(0)
    latents = torch.randn(64, 8, 4, 4)
    batch = noisy_batch(latents, np.random.default_rng(1))
    alpha_bar = build_scheduler().alphas_cumprod[batch.timesteps].view(-1, 1, 1, 1)
    clean = alpha_bar.sqrt() * batch.noisy - (1 - alpha_bar).sqrt() * batch.velocity
    assert torch.allclose(clean, latents, atol=1e-3)
    high = batch.timesteps >= 900
    assert bool(high.any())
    assert bool((batch.weights > 0).all())


def test_masks_cover_a_limb_or_an_object_or_everything() -> None:
    shares = []
    for seed in range(200):
        mask = draw_mask([(30, 30, 80, 90)], [(30, 50, 42, 80)], random.Random(seed))
        assert mask.shape == (128, 128)
        assert set(np.unique(mask)) <= {0.0, 1.0}
        assert mask.any()
        shares.append(float(mask.mean()))
    assert 5 < sum(share == 1.0 for share in shares) < 40
    assert min(shares) < 0.06
