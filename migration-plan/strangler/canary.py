"""The commands of a canary: analyze, which only looks, and promote, which moves the seam."""

import json
import time
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from strangler import moving, options, promoting
from strangler.analysis import Advice, Judgment
from strangler.attempt import attempt
from strangler.canary_judge import CanaryJudge
from strangler.plan import Plan

EXIT_CODES = {Advice.PROMOTE: 0, Advice.ROLLBACK: 3, Advice.HOLD: 4, Advice.NOT_ENOUGH: 5}
_out = Console(highlight=False)

_window = click.option(
    "--window",
    "window_s",
    type=click.FloatRange(1, 3600),
    metavar="SECONDS",
    help="How long a window is, instead of what the plan says.",
)
_windows = click.option(
    "--windows",
    type=click.IntRange(1, 100),
    metavar="COUNT",
    help="How many windows a position gets, instead of what the plan says.",
)


@click.command()
@options.seam
@_window
@options.as_json
@click.pass_context
def analyze(context: click.Context, *, plan: Plan, window_s: float | None, as_json: bool) -> None:
    """Compare both sides of a canary over the latest seconds of the gateway's log.

    Exit codes: 0 promote, 3 rollback, 4 hold, 5 not enough requests; 1 and 2 as everywhere.
    """
    judge = CanaryJudge.of(plan, window_s=window_s)
    judgment = judge.judge(until_s=time.time())
    if as_json:
        told = {"seam": plan.seam, "window_s": judge.criteria.window_s, **judgment.to_json()}
        click.echo(json.dumps(told, indent=2))
    else:
        _print(judgment)
    context.exit(EXIT_CODES[judgment.advice])


@click.command()
@options.seam
@click.option("--to", "goal", metavar="POSITION", help="A canary position; the last by default.")
@_window
@_windows
@options.dry_run
@options.as_json
def promote(
    *,
    plan: Plan,
    goal: str | None,
    window_s: float | None,
    windows: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Climb the canary: a window at each position, then on, once more, or back to shadow.

    Exit codes: 0 arrived, 1 rolled back, held to the last window, or failed; 2 refused.
    """
    judge = CanaryJudge.of(plan, window_s=window_s, windows=windows)
    with moving.reached(plan, as_json=as_json) as world:
        if dry_run:
            rungs = attempt(lambda: promoting.ahead(world, goal=goal), world)
            here = attempt(lambda: world.standing().name, world)
            _print_ahead([here, *(rung.name for rung in rungs)], judge=judge, as_json=as_json)
            return
        promotion = attempt(lambda: promoting.promote(world, judge, goal=goal), world)
    if as_json:
        click.echo(json.dumps(promotion.to_json(), indent=2))
    elif not promotion.error:
        _out.print(f"{plan.seam} stands at [bold]{promotion.stands_at}[/bold]")
    if promotion.error:
        promotion.error.is_told = as_json
        raise promotion.error


def _print(judgment: Judgment) -> None:
    table = Table("", "requests", "failures", "p50 ms", "p95 ms", "p99 ms", box=None)
    for side, figures in (("monolith", judgment.baseline), ("service", judgment.canary)):
        told: dict[str, Any] = asdict(figures)
        del told["error_ratio"]
        table.add_row(side, *("-" if value is None else f"{value:g}" for value in told.values()))
    _out.print(table)
    _out.print(f"[bold]{judgment.advice}[/bold]: {escape(judgment.because)}", soft_wrap=True)


def _print_ahead(positions: list[str], *, judge: CanaryJudge, as_json: bool) -> None:
    window_s, windows = judge.criteria.window_s, judge.criteria.windows
    if as_json:
        told = {"positions": positions, "window_s": window_s, "windows": windows}
        click.echo(json.dumps(told, indent=2))
        return
    _out.print(" -> ".join(positions))
    _out.print(
        f"At each canary position before the last one up to {windows} windows of {window_s:g} s; "
        f"back to {promoting.REFUGE} as soon as one of them says rollback."
    )
