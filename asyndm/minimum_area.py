"""Masks without specks: patches below a minimum area are dropped, holes below it are filled."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Mask = NDArray[np.bool_]


def cleaned_masks(masks: Tensor, minimum_area: float) -> Tensor:
    """Each mask without small patches and small holes.

    Patches hang together by edges and corners, holes by edges only, so that a line that a patch
    draws corner by corner parts what lies on its sides. An object that has only small patches keeps
    the largest.

    Args:
        masks: bool (K, h, w).
        minimum_area: share of the picture in [0, 1); 0 gives the masks back as they are.

    Returns:
        bool (K, h, w).
    """
    if minimum_area == 0:
        return masks
    least = minimum_area * masks.shape[-2] * masks.shape[-1]
    cleaned = [_without_holes(_without_specks(mask, least), least) for mask in masks.numpy()]
    return torch.from_numpy(np.stack(cleaned)) if cleaned else masks


def _without_specks(mask: Mask, least: float) -> Mask:
    """The patches of at least so many pixels; the largest if there is none."""
    areas, labels = _parts(mask, 8)
    if len(areas) == 1:  # nothing but the background
        return mask
    kept = areas >= least
    kept[0] = False
    if not kept.any():
        kept[1 + areas[1:].argmax()] = True
    whole: Mask = kept[labels]
    return whole


def _without_holes(mask: Mask, least: float) -> Mask:
    """The mask with holes of fewer pixels filled; what touches the picture's edge is no hole."""
    areas, labels = _parts(~mask, 4)
    filled = areas < least
    filled[0] = False
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        filled[edge] = False
    whole: Mask = mask | filled[labels]
    return whole


def _parts(mask: Mask, neighbours: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Area of each connected part, that of the rest first, and the part of each pixel."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=neighbours)
    found = np.asarray(labels, dtype=np.int32)
    return np.bincount(found.ravel(), minlength=count).astype(np.int32), found
