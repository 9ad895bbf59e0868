"""`python -m loadtests.handover`: what a handover costs, as ratios within one run."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.console import Console

from loadtests.handover import digests, moves, sizes
from loadtests.services import machine
from loadtests.services.errors import BenchError
from loadtests.services.measured import Part
from loadtests.services.shop import Shop, opened
from loadtests.services.telling import tell

PARTS: dict[str, Callable[..., Part]] = {
    "moves": lambda shop, wants: moves.measure(shop, moves=wants["moves"], rate=wants["rate"]),
    "reconcile": lambda shop, wants: digests.measure(shop, rounds=wants["rounds"]),
    "sizes": lambda shop, wants: sizes.measure(
        shop, sizes=wants["size"], rate=min(wants["rate"], sizes.GENTLE_RATE)
    ),
}
NOT_MEASURED = 2
INTERRUPTED = 130


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@click.option("--moves", default=40, help="Handovers, half of them back.")
@click.option("--rate", default=200.0, help="Writes a second meanwhile.")
@click.option("--rounds", default=3, help="Whoever is compared takes turns so often.")
@click.option(
    "--size", multiple=True, type=int, default=(10_000, 100_000), help="Products; several times."
)
@click.option("--products", default=20_000, help="Of a shop that is empty.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def main(*, parts: Sequence[str], as_json: bool, **wants: Any) -> None:
    """Measure what a handover costs: PARTS, or all; the stack is started if nothing runs.

    `sizes` replaces all that is in the shop. Exit codes: 0 every target met, 1 one missed, 2 not
    measured.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        errors.print(text, style="dim", markup=False)

    try:
        with opened(products=wants["products"], customers=200, orders=200, say=say) as shop:
            found = _measure(shop, parts or tuple(PARTS), wants)
    except (BenchError, OSError) as error:
        click.echo(f"bench-handover: {error}", err=True)
        sys.exit(NOT_MEASURED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    tell(found, as_json=as_json)
    sys.exit(0 if all(part.is_met for part, _ in found) else 1)


def _measure(shop: Shop, parts: Sequence[str], wants: dict[str, Any]) -> list[tuple[Part, str]]:
    return [(PARTS[name](shop, wants), machine.load()) for name in parts]


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
