"""`python -m loadtests.services`: one part, or all, as ratios within one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from loadtests import misuse
from loadtests.services import backfill, bench, checkout, reads, relay, rpc
from loadtests.services.measured import Part

PARTS: dict[str, Callable[..., Part]] = {
    "reads": lambda shop, wants: reads.measure(
        shop, seconds=wants["seconds"], rounds=wants["rounds"]
    ),
    "relay": lambda shop, wants: relay.measure(
        shop, facts=wants["facts"], rounds=wants["rounds"], seconds=wants["seconds"]
    ),
    "backfill": lambda shop, wants: backfill.measure(
        shop, rounds=wants["rounds"], seconds=wants["seconds"], budget=wants["budget"]
    ),
    "checkout": lambda shop, wants: checkout.measure(
        shop, rate=wants["rate"], seconds=4 * wants["seconds"]
    ),
    "rpc": lambda shop, wants: rpc.measure(shop, calls=100, rounds=wants["rounds"]),
}


_SOME = click.IntRange(min=1)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@click.option("--seconds", type=_SOME, default=5, help="Of each run of a load.")
@click.option("--rounds", type=_SOME, default=3, help="Whoever is compared takes turns so often.")
@click.option("--facts", type=_SOME, default=5_000, help="That the relay carries in one burst.")
@click.option(
    "--budget", type=_SOME, default=500, help="Rows a second of a backfill that people do not feel."
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=20.0,
    help="Checkouts per second.",
)
@click.option("--products", type=_SOME, default=20_000, help="Of a shop that is empty.")
@click.option("--customers", type=_SOME, default=2_000, help="Of a shop that is empty.")
@click.option(
    "--orders", type=click.IntRange(min=0), default=5_000, help="Of a shop that is empty."
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def main(*, parts: Sequence[str], as_json: bool, **wants: Any) -> None:
    """Measure what the services bring: PARTS, or all; the stack is started if nothing runs.

    Exit codes: 0 every target met, 1 one missed, 2 not measured.
    """
    sizes = {name: wants[name] for name in ("products", "customers", "orders")}
    wanted = [partial(PARTS[name], wants=wants) for name in parts or PARTS]
    bench.run("bench-services", wanted, sizes=sizes, as_json=as_json)


if __name__ == "__main__":
    misuse.run(main, name="bench-services")
