"""Draws the run over time, with the steps marked."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from demo.steps import Step
from demo.timeline import Slice

MONOLITH_COLOR = "#7a5c3e"
SERVICE_COLOR = "#2e8b57"
FAILURE_COLOR = "#c0392b"
# Text stays text: smaller, and it can be searched and read aloud.
ROOM_FOR_A_NAME_S = 3
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
}


def draw(slices: Sequence[Slice], steps: Sequence[Step], *, began: float) -> str:
    """Three pictures over one time axis, as SVG."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(12, 9), layout="constrained")
        axes: Sequence[Axes] = figure.subplots(3, 1, sharex=True)
        _throughput(axes[0], slices, began=began)
        _latency(axes[1], slices, began=began)
        _share(axes[2], slices, began=began)
        for index, axis in enumerate(axes):
            _mark(axis, steps, began=began, named=index == 0)
        axes[-1].set_xlabel("seconds since the load began to flow")
        picture = io.StringIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
    text = picture.getvalue()
    return text[text.index("<svg") :]


def _throughput(axis: Axes, slices: Sequence[Slice], *, began: float) -> None:
    axis.plot(_times(slices, began), [s.per_second for s in slices], color="#34495e")
    failed = [(s.at - began, s.failures) for s in slices if s.failures]
    if failed:
        axis.scatter(*zip(*failed, strict=True), color=FAILURE_COLOR, label="failed")
        axis.legend(loc="lower right")
    axis.set_ylabel("requests per second")
    axis.set_ylim(bottom=0)


def _latency(axis: Axes, slices: Sequence[Slice], *, began: float) -> None:
    for label, name in (("reads", "read_p95"), ("writes", "write_p95")):
        values = [float("nan") if (v := getattr(s, name)) is None else v for s in slices]
        axis.plot(_times(slices, began), values, label=label)
    axis.set_yscale("log")
    # One label per round number; one for each minor tick would write over each other.
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(ScalarFormatter())
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_ylabel("p95 latency, ms")
    axis.legend(loc="upper right")


def _share(axis: Axes, slices: Sequence[Slice], *, began: float) -> None:
    known = [s for s in slices if s.service_share is not None]
    service = [s.service_share or 0.0 for s in known]
    axis.stackplot(
        _times(known, began),
        [100 - share for share in service],
        service,
        labels=["monolith", "services"],
        colors=[MONOLITH_COLOR, SERVICE_COLOR],
    )
    axis.set_ylabel("reads served by, %")
    axis.set_ylim(0, 100)
    axis.legend(loc="upper left")


def _mark(axis: Axes, steps: Sequence[Step], *, began: float, named: bool) -> None:
    following = [step.began for step in steps[1:]] + [math.inf]
    for step, next_began in zip(steps, following, strict=True):
        axis.axvspan(step.began - began, step.ended - began, color="#888888", alpha=0.25, lw=0)
        axis.axvline(step.began - began, color="#888888", linewidth=0.5)
        # Steps taken in one breath would write over each other's names; the last one speaks.
        if named and next_began - step.began > ROOM_FOR_A_NAME_S:
            axis.text(
                step.began - began,
                1.01,
                f"{step.seam} {step.target}".strip(),
                rotation=60,
                fontsize=7,
                transform=axis.get_xaxis_transform(),
            )


def _times(slices: Sequence[Slice], began: float) -> list[float]:
    return [s.at - began for s in slices]
