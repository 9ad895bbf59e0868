"""Runs the tests in their processes, on servers that are started once and always stopped."""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import click
from rich.console import Console
from rich.table import Table

from stack import misuse, testing
from stack.errors import StackError
from stack.lanes import LANES, Lane, Outcome, Speed, Suite, run_lane

_terminal = Console(highlight=False, soft_wrap=True)

NAMES = [suite.name for step in LANES for lane in step for suite in lane]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
@click.option(
    "--speed",
    type=click.Choice([speed.value for speed in Speed]),
    default=Speed.QUICK.value,
    show_default=True,
    help="Which tests: those that are not marked slow, those that are, or both.",
)
def main(names: tuple[str, ...], speed: str) -> None:
    """Run all suites, or those NAMED; exit code 1 when a test fails, 2 when no server starts.

    Two run beside each other where they may; what each of them printed is shown when it ends. A
    single one is shown while it runs. PYTEST_ADDOPTS reaches pytest, for example
    PYTEST_ADDOPTS="-k outbox -x".
    """
    # As Ctrl-C does: a build that is canceled must stop its servers too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    steps = [_wanted(step, names=names) for step in LANES]
    try:
        with testing.servers() as variables:
            outcomes = run_steps(steps, variables=variables, speed=Speed(speed))
    except (StackError, OSError) as error:
        _terminal.print(f"tests: {error}", markup=False, style="red")
        sys.exit(2)
    _terminal.print(_summary(outcomes))
    sys.exit(0 if all(outcome.passed for outcome in outcomes) else 1)


def _wanted(step: Sequence[Lane], *, names: Sequence[str]) -> list[list[Suite]]:
    # A selection, or options of the user's own, leave most lines unvisited: no floor then.
    is_whole = not names and not os.environ.get("PYTEST_ADDOPTS")
    lanes = [[suite for suite in lane if not names or suite.name in names] for lane in step]
    return [
        [suite if is_whole else replace(suite, has_floor=False) for suite in lane]
        for lane in lanes
        if lane
    ]


def run_steps(
    steps: Sequence[Sequence[Sequence[Suite]]], *, variables: dict[str, str], speed: Speed
) -> list[Outcome]:
    """Run the steps one after the other; the system stops with the last suite that drives it."""
    driving = [suite for step in steps for lane in step for suite in lane if speed in suite.drives]
    with ExitStack() as system:
        system.enter_context(testing.started_once())

        def ended(suite: Suite) -> None:
            if driving and suite == driving[-1]:
                system.close()

        run = partial(run_lane, variables=variables, speed=speed, ended=ended)
        return [outcome for step in steps for outcome in _run_step(step, run=run)]


def _run_step(
    lanes: Sequence[Sequence[Suite]], *, run: Callable[..., list[Outcome]]
) -> list[Outcome]:
    """Run the lanes of a step beside each other, and return when all of them have ended."""
    if not lanes:
        return []
    alone = len(lanes) == 1
    for lane in lanes:
        _terminal.print(f"[bold]{', '.join(suite.name for suite in lane)}[/]")
    with ThreadPoolExecutor(len(lanes)) as pool:
        ends = [pool.submit(run, lane, shown=alone) for lane in lanes]
        return [outcome for end in ends for outcome in end.result()]


def _summary(outcomes: Iterable[Outcome]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("suite", "result", "seconds"):
        table.add_column(column)
    for outcome in outcomes:
        result = "[green]passed[/]" if outcome.passed else f"[red]failed ({outcome.code})[/]"
        table.add_row(outcome.suite, result, f"{outcome.seconds:.1f}")
    return table


if __name__ == "__main__":
    misuse.run(main, name="tests")
