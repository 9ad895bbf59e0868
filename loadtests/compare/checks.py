"""Each threshold beside what was measured: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loadtests.compare.spread import Estimate
from loadtests.compare.thresholds import Bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One threshold; the median decides, and the interval says how surely: of few runs it never does."""

    name: str
    value: Estimate | None
    bound: str
    is_met: bool
    is_sure: bool


def check(bounds: Mapping[str, Bound], values: Mapping[str, Estimate | None]) -> list[Check]:
    """Judge every threshold that was declared; what was not measured is not met."""
    return [_check(name, bound, values.get(name)) for name, bound in bounds.items()]


def _check(name: str, bound: Bound, value: Estimate | None) -> Check:
    is_met = bound.allows(None if value is None else value.median)
    ends = (None if value is None else value.possible) or ()
    # Sure, when all that the runs leave possible says the same.
    is_sure = bool(ends) and all(bound.allows(end) is is_met for end in ends)
    return Check(name=name, value=value, bound=str(bound), is_met=is_met, is_sure=is_sure)


def verdict(checks: Sequence[Check]) -> bool:
    """Whether all of them are met; none at all is no success."""
    return bool(checks) and all(one.is_met for one in checks)
