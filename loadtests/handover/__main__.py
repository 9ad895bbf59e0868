"""`python -m loadtests.handover`: what a handover costs, as ratios within one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from loadtests import misuse
from loadtests.handover import digests, fence, moves, sizes
from loadtests.services import bench
from loadtests.services.measured import Part

PARTS: dict[str, Callable[..., Part]] = {
    "moves": lambda shop, wants: moves.measure(
        shop, moves=wants["moves"], rate=wants["rate"], every_s=wants["every"]
    ),
    "reconcile": lambda shop, wants: digests.measure(shop, rounds=wants["rounds"]),
    "fence": lambda shop, wants: fence.measure(shop, rounds=wants["rounds"]),
    "sizes": lambda shop, wants: sizes.measure(
        shop, sizes=wants["size"], rate=min(wants["rate"], sizes.GENTLE_RATE)
    ),
}


_SOME = click.IntRange(min=1)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@click.option("--moves", type=_SOME, default=40, help="Handovers, half of them back.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=200.0,
    help="Writes a second meanwhile.",
)
@click.option(
    "--every",
    type=click.FloatRange(min=0),
    default=3.0,
    help="Seconds from one handover to the next; 0: without a rest.",
)
@click.option("--rounds", type=_SOME, default=3, help="Whoever is compared takes turns so often.")
@click.option(
    "--size", multiple=True, type=_SOME, default=(10_000, 100_000), help="Products; several times."
)
@click.option("--products", type=_SOME, default=20_000, help="Of a shop that is empty.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def main(*, parts: Sequence[str], as_json: bool, **wants: Any) -> None:
    """Measure what a handover costs: PARTS, or all; the stack is started if nothing runs.

    `sizes` replaces all that is in the shop. Exit codes: 0 every target met, 1 one missed, 2 not
    measured.
    """
    sizes = {"products": wants["products"], "customers": 200, "orders": 200}
    wanted = [partial(PARTS[name], wants=wants) for name in parts or PARTS]
    bench.run("bench-handover", wanted, sizes=sizes, as_json=as_json)


if __name__ == "__main__":
    misuse.run(main, name="bench-handover")
