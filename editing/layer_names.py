"""Names for new layers that no other layer has."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from editing.structure import Structure


def new_name(structure: Structure) -> str:
    """Return "Layer 2" for a second layer, or the next number that no layer has."""
    first = len(structure.layers) + 1
    return _first_free(structure, (f"Layer {number}" for number in count(first)))


def copy_name(structure: Structure, name: str) -> str:
    """Return "Copy of <name>", with a number if there is such a layer already."""
    return unused_name(structure, name if name.startswith("Copy of ") else f"Copy of {name}")


def unused_name(structure: Structure, name: str) -> str:
    """Return a name, or the name with the lowest number from 2 on that makes it a new one."""
    numbered = (f"{name} {number}" for number in count(2))
    return _first_free(structure, chain([name], numbered))


def _first_free(structure: Structure, names: Iterable[str]) -> str:
    taken = {layer.name for layer in structure.layers}
    return next(name for name in names if name not in taken)
