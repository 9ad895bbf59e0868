"""What a long run has found, as rows of tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from chaos.bounds import Judged
from chaos.soak import Event

GAUGES = ("what", "of", "median", "most", "limit", "growth", "allowed", "")
MOVES = ("move", "killed", "strangler said", "typed then", "pause ms", "s")


def gauge_rows(gauges: Sequence[Judged]) -> list[tuple[str, ...]]:
    return [
        (
            one.kind,
            one.name,
            f"{one.median:.0f}",
            f"{one.most:.0f}",
            f"{one.limit:.0f}",
            f"{one.growth:+.1f}",
            f"{one.allowed:.0f}",
            "bounded" if one.is_bounded else "**too much**",
        )
        for one in gauges
    ]


def move_row(event: Event) -> tuple[str, ...]:
    return (
        f"{event.order.seam}: {event.origin} → {event.order.to}",
        event.victim,
        event.said,
        ", ".join(event.recovery),
        "" if event.pause_ms is None else f"{event.pause_ms:.0f}",
        f"{event.ended - event.began:.0f}",
    )


def growth_of(one: Judged) -> str:
    """One gauge against its bounds."""
    return (
        f"{one.growth:+.1f} of {one.allowed:.0f} allowed, at most {one.most:.0f} of {one.limit:.0f}"
    )
