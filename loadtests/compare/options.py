"""What a user may wish of a comparison, and what a hasty one gets instead of the defaults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from loadtests.compare import thresholds
from loadtests.compare.plan import Load, ladder

SIZES = ("products", "customers", "orders")
FAST = {
    "lowest": 15.0,
    "factor": 2.0,
    "levels": 5,
    "refine": 1,
    "seconds": 5.0,
    "warm_up": 3.0,
    "runs": 1,
    "people": 60,
    "is_profiled": False,
    "products": 2_000,
    "customers": 200,
    "orders": 500,
}


def _fast(context: click.Context, _: click.Parameter, wanted: object) -> object:
    """Change the defaults only: what the user says counts."""
    if wanted:
        context.default_map = FAST
    return wanted


_SOME = click.IntRange(min=1)
_NONE_OR_MORE = click.IntRange(min=0)
_POSITIVE = click.FloatRange(min=0, min_open=True)
_OPTIONS = (
    click.option(
        "--lowest", type=_POSITIVE, default=20.0, help="Visits a second of the first level."
    ),
    click.option("--factor", default=1.4, help="From each level to the next."),
    click.option(
        "--levels", type=_SOME, default=9, help="At most; a run ends where one is too much."
    ),
    click.option("--rate", "rates", type=_POSITIVE, multiple=True, help="Levels of your own."),
    click.option(
        "--refine",
        type=_NONE_OR_MORE,
        default=2,
        help="Levels between the last carried and the first not.",
    ),
    click.option("--seconds", type=_POSITIVE, default=15.0, help="Of each level."),
    click.option(
        "--warm-up",
        type=click.FloatRange(min=0),
        default=10.0,
        help="Seconds at the first level; thrown away.",
    ),
    click.option(
        "--runs", type=_SOME, default=3, help="Of each subject, in turns; it takes five to be sure."
    ),
    click.option("--people", type=_SOME, default=120, help="Who is due and finds all busy waits."),
    click.option("--seed", default=1, help="Of the visits, and of what an empty shop gets."),
    click.option("--products", type=_SOME, default=5_000, help="Of an empty shop."),
    click.option("--customers", type=_SOME, default=1_000, help="Of an empty shop."),
    click.option("--orders", type=_NONE_OR_MORE, default=5_000, help="Of an empty shop."),
    click.option("--hops/--no-hops", "is_walked", default=True, help="Count who asks whom."),
    click.option("--profile/--no-profile", "is_profiled", default=True, help="Look with py-spy."),
    click.option(
        "--thresholds",
        "limits",
        default=thresholds.DEFAULT,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="What is asked of the two.",
    ),
    click.option(
        "--port-base",
        # What the stack takes for its STACK_PORT_BASE.
        type=click.IntRange(min=1024, max=32000),
        default=23000,
        help="Of revisions; this tree keeps its own.",
    ),
    click.option("--again", type=click.Path(path_type=Path), help="Only report, from a folder."),
    click.option(
        "--page",
        type=click.Path(dir_okay=False, path_type=Path),
        help="A Markdown page as well, to be committed; pictures and numbers go beside it.",
    ),
    click.option("--dry-run", is_flag=True, help="Say what would be done, and how long it takes."),
    click.option("--json", "as_json", is_flag=True, help="For machines."),
    click.option(
        "--fast",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_fast,
        help="Few, short levels: to see that it works.",
    ),
)


def all_of_them(command: Callable[..., Any]) -> Callable[..., Any]:
    """Every option, in the order in which --help shows them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def load_of(wants: dict[str, Any]) -> Load:
    """The load that was asked for; raises BadParameter for one that is none."""
    if wants["factor"] <= 1:
        raise click.BadParameter("levels must rise: --factor above 1")
    return Load(
        rates=tuple(sorted(wants["rates"]))
        or ladder(lowest=wants["lowest"], factor=wants["factor"], levels=wants["levels"]),
        refinements=wants["refine"],
        seconds=wants["seconds"],
        warm_up_s=wants["warm_up"],
        runs=wants["runs"],
        people=wants["people"],
        seed=wants["seed"],
    )
