"""`python -m loadtests.gateway`: every number beside the one it is to be compared with."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from loadtests import misuse
from loadtests.gateway.changes import NotInForce, swap, sync_routes
from loadtests.gateway.rig import Rig, RigError, assembled
from loadtests.gateway.wrk import Pressure, Result, WrkError, press

SIDES = ("direct", "nginx", "gateway")


_SOME = click.IntRange(min=1)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seconds", type=_SOME, default=5, show_default=True, help="Of each run.")
@click.option(
    "--rounds", type=_SOME, default=3, show_default=True, help="The sides take turns so often."
)
@click.option(
    "--changes",
    type=click.IntRange(min=2),
    default=200,
    show_default=True,
    help="Weight changes, idle and loaded.",
)
@click.option("--routes", type=_SOME, default=1000, show_default=True, help="For one sync.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def main(*, seconds: int, rounds: int, changes: int, routes: int, as_json: bool) -> None:
    """Measure the embedded gateway beside no gateway and a bare nginx; exit code 1 when a request fails."""
    folder = Path(tempfile.mkdtemp(prefix="bench-gateway-"))
    try:
        with assembled(folder) as rig, Progress(console=Console(stderr=True)) as bars:
            runs = _speed(rig, seconds=seconds, rounds=rounds, bars=bars)
            idle, loaded, pressed = _changes(rig, changes, bars=bars)
            synced_s = sync_routes(rig, routes, folder=folder)
    except (RigError, WrkError, NotInForce) as error:
        click.echo(f"bench-gateway: {error}; logs are in {folder}", err=True)
        sys.exit(2)
    found = {
        "sides": {side: _side(runs, side) for side in SIDES},
        "changes": {"idle": _times(idle), "loaded": _times(loaded)},
        "while_changing": {"requests": pressed.requests, "failed": pressed.failed},
        "sync": {"routes": routes, "seconds": round(synced_s, 2)},
    }
    click.echo(json.dumps(found, indent=2)) if as_json else _show(found)
    failed = pressed.failed + sum(run.failed for side in runs.values() for run in side)
    sys.exit(1 if failed else 0)


def _speed(rig: Rig, *, seconds: int, rounds: int, bars: Progress) -> dict[str, list[Result]]:
    runs: dict[str, list[Result]] = {side: [] for side in SIDES}
    task = bars.add_task("asking, side by side", total=rounds * len(SIDES))
    for _ in range(rounds):
        for side in SIDES:
            runs[side].append(press(getattr(rig, side), seconds=seconds))
            bars.advance(task)
    return runs


def _changes(rig: Rig, count: int, *, bars: Progress) -> tuple[list[float], list[float], Result]:
    def advance(what: str) -> Callable[[], None]:
        task = bars.add_task(what, total=count)
        return lambda: bars.advance(task)

    # An even number leaves the weights as they were.
    idle = swap(rig, count // 2 * 2, progress=advance("moving weights, idle"))
    pressure = Pressure(rig.gateway)
    try:
        loaded = swap(rig, count // 2 * 2, progress=advance("moving weights under load"))
    finally:
        pressed = pressure.take_off()
    return idle, loaded, pressed


def _side(runs: dict[str, list[Result]], side: str) -> dict[str, Any]:
    rates = {name: statistics.median(run.rate for run in found) for name, found in runs.items()}
    return {
        "requests_per_s": round(rates[side]),
        "of_direct": round(rates[side] / rates["direct"], 2),
        "of_nginx": round(rates[side] / rates["nginx"], 2),
        "p99_ms": round(statistics.median(run.p99_ms for run in runs[side]), 2),
        "failed": sum(run.failed for run in runs[side]),
    }


def _times(took: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    return {
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "longest_ms": round(max(took), 1),
    }


def _show(found: dict[str, Any]) -> None:
    terminal = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    for column in ("side", "of direct", "of nginx", "p99 ms", "requests/s", "failed"):
        table.add_column(column, justify="left" if column == "side" else "right")
    for side, row in found["sides"].items():
        table.add_row(
            side,
            *(
                str(row[key])
                for key in ("of_direct", "of_nginx", "p99_ms", "requests_per_s", "failed")
            ),
        )
    terminal.print(table)
    for when, row in found["changes"].items():
        terminal.print(
            f"weight change, {when}: in force after {row['p50_ms']} ms"
            f" (p99 {row['p99_ms']}, longest {row['longest_ms']})"
        )
    pressed, synced = found["while_changing"], found["sync"]
    terminal.print(
        f"while weights moved: {pressed['requests']} requests, {pressed['failed']} failed"
    )
    terminal.print(f"sync of {synced['routes']} routes: {synced['seconds']} s")


if __name__ == "__main__":
    misuse.run(main, name="bench-gateway")
