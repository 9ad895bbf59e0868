"""In which order the apps could leave, and what goes around in circles."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from strangler.survey.crossing import Crossing, number_of
from strangler.survey.usage import Usage

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One app leaves those that are still there; `why` says what decided."""

    app: str
    number: int
    asks: tuple[str, ...]
    asked_by: tuple[str, ...]
    read_share: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """Apps that all reach each other, and the link of the least weight among them."""

    apps: tuple[str, ...]
    thinnest: Pair
    number: int


def suggested(crossings: Sequence[Crossing], *, usage: Mapping[str, Usage]) -> list[Step]:
    """The cheapest next, again and again: what has left is asked as a service and ties no longer.

    Apps without tables have nothing that could be owned elsewhere, and stay.
    """
    left, steps = set(usage), []
    waiting = {app for app, used in usage.items() if used.models}
    while waiting:
        here = [c for c in crossings if {c.source, c.target} <= left]
        step = min((_step(app, here, usage=usage[app]) for app in waiting), key=_rank)
        steps.append(step)
        waiting.remove(step.app)
        left.remove(step.app)
    return steps


def _rank(step: Step) -> tuple[int, int, float, str]:
    return step.number, len(step.asks), -(step.read_share or 0), step.app


def _step(app: str, crossings: Sequence[Crossing], *, usage: Usage) -> Step:
    own = [crossing for crossing in crossings if app in {crossing.source, crossing.target}]
    asks = tuple(sorted({c.target for c in own if c.source == app}))
    asked_by = tuple(sorted({c.source for c in own if c.target == app}))
    return Step(
        app=app,
        number=number_of(own),
        asks=asks,
        asked_by=asked_by,
        read_share=usage.read_share,
        why=_why(own, asks=asks, asked_by=asked_by, usage=usage),
    )


def _why(
    own: Sequence[Crossing], *, asks: Sequence[str], asked_by: Sequence[str], usage: Usage
) -> str:
    kinds = Counter(crossing.kind for crossing in own if crossing.kind.weight)
    heavy = sorted(kinds, key=lambda kind: -kinds[kind] * kind.weight)
    cut = ", ".join(f"{kinds[kind]} {kind}" for kind in heavy) or "nothing to cut"
    place = {
        (False, False): "stands alone",
        (True, False): f"asked by nobody, asks {len(asks)}",
        (False, True): f"asks nobody, asked by {len(asked_by)}",
        (True, True): f"asks {len(asks)}, asked by {len(asked_by)}",
    }[bool(asks), bool(asked_by)]
    total = usage.reads + usage.writes
    reads = f"{usage.reads} of {total} queries read" if total else "no query seen"
    return f"{cut}; {place}; {reads}"


def cycles(crossings: Iterable[Crossing]) -> list[Cycle]:
    """Groups in which everybody reaches everybody, doors left out: they are made to be asked."""
    weights: Counter[Pair] = Counter()
    for crossing in crossings:
        weights[crossing.source, crossing.target] += crossing.kind.weight
    links = {pair: weight for pair, weight in weights.items() if weight}
    reached = {app: _reached(app, links) for pair in links for app in pair}
    groups = {
        tuple(sorted(other for other in reached[app] if app in reached[other]))
        for app in reached
        if app in reached[app]
    }
    found = []
    for apps in sorted(groups, key=lambda group: (-len(group), group)):
        inner = {pair: weight for pair, weight in links.items() if set(pair) <= set(apps)}
        thinnest = min(inner, key=lambda pair: (inner[pair], pair))
        found.append(Cycle(apps=apps, thinnest=thinnest, number=inner[thinnest]))
    return found


def _reached(app: str, links: Iterable[Pair]) -> set[str]:
    onward: dict[str, set[str]] = {}
    for source, target in links:
        onward.setdefault(source, set()).add(target)
    found: set[str] = set()
    waiting = list(onward.get(app, ()))
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(onward.get(each, ()))
    return found
