"""What a thousand requests cost, before and after: processors, memory, databases, broker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from loadtests.compare.evidence import Evidence, of_role
from loadtests.compare.spread import Estimate, estimate, ratio
from loadtests.compare.subjects import AFTER, BEFORE

TOTAL = "all"
THOUSAND = 1_000
Amounts = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one account, on both sides; a side that has no such account has None."""

    name: str
    before: Estimate | None
    after: Estimate | None
    ratio: Estimate | None


def processors(evidence: Sequence[Evidence], rate: float) -> list[Cost]:
    """Seconds of a core for a thousand requests, by group, until the system was at rest again."""

    def used(one: Evidence) -> Amounts | None:
        seen = one.at(rate)
        if seen is None:
            return None
        return _per_thousand(seen.meters.seconds, seen.result.requests)

    return _costs(evidence, used)


def memory(evidence: Sequence[Evidence], rate: float) -> list[Cost]:
    """Mebibytes held at the end of the level."""

    def held(one: Evidence) -> Amounts | None:
        seen = one.at(rate)
        return None if seen is None else seen.meters.mebibytes

    return _costs(evidence, held)


def growth(evidence: Sequence[Evidence]) -> list[Cost]:
    """Mebibytes more at the end of a run than at its begin, for a thousand requests."""
    return _costs(evidence, lambda one: _per_thousand(one.run.grown, one.run.requests))


def at_rest(evidence: Sequence[Evidence]) -> list[Cost]:
    """Cores that are used while nobody comes: polling, health checks, heartbeats."""
    return _costs(evidence, lambda one: one.run.at_rest)


def databases(evidence: Sequence[Evidence], rate: float) -> list[Cost]:
    """What each database did for a thousand requests, and all of them together."""

    def asked(one: Evidence) -> Amounts | None:
        seen = one.at(rate)
        if seen is None:
            return None
        summed = dict(seen.meters.database)
        for name, value in seen.meters.database.items():
            whole = f"all databases: {name.partition(': ')[2]}"
            summed[whole] = summed.get(whole, 0.0) + value
        return _per_thousand(summed, seen.result.requests)

    return _costs(evidence, asked, with_total=False)


def broker(evidence: Sequence[Evidence]) -> list[Cost]:
    """Messages for a thousand requests, over all levels of a run."""
    return _costs(
        evidence, lambda one: _per_thousand(one.run.broker, one.run.requests), with_total=False
    )


def _per_thousand(amounts: Amounts, requests: int) -> Amounts | None:
    return (
        {name: value * THOUSAND / requests for name, value in amounts.items()} if requests else None
    )


def _costs(
    evidence: Sequence[Evidence],
    pick: Callable[[Evidence], Amounts | None],
    *,
    with_total: bool = True,
) -> list[Cost]:
    sides: dict[str, list[Amounts]] = {}
    for role in (BEFORE, AFTER):
        found = [amounts for one in of_role(evidence, role) if (amounts := pick(one)) is not None]
        sides[role] = [{**a, TOTAL: sum(a.values())} if with_total else a for a in found]
    names = list(dict.fromkeys(name for runs in sides.values() for run in runs for name in run))
    ordered = [name for name in names if name != TOTAL] + [TOTAL] * (TOTAL in names)
    return [_cost(name, sides[BEFORE], sides[AFTER]) for name in ordered]


def _cost(name: str, before: Sequence[Amounts], after: Sequence[Amounts]) -> Cost:
    old, new = ([run[name] for run in runs if name in run] for runs in (before, after))
    return Cost(name=name, before=estimate(old), after=estimate(new), ratio=ratio(new, old))
