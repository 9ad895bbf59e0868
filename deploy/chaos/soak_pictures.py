"""Draws what must not grow, with the kills marked."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chaos.bounds import WARM_UP
from chaos.gauges import Reading
from demo.pictures import FAILURE_COLOR, STYLE

# The largest have a name in the picture; the table has all.
NAMED = 6


def draw_gauges(readings: Sequence[Reading], kills: Sequence[float], *, began: float) -> str:
    """One picture per kind over one time axis, as SVG."""
    kinds = list(dict.fromkeys(kind for reading in readings for kind in reading.values))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(12, 3 * max(len(kinds), 1)), layout="constrained")
        grid = figure.subplots(max(len(kinds), 1), 1, squeeze=False)
        axes: list[Axes] = list(grid[:, 0])
        for kind, axis in zip(kinds, axes, strict=False):
            _lines(axis, kind, readings, began=began)
            for at in kills:
                axis.axvline(at - began, color=FAILURE_COLOR, linewidth=0.6)
            if readings:
                last = readings[-1].at - began
                axis.axvspan(0, WARM_UP * last, facecolor="none", edgecolor="#dddddd", hatch="//")
        axes[-1].set_xlabel("seconds since the load began to flow")
        picture = io.StringIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
    text = picture.getvalue()
    return text[text.index("<svg") :]


def _lines(axis: Axes, kind: str, readings: Sequence[Reading], *, began: float) -> None:
    names = {name for reading in readings for name in reading.values.get(kind, {})}
    series = {
        name: [
            (reading.at - began, reading.values[kind][name])
            for reading in readings
            if name in reading.values.get(kind, {})
        ]
        for name in names
    }
    by_size = sorted(series, key=lambda name: -max(value for _, value in series[name]))
    for place, name in enumerate(by_size):
        times, values = zip(*series[name], strict=True)
        label = name if place < NAMED else "_nolegend_"
        axis.plot(times, values, label=label, linewidth=1)
    axis.set_ylabel(kind)
    axis.set_ylim(bottom=0)
    axis.legend(loc="upper left", fontsize=7, ncols=3)
