"""How much each side carries, over its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from loadtests.compare.evidence import Evidence, of_role
from loadtests.compare.spread import Estimate, Limit, estimate, ratio
from loadtests.compare.subjects import AFTER, BEFORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Knees:
    """Of one side: requests a second at each run's knee, and what was too much above it.

    `cores` are those that the system used there while people came: few, where something else than
    processors is short. `is_open`: some run found no level too much, so its knee is that or higher, and
    the medians are that or higher as well.
    """

    rate: Estimate | None
    throughput: Estimate | None
    cores: Estimate | None
    is_open: bool
    whys: tuple[str, ...]


def knees_of(evidence: Sequence[Evidence]) -> Knees:
    """Of the runs of one side."""
    known = [one.knee for one in evidence if one.knee is not None]
    there = [seen for one in evidence if one.knee and (seen := one.at(one.knee.level.rate))]
    return Knees(
        rate=estimate([knee.level.rate for knee in known]),
        throughput=estimate(throughputs(evidence)),
        cores=estimate([seen.cores for seen in there if seen.cores is not None]),
        is_open=any(knee.is_open for knee in known),
        whys=tuple(dict.fromkeys(knee.why for knee in known if knee.why)),
    )


def ratio_of_knees(evidence: Sequence[Evidence]) -> Estimate | None:
    """Requests a second after / before; None where there is nothing to divide by, or both are open."""
    old, new = of_role(evidence, BEFORE), of_role(evidence, AFTER)
    found = ratio(throughputs(new), throughputs(old))
    match knees_of(old).is_open, knees_of(new).is_open:
        case True, True:
            return None
        case True, False:
            limit = Limit.AT_MOST
        case False, True:
            limit = Limit.AT_LEAST
        case _:
            return found
    return None if found is None else replace(found, limit=limit)


def throughputs(evidence: Sequence[Evidence]) -> list[float]:
    """Of each run, the requests a second at its knee."""
    # Who carried not even the lowest level has no knee: that is a knee at nothing.
    return [one.knee.level.throughput if one.knee else 0.0 for one in evidence]


def failed_of(evidence: Sequence[Evidence]) -> tuple[int, int]:
    """Of the requests at all levels that were carried: how many failed, of how many."""
    carried = [seen.result for one in evidence for seen in one.carried]
    return sum(level.failed for level in carried), sum(level.requests for level in carried)
