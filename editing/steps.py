"""Work in small steps, for whoever must not be kept waiting by all of it at once.

A function that works in steps is a generator: it yields between two steps and returns its result.
In the middle of the steps of an edit the document is half changed: nobody but the edit may write
to it, and what is read then is not a state to keep.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Steps = Generator[None, None, T]


def finished(steps: Steps[T]) -> T:
    """Do all steps, or all that are left, and return the result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
