"""`python -m demo`: what `make demo` runs."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from demo.errors import StoryError
from demo.outcome import Outcome
from demo.story import Wishes, tell
from loadtests.summary import findings_lines, requests_table, verdict_table
from stack import misuse

INTERRUPTED = 130
FAST = {"stay_s": 20.0, "products": 2_000, "customers": 200, "orders": 500}


def _fast(context: click.Context, _: click.Parameter, wanted: object) -> object:
    """Change the defaults only: what the user says counts."""
    if wanted:
        context.default_map = FAST
    return wanted


_SOME = click.IntRange(min=1)
_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command(context_settings={"show_default": True})
@click.option("--users", type=_SOME, default=24, help="People in the shop.")
@click.option(
    "--rate", type=_POSITIVE, default=80.0, help="Requests per second of all people together."
)
@click.option("--products", type=_SOME, default=20_000)
@click.option("--customers", type=_SOME, default=2_000)
@click.option("--orders", type=click.IntRange(min=0), default=5_000)
@click.option("--stay", "stay_s", type=_POSITIVE, default=60.0, help="Seconds of load.")
@click.option(
    "--fast",
    is_flag=True,
    is_eager=True,
    callback=_fast,
    expose_value=False,
    help="Small data, a short stay: to see that it works.",
)
@click.option("--fresh", is_flag=True, help="Delete what an earlier run left in the databases.")
@click.option("--keep", is_flag=True, help="Leave everything running at the end.")
def main(**wanted: Any) -> None:
    """People in the shop, which is the services'; then judge every write."""
    signal.signal(signal.SIGTERM, _interrupt)
    wishes = Wishes(**wanted)
    state = Path(os.environ.get("STATE_DIR", ".run")).resolve()
    console, began = Console(width=None if sys.stdout.isatty() else 160), time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s[/]  {text}", highlight=False)

    try:
        outcome = tell(wishes, state=state, say=say)
    except StoryError as error:
        click.secho(f"demo: {error}", fg="red", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        click.secho("demo: interrupted; everything is stopped", fg="red", err=True)
        sys.exit(INTERRUPTED)
    _report(outcome, console)
    sys.exit(0 if outcome.good else 1)


def _report(outcome: Outcome, console: Console) -> None:
    console.print(requests_table(outcome.samples))
    console.print(_answers(outcome))
    console.print(verdict_table(outcome.verdict))
    for line in findings_lines(outcome.verdict):
        console.print(f"  {line}", markup=False)
    console.print(f"{len(outcome.samples)} requests, {outcome.failures} failed; {outcome.effort}")


def _answers(outcome: Outcome) -> Table:
    table = Table(title="Who answered", title_justify="left", show_header=False)
    table.add_column("process")
    table.add_column("requests", justify="right")
    for name, count in sorted(outcome.answered_by.items()):
        table.add_row(name, str(count))
    return table


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    misuse.run(main, name="demo")
