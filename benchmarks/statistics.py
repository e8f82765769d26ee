"""Intervals for medians, without assumptions about the distribution."""

import math
from collections.abc import Sequence


def median_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """The order-statistic interval of the median (sign test): binomial, distribution-free.

    Args:
        values: at least one measurement.
        confidence: the least coverage wanted.

    Returns:
        Lowest and highest plausible median; the extremes where there are too few values.
    """
    ordered, n = sorted(values), len(values)
    tail, k = 0.0, 0
    while k < n // 2:
        tail += math.comb(n, k) / 2**n
        if 2 * tail > 1 - confidence:
            break
        k += 1
    return ordered[max(k - 1, 0)], ordered[n - max(k, 1)]
