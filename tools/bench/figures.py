"""The arithmetic: medians, how far they can be trusted, and ratios of what was measured in turns."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

import math
import statistics

#: How sure the interval of a median is.
CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A median, and between which bounds it lies with 95 % confidence."""

    median: float
    low: float
    high: float


def estimate(values: Sequence[float]) -> Estimate:
    """Return the median of ``values`` with its interval, which supposes nothing about how they are distributed.

    :raises ValueError: there are no values.
    """
    if not values:
        raise ValueError("Nothing was measured.")
    ordered = sorted(values)
    out = _outside(len(ordered))
    return Estimate(median=statistics.median(ordered), low=ordered[out], high=ordered[-1 - out])


def _outside(count: int) -> int:
    # Each value lies below the median with even chance: how many may be left out at each end before the chance that the median
    # lies beyond gets too large. With five values or fewer none may be.
    chance, out = 0.0, 0
    while True:
        chance += math.comb(count, out) / 2**count
        if 2 * chance > 1 - CONFIDENCE:
            return max(0, out - 1) if out else 0
        out += 1


def ratio(stock: Sequence[float], addon: Sequence[float]) -> Estimate:
    """Return by what the add-on multiplies a figure, from measurements made in turns: the two of a turn are compared.

    :raises ValueError: there are not as many of the one as of the other, or none.
    """
    return estimate([with_it / without for without, with_it in zip(stock, addon, strict=True)])


@dataclass(frozen=True)
class Turns:
    """Figures of the site without and with the add-on, measured in turns."""

    stock: list[float] = field(default_factory=list)
    addon: list[float] = field(default_factory=list)

    def add(self, stock: float, addon: float) -> None:
        """Add one turn."""
        self.stock.append(stock)
        self.addon.append(addon)

    @property
    def ratio(self) -> Estimate:
        """By what the add-on multiplies the figure."""
        return ratio(self.stock, self.addon)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least ``percent`` of a hundred do not exceed.

    :raises ValueError: there are no values.
    """
    if not values:
        raise ValueError("Nothing was measured.")
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def kolmogorov_smirnov(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """Return the largest distance D between two empirical distributions, and p: how likely it is at least so large by chance.

    The two-sample test of Kolmogorov and Smirnov. p is the asymptotic series 2 * sum of (-1)^(k-1) exp(-2 k^2 x^2), with Stephens'
    correction of x for finite samples, which is good from a dozen values each.

    :raises ValueError: there are no values.
    """
    if not one or not other:
        raise ValueError("Nothing was measured.")
    first, second = sorted(one), sorted(other)
    distance = max(
        abs(bisect_right(first, value) / len(first) - bisect_right(second, value) / len(second))
        for value in (*first, *second)
    )
    root = math.sqrt(len(first) * len(second) / (len(first) + len(second)))
    x = (root + 0.12 + 0.11 / root) * distance
    if x < 0.2:  # the series converges slowly there, and p is 1 to ten digits
        return distance, 1.0
    chance = 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * x) ** 2) for k in range(1, 101))
    return distance, min(1.0, max(0.0, chance))
