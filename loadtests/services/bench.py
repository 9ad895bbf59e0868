"""Runs the parts of a bench in the running shop, and ends with what came of it.

Exit codes: 0 every target met, 1 one missed, 2 not measured, 130 interrupted.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

import click
from rich.console import Console

from loadtests.gateway.wrk import WrkError
from loadtests.services import machine
from loadtests.services.errors import BenchError
from loadtests.services.measured import Part
from loadtests.services.shop import Shop, opened
from loadtests.services.telling import tell

Measure = Callable[[Shop], Part]
NOT_MEASURED = 2
INTERRUPTED = 130


def run(
    name: str, parts: Sequence[Measure], *, sizes: Mapping[str, int], as_json: bool
) -> NoReturn:
    """Measure one part after the other; `sizes` (products, customers, orders) fill an empty shop."""
    signal.signal(signal.SIGTERM, _interrupt)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        errors.print(text, style="dim", markup=False)

    try:
        with opened(**sizes, say=say) as shop:
            found = [(measure(shop), machine.load()) for measure in parts]
    except (BenchError, WrkError, OSError) as error:
        click.echo(f"{name}: {error}", err=True)
        sys.exit(NOT_MEASURED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    tell(found, as_json=as_json)
    sys.exit(0 if all(part.is_met for part, _ in found) else 1)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
