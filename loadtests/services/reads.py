"""Catalog reads: what one costs the monolith and what it costs the service, through one gateway.

The seam stands at canary-50, so both answer, and `X-Canary` says who: same data, same bodies, same
gateway, in turns. What is divided is requests per second of processor, not per second: the sides
have not equally many processes, and whoever waits for a busy machine uses none of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from loadtests.gateway.wrk import Result, press
from loadtests.services.errors import BenchError
from loadtests.services.measured import Part, Ratio, ratio_of
from loadtests.services.people import products
from loadtests.services.serving import Effort, effort
from loadtests.services.shop import Shop

POSITION = "canary-50"
TARGET = 3.0
_MONOLITH, _SERVICE = "monolith", "service"
_ASKS = {_MONOLITH: {"X-Canary": "never"}, _SERVICE: {"X-Canary": "always"}}
_SERVED_BY = {_MONOLITH: "monolith", _SERVICE: "catalog"}


@dataclass(slots=True, kw_only=True)
class Sum:
    """What one side did in all of its runs of one question."""

    requests: int = 0
    failed: int = 0
    serving_s: float = 0.0
    backends_s: float = 0.0

    def add(self, run: Result, used: tuple[float, float]) -> None:
        self.requests += run.requests - run.failed
        self.failed += run.failed
        self.serving_s += used[0]
        self.backends_s += used[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """Who works for a side."""

    pids: tuple[int, ...]
    database: str

    def effort(self) -> Effort:
        return effort(self.pids, database_url=self.database)


def measure(shop: Shop, *, seconds: int, rounds: int) -> Part:
    """Ask both sides in turns; raises BenchError when they do not answer alike."""
    shop.place("catalog", POSITION)
    with httpx.Client(base_url=shop.gateway, timeout=30, trust_env=False) as client:
        some = products(client, limit=20)
        questions = {
            "a product": f"/api/v1/products/{some[7 % len(some)]}",
            "a page of 20": "/api/v1/products?limit=20",
            "the categories": "/api/v1/categories",
        }
        for path in questions.values():
            _require_equal(client, path)
    sides = {
        _MONOLITH: _Side(pids=shop.pids("monolith"), database=shop.auditor("monolith")),
        _SERVICE: _Side(
            pids=shop.pids(*shop.programs("catalog")), database=shop.auditor("catalog")
        ),
    }
    sums = {(side, name): Sum() for name in questions for side in _ASKS}
    for number in range(rounds):
        for name, path in questions.items():
            shop.say(f"reads: {name}, round {number + 1} of {rounds}")
            for side, headers in _ASKS.items():
                before = sides[side].effort()
                run = press(shop.gateway + path, seconds=seconds, headers=headers)
                sums[side, name].add(run, sides[side].effort().since(before))
    return _part(sums, tuple(questions))


def _require_equal(client: httpx.Client, path: str) -> None:
    bodies = {}
    for side, headers in _ASKS.items():
        answer = client.get(path, headers=headers)
        served_by = answer.headers.get("X-Served-By")
        if not answer.is_success or served_by != _SERVED_BY[side]:
            raise BenchError(f"{path} for the {side}: {answer.status_code} from {served_by}")
        bodies[side] = answer.content
    if bodies[_MONOLITH] != bodies[_SERVICE]:
        raise BenchError(f"{path}: the sides do not answer with the same bytes")


def _part(sums: dict[tuple[str, str], Sum], questions: Sequence[str]) -> Part:
    ratios = [
        Ratio(
            name="one of each, per CPU second of the serving processes",
            value=of_each(sums, questions, with_backends=False),
            target=TARGET,
        ),
        Ratio(
            name="one of each, with the database's backends",
            value=of_each(sums, questions, with_backends=True),
        ),
    ]
    for name in questions:
        ratios += _of_one(name, theirs=sums[_MONOLITH, name], ours=sums[_SERVICE, name])
    return Part(name="reads", ratios=tuple(ratios), figures=_figures(sums))


def _of_one(name: str, *, theirs: Sum, ours: Sum) -> list[Ratio]:
    return [
        Ratio(
            name=f"{name}, per CPU second of the serving processes",
            value=times(ours, theirs, with_backends=False),
            target=TARGET,
        ),
        Ratio(
            name=f"{name}, with the database's backends",
            value=times(ours, theirs, with_backends=True),
        ),
    ]


def _figures(sums: Mapping[tuple[str, str], Sum]) -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {}
    for (side, name), found in sums.items():
        key = f"{side}, {name}"
        figures[f"{key}: requests"] = found.requests
        figures[f"{key}: failed"] = found.failed
        figures[f"{key}: CPU ms each"] = _cost(found, with_backends=False)
        figures[f"{key}: CPU ms each, with backends"] = _cost(found, with_backends=True)
    return figures


def of_each(
    sums: Mapping[tuple[str, str], Sum], questions: Sequence[str], *, with_backends: bool
) -> float | None:
    """How many times the service's cost the monolith's is, for every question asked once."""
    if any(found.failed or not found.requests for found in sums.values()):
        return None
    cost = {
        side: sum(_cost(sums[side, name], with_backends=with_backends) for name in questions)
        for side in _ASKS
    }
    return ratio_of(cost[_MONOLITH], cost[_SERVICE])


def times(ours: Sum, theirs: Sum, *, with_backends: bool) -> float | None:
    if any(side.failed or not side.requests for side in (ours, theirs)):
        return None
    return ratio_of(
        _cost(theirs, with_backends=with_backends), _cost(ours, with_backends=with_backends)
    )


def _cost(found: Sum, *, with_backends: bool) -> float:
    seconds = found.serving_s + (found.backends_s if with_backends else 0.0)
    return round(seconds * 1_000 / found.requests, 4) if found.requests else 0.0
