"""Going on from the shipped weights when the folder of the old training is gone."""

from pathlib import Path

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from training.papertown.base import build_denoiser
from training.papertown.export import MODELS
from training.papertown.inpaint import start_from_base
from training.papertown.latents import load_vae
from training.papertown.restore import initial_weights, restore


def test_runs_start_from_the_shipped_weights(tmp_path: Path) -> None:
    restore(MODELS, tmp_path)
    base = build_denoiser(tmp_path)
    assert initial_weights(base, tmp_path, "base")
    shipped = UNet2DConditionModel.from_pretrained(MODELS / "papertown" / "unet").state_dict()
    for name, value in base.unet.state_dict().items():
        assert torch.equal(value, shipped[name].float()), name
    inpaint = start_from_base(tmp_path)
    shipped = UNet2DConditionModel.from_pretrained(
        MODELS / "papertown-inpaint" / "unet"
    ).state_dict()
    assert torch.equal(inpaint.unet.conv_in.weight, shipped["conv_in.weight"].float())
    assert load_vae(tmp_path, torch.device("cpu")).config["latent_channels"] == 8


def test_without_a_restored_folder_a_run_starts_afresh(tmp_path: Path) -> None:
    assert not initial_weights(torch.nn.Linear(2, 2), tmp_path, "base")
