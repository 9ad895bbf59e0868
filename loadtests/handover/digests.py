"""Reconciling both sides, beside one raw digest of the same tables, one side after the other."""

from __future__ import annotations

import statistics
import time

import psycopg

from loadtests.handover.moves import SEAM
from loadtests.services import commands
from loadtests.services.errors import BenchError
from loadtests.services.measured import AT_MOST, Part, Ratio, ratio_of
from loadtests.services.shop import Shop

TIMES_RAW = 2.5
# What any comparison has to read: each row once, whole.
_RAW = "SELECT count(*), bit_xor(hashtextextended(t::text, 0)) FROM {} AS t"
_TABLES = {
    "monolith": ("catalog_category", "catalog_product", "catalog_command"),
    "catalog": ("catalog.category", "catalog.product", "catalog.command"),
}


def measure(shop: Shop, *, rounds: int) -> Part:
    """Take turns; the seam stands where both sides have all rows."""
    if shop.position(SEAM) == "monolith":
        shop.place(SEAM, "shadow", is_read=False)
    raw, ours, rows = [], [], 0
    for number in range(rounds):
        shop.say(f"reconcile: round {number + 1} of {rounds}")
        seconds, rows = _scan(shop)
        raw.append(seconds)
        ours.append(_reconcile())
    figures = {
        "rows of one side": rows,
        "raw digest of both sides, median s": round(statistics.median(raw), 3),
        "reconcile, median s": round(statistics.median(ours), 3),
    }
    ratio = Ratio(
        name="reconcile, of a raw digest of both sides",
        value=ratio_of(statistics.median(ours), statistics.median(raw)),
        target=TIMES_RAW,
        sense=AT_MOST,
    )
    return Part(name="reconcile", ratios=(ratio,), figures=figures)


def _scan(shop: Shop) -> tuple[float, int]:
    seconds, rows = 0.0, 0
    for database, tables in _TABLES.items():
        rows = 0
        with psycopg.connect(shop.auditor(database)) as connection:
            begun = time.perf_counter()
            for table in tables:
                found = connection.execute(_RAW.format(table).encode()).fetchone()
                rows += int(found[0]) if found else 0
            seconds += time.perf_counter() - begun
    return seconds, rows


def _reconcile() -> float:
    """Its own time, without starting a process; raises BenchError when the sides differ."""
    found = commands.ask("strangler", "reconcile", SEAM, "--json", codes=(0, 1))
    if not found["clean"]:
        raise BenchError(f"{SEAM} differs; see `strangler reconcile {SEAM}`")
    return float(found["seconds"])
