"""Draws the comparison: where each side bends, what its work is made of, and who waits longer."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter, ScalarFormatter

from loadtests.compare.costs import TOTAL, Cost
from loadtests.compare.latencies import Line
from loadtests.compare.subjects import AFTER, BEFORE, ROLES
from loadtests.compare.summary import Point, Summary, Together

COLORS = {BEFORE: "#7a5c3e", AFTER: "#2e8b57"}
GRAY = "#999999"
# Text stays text: smaller, and it can be searched and read aloud.
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    # The same picture for the same numbers, so that a commit shows what changed.
    "svg.hashsalt": "compare",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_SEVERAL = 2


def curves(summary: Summary) -> str:
    """What was answered, how long it took and what it cost, over what was asked for; as SVG."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(12, 4.2), layout="constrained")
        axes: Sequence[Axes] = figure.subplots(1, 3)
        names = summary.header.plan.names
        for role in ROLES:
            points = [point for point in summary.points if point.role == role]
            if points:
                _draw(axes[0], points, lambda point: point.throughput, label=names[role])
                _draw(axes[1], points, lambda point: point.p95_ms, label=names[role])
                _draw(axes[2], points, _cores, label=names[role])
        _waiting(axes[1], limit_ms=summary.header.thresholds.level.p95_ms)
        titles = ("requests answered per second", "p95 of a request, ms", "cores in use")
        for axis, title in zip(axes, titles, strict=True):
            _dress(axis, title, summary.points)
        axes[0].legend(loc="upper left", frameon=False)
        return _svg(figure)


def _cores(point: Point) -> float:
    """Nothing is drawn of a level whose cores were not looked at."""
    return math.nan if point.cores is None else point.cores


def _draw(
    axis: Axes, points: Sequence[Point], value: Callable[[Point], float], *, label: str
) -> None:
    color = COLORS[points[0].role]
    for is_carried, fill in ((True, color), (False, "white")):
        some = [point for point in points if point.is_carried is is_carried]
        axis.scatter(
            [point.rate for point in some],
            [value(point) for point in some],
            facecolor=fill,
            edgecolor=color,
            s=18,
            zorder=3,
        )
    rates = sorted({point.rate for point in points})
    middle = [float(np.median([value(p) for p in points if p.rate == rate])) for rate in rates]
    axis.plot(rates, middle, color=color, label=label)


def _waiting(axis: Axes, *, limit_ms: float) -> None:
    axis.set_yscale("log")
    axis.axhline(limit_ms, color=GRAY, linestyle="--", linewidth=1)
    axis.annotate(
        "limit",
        (0.99, limit_ms),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="bottom",
        color=GRAY,
    )
    # One label per round number; one for each minor tick would write over each other.
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(ScalarFormatter())
    axis.yaxis.set_minor_formatter(NullFormatter())


def _dress(axis: Axes, title: str, points: Sequence[Point]) -> None:
    axis.set_title(title, loc="left")
    axis.set_xlabel("visits per second, as they were due")
    axis.set_xlim(left=0, right=max((point.rate for point in points), default=1) * 1.05)
    if axis.get_yscale() == "linear":
        axis.set_ylim(bottom=0)


def work(together: Together, *, names: Sequence[str]) -> str:
    """Whose processors work for a thousand requests, and which requests take longer; as SVG."""
    lines = [line for line in together.endpoints if line.p95_ratio is not None and line.is_enough]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(12, max(4.0, 0.24 * len(lines) + 1.2)), layout="constrained")
        axes: Sequence[Axes] = figure.subplots(1, 2, width_ratios=[2, 3])
        _processors(axes[0], together.processors, names)
        _ratios(axes[1], lines)
        return _svg(figure)


def _processors(axis: Axes, costs: Sequence[Cost], names: Sequence[str]) -> None:
    below = np.zeros(_SEVERAL)
    groups = [cost for cost in costs if cost.name != TOTAL]
    shades = mpl.colormaps["tab20"](np.linspace(0, 1, max(len(groups), 1)))
    for cost, shade in zip(groups, shades, strict=False):
        heights = np.array(
            [0.0 if side is None else side.median for side in (cost.before, cost.after)]
        )
        if heights.max() > 0:
            axis.bar(list(names), heights, bottom=below, color=shade, width=0.6, label=cost.name)
            below = below + heights
    axis.set_title("seconds of a core for 1 000 requests", loc="left")
    # In the order in which they lie on each other.
    axis.legend(loc="upper left", frameon=False, reverse=True, bbox_to_anchor=(1.0, 1.0))


def _ratios(axis: Axes, lines: Sequence[Line]) -> None:
    ordered = sorted(lines, key=lambda line: line.p95_ratio.median if line.p95_ratio else 0)
    for row, line in enumerate(ordered):
        found = line.p95_ratio
        if found is None:
            continue
        color = COLORS[AFTER] if found.median <= 1 else COLORS[BEFORE]
        axis.plot([found.median], [row], "o", color=color, markersize=5)
        if found.low is not None and found.high is not None:
            axis.plot([found.low, found.high], [row, row], color=color, linewidth=2, alpha=0.5)
    axis.axvline(1, color=GRAY, linewidth=1)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator([0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]))
    axis.xaxis.set_major_formatter(ScalarFormatter())
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_yticks(range(len(ordered)), [line.name for line in ordered])
    axis.set_title("p95 after / before, by endpoint (left of 1: faster)", loc="left")


def _svg(figure: Figure) -> str:
    picture = io.StringIO()
    figure.savefig(picture, format="svg", metadata={"Date": None})
    text = picture.getvalue()
    return text[text.index("<svg") :]
