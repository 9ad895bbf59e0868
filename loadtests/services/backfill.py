"""The backfill: history through the ordinary stream, beside a raw COPY, and what people feel of it.

Each round brings catalog back to the monolith and out to shadow again, which empties the service's
copy and fills it anew. Two kinds of rounds take turns: one in an idle shop, with the budget of
`migration-plan/seams/catalog.yaml`, which is compared with a COPY; and one with a budget of rows a
second, under a steady load of reads that the monolith answers, whose times are compared with those
of the same load just before.
"""

from __future__ import annotations

import re
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from loadtests.services.copies import raw_rates
from loadtests.services.errors import BenchError
from loadtests.services.measured import AT_MOST, Part, Ratio, percentile, ratio_of
from loadtests.services.pace import Ask, Pace, Sample
from loadtests.services.people import products
from loadtests.services.shop import Shop

OF_COPY = 0.35
P95_TIMES = 1.2
READS_PER_S = 40.0
READERS = 8
LONGEST_S = 600.0
GENTLE_CHUNK_ROWS = 50
"""A chunk is what a read may have to wait for."""
PLANS = Path(__file__).resolve().parents[2] / "migration-plan" / "seams"
_COPIED = """
SELECT sum(row_count)::bigint, extract(epoch FROM min(started_at))::float,
       bool_and(finished_at IS NOT NULL)
  FROM handover.backfill WHERE domain = 'catalog'
"""
_LAST_CHUNK = """
SELECT max(stream_sequence) FROM handover.outbox WHERE domain = 'catalog' AND kind = 'snapshot'
"""
_APPLIED = """
SELECT last_sequence, extract(epoch FROM applied_at)::float
  FROM handover.inbox WHERE domain = 'catalog'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One backfill: from its first chunk until its last one was applied."""

    rows: int
    began: float
    ended: float

    @property
    def rate(self) -> float:
        return self.rows / (self.ended - self.began)


def measure(shop: Shop, *, rounds: int, seconds: int, budget: int) -> Part:
    """Copy in turns: by COPY, by the stream, by the stream under load."""
    raw: dict[str, list[float]] = {"bare": [], "alike": []}
    copies, before, during = [], [], []
    for number in range(rounds):
        shop.say(f"backfill: round {number + 1} of {rounds}")
        for name, rate in raw_rates(shop.environment).items():
            raw[name].append(rate)
        copies.append(_backfill(shop))
        quiet, felt = _under_load(shop, seconds=seconds, budget=budget)
        before += quiet
        during += felt
    return _part(raw, copies, before, during, budget=budget)


def _backfill(shop: Shop) -> Copy:
    shop.place("catalog", "monolith")
    shop.place("catalog", "shadow", is_read=False)
    return last_copy(shop)


def last_copy(shop: Shop) -> Copy:
    """What both databases say of the last backfill."""
    with psycopg.connect(shop.auditor("monolith")) as monolith:
        copied = monolith.execute(_COPIED).fetchone()
        chunk = monolith.execute(_LAST_CHUNK).fetchone()
    with psycopg.connect(shop.auditor("catalog")) as service:
        applied = service.execute(_APPLIED).fetchone()
    if not (copied and chunk and applied and copied[2] and applied[0] == chunk[0]):
        raise BenchError("the backfill is not the last thing that was applied: writes went on")
    return Copy(rows=int(copied[0]), began=float(copied[1]), ended=float(applied[1]))


def on_a_budget(plan: str, *, rows_per_s: int) -> str:
    """The plan of a seam with small chunks and a limit; raises BenchError when it has no budget."""
    limit = f"chunk_rows: {GENTLE_CHUNK_ROWS}\n  rows_per_s: {rows_per_s}"
    changed, times = re.subn(r"chunk_rows: \d+", limit, plan)
    if times != 1:
        raise BenchError(f"a plan with {times} budgets of its backfill")
    return changed


def _under_load(shop: Shop, *, seconds: int, budget: int) -> tuple[list[Sample], list[Sample]]:
    """The reads of some seconds before the backfill, and those that were due while it went on."""
    shop.place("catalog", "monolith")
    with httpx.Client(base_url=shop.gateway, timeout=30, trust_env=False) as client:
        paths = [f"/api/v1/products/{key}" for key in products(client, limit=100)]
        paths += ["/api/v1/products?limit=20"] * 25

        def reader(_: int) -> Ask:
            return lambda turn: client.get(paths[turn % len(paths)]).status_code

        alone = Pace(reader, rate=READS_PER_S, workers=READERS)
        alone.begin(seconds=seconds)
        quiet = alone.result()
        beside = Pace(reader, rate=READS_PER_S, workers=READERS)
        beside.begin(seconds=LONGEST_S)
        try:
            with tempfile.TemporaryDirectory() as folder:
                for plan in PLANS.glob("*.yaml"):
                    (Path(folder) / plan.name).write_text(plan.read_text())
                gentle = on_a_budget((PLANS / "catalog.yaml").read_text(), rows_per_s=budget)
                (Path(folder) / "catalog.yaml").write_text(gentle)
                plans = {"STRANGLER_SEAMS": folder}
                shop.place("catalog", "shadow", is_read=False, more=plans)
        finally:
            samples = beside.stop()
    copy = last_copy(shop)
    return quiet, [sample for sample in samples if copy.began <= sample.at <= copy.ended]


def _part(
    raw: dict[str, list[float]],
    copies: Sequence[Copy],
    before: Sequence[Sample],
    during: Sequence[Sample],
    *,
    budget: int,
) -> Part:
    rate = statistics.median(copy.rate for copy in copies)
    bare, alike = (statistics.median(raw[name]) for name in ("bare", "alike"))
    quiet, felt = (percentile((s.ms for s in some), 95) for some in (before, during))
    figures = {
        "rows of a backfill": copies[-1].rows,
        "rows/s of the backfill, median": round(rate),
        "rows/s of COPY, primary key only": round(bare),
        "rows/s of COPY, all indexes": round(alike),
        "p95 before, ms": round(quiet, 1),
        "p95 while history is copied, ms": round(felt, 1),
        "reads before": len(before),
        "reads while history is copied": len(during),
        "reads that failed": sum(not sample.ok for sample in (*before, *during)),
    }
    ratios = _ratios(rate, bare=bare, alike=alike, felt=felt, quiet=quiet, budget=budget)
    return Part(name="backfill", ratios=ratios, figures=figures)


def _ratios(
    rate: float, *, bare: float, alike: float, felt: float, quiet: float, budget: int
) -> tuple[Ratio, ...]:
    return (
        Ratio(
            name="rows/s, of a raw COPY into a table with a primary key",
            value=ratio_of(rate, bare),
            target=OF_COPY,
        ),
        Ratio(
            name="rows/s, of a raw COPY into a table like the service's own",
            value=ratio_of(rate, alike),
        ),
        Ratio(
            name=f"p95 of live reads during a copy at {budget} rows/s, of that before",
            value=ratio_of(felt, quiet),
            target=P95_TIMES,
            sense=AT_MOST,
        ),
    )
