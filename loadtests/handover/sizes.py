"""The pause of a handover with more and more rows: it must not depend on them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from loadtests.handover.moves import HOME, SEAM, bring_others_home, observe
from loadtests.services import commands
from loadtests.services.measured import AT_MOST, Part, Ratio, ratio_of
from loadtests.services.shop import Shop

TIMES = 2.0
GENTLE_RATE = 50.0
"""It is the pause that is asked about, not how much the machine can bear."""
MOVES = 6
"""Of each size, half of them there and half of them back."""


def measure(shop: Shop, *, sizes: Sequence[int], rate: float) -> Part:
    """Fill the shop anew for each size; raises BenchError when it cannot be emptied."""
    pauses = {}
    for rows in sizes:
        _fill(shop, rows=rows)
        shop.place(SEAM, HOME)
        seen = observe(shop, moves=MOVES, rate=rate)
        pauses[rows] = statistics.median(window.pause_ms for window in seen.windows)
    shop.place(SEAM, "monolith")
    return _part(pauses)


def _fill(shop: Shop, *, rows: int) -> None:
    shop.say(f"filling the monolith with {rows} products")
    bring_others_home(shop)
    shop.place(SEAM, "monolith")
    words = ("--products", str(rows), "--customers", "200", "--orders", "200", "--seed", "1")
    commands.run("monolith.manage", "seed", *words, "--replace")
    commands.run("monolith.manage", "make_identities")


def _part(pauses: dict[int, float]) -> Part:
    least, most = min(pauses), max(pauses)
    figures = {f"median pause with {rows} rows, ms": round(ms, 1) for rows, ms in pauses.items()}
    ratio = Ratio(
        name=f"pause with {most} rows, of that with {least}",
        value=ratio_of(pauses[most], pauses[least]),
        target=TIMES,
        sense=AT_MOST,
    )
    return Part(name="sizes", ratios=(ratio,), figures=figures)
