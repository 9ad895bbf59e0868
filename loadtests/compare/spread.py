"""Medians of several runs, and how sure one may be of them.

The interval is a bootstrap over runs, and not over requests: requests of one run share its luck. It
holds 95 % only from `ENOUGH_RUNS` a side on. Of two sides that are alike (400 pairs, drawn from one
log-normal distribution) 33 % were told apart by 2 runs of each, 12 % by 3, 7 % by 4 and 3 % by 5. So
of fewer it is shown where the medians of the runs fell, and nothing is concluded from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap

Numbers = NDArray[np.float64]
CONFIDENCE = 0.95
ENOUGH_RUNS = 5
"""Of each side, before an interval holds what its name says."""
RESAMPLES = 9_999
_SEED = 1


class Limit(StrEnum):
    """On which side of what is shown the true value lies, where only that is known."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A median with its interval; of one run alone there is none. `runs`: of the side with fewer."""

    median: float
    low: float | None
    high: float | None
    runs: int
    limit: Limit | None = None

    @property
    def possible(self) -> tuple[float, float] | None:
        """From where to where the true value may lie; None where too few runs were made to say so."""
        if self.low is None or self.high is None or self.runs < ENOUGH_RUNS:
            return None
        low = -math.inf if self.limit is Limit.AT_MOST else self.low
        return low, math.inf if self.limit is Limit.AT_LEAST else self.high

    @property
    def is_apart_from_one(self) -> bool | None:
        """Of a ratio: whether all that is possible is on one side of 1; None when nobody knows."""
        if self.possible is None:
            return None
        low, high = self.possible
        return low > 1 or high < 1


def estimate(values: Sequence[float]) -> Estimate | None:
    """The median of some runs' values."""
    if not values:
        return None
    low, high = _interval((values,), _median) if len(values) > 1 else (None, None)
    return Estimate(median=float(np.median(values)), low=low, high=high, runs=len(values))


def ratio(after: Sequence[float], before: Sequence[float]) -> Estimate | None:
    """The median after, divided by the median before; None when there is nothing to divide by."""
    if not after or not before or min(before) <= 0:
        return None
    middle = float(np.median(after) / np.median(before))
    fewest = min(len(after), len(before))
    low, high = _interval((after, before), _ratio) if fewest > 1 else (None, None)
    return Estimate(median=middle, low=low, high=high, runs=fewest)


def share(count: int, total: int, *, runs: int) -> Estimate | None:
    """A part of many, with the interval of Clopper and Pearson: none of few may yet be some of many.

    It takes each of them for itself, so it needs as many `runs` as any other before it is believed.
    """
    if not total:
        return None
    found = binomtest(count, total).proportion_ci(CONFIDENCE)
    return Estimate(median=count / total, low=float(found.low), high=float(found.high), runs=runs)


def _median(values: Numbers, axis: int = -1) -> Numbers:
    return np.asarray(np.median(values, axis=axis))


def _ratio(after: Numbers, before: Numbers, axis: int = -1) -> Numbers:
    return np.asarray(np.median(after, axis=axis) / np.median(before, axis=axis))


def _interval(
    samples: tuple[Sequence[float], ...], statistic: Callable[..., Numbers]
) -> tuple[float, float]:
    if all(len(set(sample)) == 1 for sample in samples):
        # All runs alike: nothing to draw from, and scipy would warn.
        same = statistic(*(np.asarray(sample) for sample in samples))
        return float(same), float(same)
    found = bootstrap(
        tuple(np.asarray(sample, dtype=float) for sample in samples),
        statistic,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        # Better methods need more runs than anybody has the patience for.
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return float(found.low), float(found.high)
