"""The scorer's network: a small UNet that labels every pixel with an object kind and a colour.

It also predicts how far each pixel lies from its object's centre, so that touching objects of one
kind can be told apart. It never sees the generator's output in training: only rendered scenes,
degraded by blur, noise, JPEG and the autoencoder.
"""

from itertools import pairwise
from typing import Final

import torch
from torch import nn
from torch.nn import functional

from training.papertown.vocabulary import COLOURS, KINDS

KIND_CLASSES: Final = len(KINDS) + 1  # the last class is background
COLOUR_CLASSES: Final = len(COLOURS)
BACKGROUND: Final = len(KINDS)


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class ScorerNetwork(nn.Module):
    """A segmentation UNet at half resolution.

    Args:
        width: channels of the first level; doubled twice, then kept.
    """

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.width = width
        widths = (width, 2 * width, 3 * width, 4 * width)
        self.stem = _block(3, width, stride=2)
        self.down = nn.ModuleList(
            nn.Sequential(_block(a, b, stride=2), _block(b, b)) for a, b in pairwise(widths)
        )
        self.middle = nn.Sequential(_block(widths[-1], widths[-1]), _block(widths[-1], widths[-1]))
        self.up = nn.ModuleList(
            _block(b + a, a)
            for a, b in zip(reversed(widths[:-1]), reversed(widths[1:]), strict=True)
        )
        self.head = nn.Conv2d(width, KIND_CLASSES + COLOUR_CLASSES + 2, 1)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Label pixels.

        Args:
            pictures: (N, 3, H, W) in [-1, 1], H and W multiples of 16.

        Returns:
            Kind logits (N, 11, H / 2, W / 2), colour logits (N, 8, H / 2, W / 2), and offsets to
            the object's centre (N, 2, H / 2, W / 2), as x and y in units of 16 pixels.
        """
        features = self.stem(pictures)
        skips = []
        for stage in self.down:
            skips.append(features)
            features = stage(features)
        features = self.middle(features)
        for stage in self.up:
            features = functional.interpolate(features, scale_factor=2.0, mode="nearest")
            features = stage(torch.cat([features, skips.pop()], dim=1))
        kinds, colours, offsets = self.head(features).split([KIND_CLASSES, COLOUR_CLASSES, 2], 1)
        return kinds, colours, offsets
