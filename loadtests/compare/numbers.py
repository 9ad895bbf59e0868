"""Numbers as people read them."""

from __future__ import annotations

from loadtests.compare.spread import Estimate

NOTHING = "-"


def short(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return NOTHING
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def median(found: Estimate | None) -> str:
    return NOTHING if found is None else short(found.median)


def spread(found: Estimate | None) -> str:
    """A median with its interval, and with `at least` or `at most` where only that is known."""
    if found is None:
        return NOTHING
    shown = short(found.median) if found.limit is None else f"{found.limit} {short(found.median)}"
    return shown if found.low is None else f"{shown} [{short(found.low)}, {short(found.high)}]"
