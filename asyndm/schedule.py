"""Schedule curves and the shifted step that lets a pixel join the concave track at any moment.

Source: arXiv:2510.04504, section 3.2, Table 2 and Proposition 1. Time u in [0, 1] is the fraction
of the run that is over; level y in [0, 1] is the noise that is left (1 pure noise, 0 clean). A
curve f falls from f(0) = 1 to f(1) = 0. Concavity w mixes the concave member of a family with the
linear one (the paper's appendix B.1): f = w * concave + (1 - w) * linear.

Proposition 1: for a concave f and a point (u0, y0) with 1 - f(1 - u0) <= y0 <= f(u0) there is one
shifted curve f(u + c1) + c2, -u0 <= c1 <= 0, through (u0, y0) and (1, 0). ``Schedule.advance``
takes one step along it in closed form; ``advance_by_bisection`` does so for any concave f.

Everything is element-wise, on numpy arrays, on torch tensors and on plain numbers; this module
imports no torch.
"""

import math
import sys
from collections.abc import Callable
from typing import Any, get_args

import numpy as np

from asyndm.errors import RequestError
from asyndm.request import Family

Array = Any
"""A numpy array, a torch tensor, or a number: whatever came in goes out."""

_BISECTIONS = 60  # halves an interval of length 1 below the spacing of doubles


class Schedule:
    """A family of curves with a concavity.

    Args:
        family: "linear", "quadratic", "piecewise_linear" or "exponential".
        concavity: w in [0, 1], one number or a map that broadcasts to the levels. Where it is 0
            every family is exactly linear.

    Raises:
        RequestError: unknown family, or a concavity outside [0, 1].
    """

    def __init__(self, family: Family = "quadratic", concavity: Array = 0.7) -> None:
        if family not in get_args(Family):
            raise RequestError(f"{family!r} is no schedule; choose {', '.join(get_args(Family))}.")
        inside = (concavity >= 0) & (concavity <= 1)
        if not (inside if isinstance(inside, bool) else bool(inside.all())):
            raise RequestError("The concavity must be between 0 and 1.")
        self.family = family
        self.concavity = concavity

    def __repr__(self) -> str:
        return f"Schedule({self.family!r}, concavity={self.concavity!r})"

    def __call__(self, u: Array) -> Array:
        """f(u), the noise level at time u in [0, 1] of a pixel that was on the track all along."""
        xp, u, w = _aligned(u, self.concavity)
        linear = 1 - u
        if self.family == "linear":
            return linear + 0 * w
        if self.family == "quadratic":
            concave = w * (1 - u * u) + (1 - w) * linear
        elif self.family == "piecewise_linear":
            concave = xp.minimum(1 - (1 - w) * u, (1 + w) * (1 - u))
        else:
            concave = w * (math.e - xp.exp(u)) / (math.e - 1) + (1 - w) * linear
        return xp.where(w == 0, linear, concave)

    def advance(self, level: Array, remaining: float, step: float) -> Array:
        """The level after one step along the shifted curve through the present point and (1, 0).

        A pixel above its band (it changed to an object with a smaller w) still falls and still
        reaches 0; one below it waits until the curve meets it (METHOD.md).

        Args:
            level: y, any shape.
            remaining: R = 1 - u, the fraction of the run that is left, above 0.
            step: d = 1 / N, the fraction of the run that one step takes.

        Returns:
            The next level, in [0, level]; exactly 0 if ``remaining`` <= ``step``.
        """
        xp, y, w = _aligned(level, self.concavity)
        if remaining <= step * (1 + 1e-9):  # R is i/N: the last step must not miss 0 by rounding
            return 0 * (y + w)
        linear = y * (1 - step / remaining)
        if self.family == "linear":
            return linear + 0 * w
        concave = _CLOSED_FORMS[self.family](xp, y, w, remaining, step)
        concave = xp.minimum(xp.maximum(concave, 0 * concave), y)
        return xp.where(w == 0, linear, concave)


def advance_by_bisection(
    curve: Callable[[Array], Array], level: Array, remaining: float, step: float
) -> Array:
    """One step along the shifted curve of any concave f, by solving for the shift c1.

    h(c1) = f(u0 + c1) - f(1 + c1) does not decrease in c1 because f is concave, so bisection on
    [-u0, 0] finds the shift with h(c1) = y0. Levels outside the band of Proposition 1 go to its
    nearer edge: above it they fall in proportion to f, below it they wait.

    Args:
        curve: f, element-wise, concave on [0, 1] with f(0) = 1 and f(1) = 0.
        level: y, any shape.
        remaining: R = 1 - u, the fraction of the run that is left, above 0.
        step: d = 1 / N, the fraction of the run that one step takes.
    """
    xp, y, _ = _aligned(level, 0.0)
    if remaining <= step * (1 + 1e-9):
        return 0 * y
    u0 = 1 - remaining
    low, high = 0 * y - u0, 0 * y
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        below = curve(u0 + middle) - curve(1 + middle) < y
        low, high = xp.where(below, middle, low), xp.where(below, high, middle)
    shift = (low + high) / 2
    joined = curve(u0 + shift + step) - curve(1 + shift)
    top = curve(0 * y + u0)
    above = y * curve(0 * y + u0 + step) / top
    return xp.minimum(xp.maximum(xp.where(y > top, above, joined), 0 * y), y)


def _quadratic(_xp: Any, y: Array, w: Array, remaining: float, step: float) -> Array:
    slope = (w * remaining * remaining - y) / remaining
    return y + slope * step - w * step * step


def _piecewise_linear(xp: Any, y: Array, w: Array, remaining: float, step: float) -> Array:
    return xp.minimum(y - (1 - w) * step, (1 + w) * (remaining - step) + 0 * y)


def _exponential(_xp: Any, y: Array, w: Array, remaining: float, step: float) -> Array:
    scale = ((1 - w) * remaining - y) / math.expm1(remaining)
    return y + scale * math.expm1(step) - (1 - w) * step


_CLOSED_FORMS: dict[str, Callable[[Any, Array, Array, float, float], Array]] = {
    "quadratic": _quadratic,
    "piecewise_linear": _piecewise_linear,
    "exponential": _exponential,
}


def _aligned(level: Array, concavity: Array) -> tuple[Any, Array, Array]:
    """The array library of the level, and level and concavity as arrays of that library."""
    torch = sys.modules.get("torch")  # a tensor can only come from a torch that is loaded already
    if torch is not None and isinstance(level, torch.Tensor):
        w = torch.as_tensor(concavity, dtype=level.dtype, device=level.device)
        return torch, level, w
    if torch is not None and isinstance(concavity, torch.Tensor):
        return torch, torch.as_tensor(level, dtype=concavity.dtype), concavity
    y = np.asarray(level)
    if y.dtype.kind != "f":
        y = y.astype(np.float64)
    return np, y, np.asarray(concavity, dtype=y.dtype)
