"""Tells what was measured: a table for people, one document for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click
from rich.console import Console

from loadtests.services import machine
from loadtests.services.measured import Part, table_of

Found = Sequence[tuple[Part, str]]
"""Each part with the load of the machine when it ended."""


def tell(found: Found, *, as_json: bool) -> None:
    """Print all parts, their figures, and the machine."""
    here = machine.describe()
    if as_json:
        parts = {part.name: {**part.to_json(), "load average": load} for part, load in found}
        click.echo(json.dumps({"machine": here, "parts": parts}, indent=2))
        return
    terminal = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    terminal.print(table_of([part for part, _ in found]))
    for part, load in found:
        terminal.print(f"\n{part.name} (load average at its end: {load})")
        for name, value in part.figures.items():
            terminal.print(f"  {name}: {value}", markup=False)
        for note in part.notes:
            terminal.print(f"  {note}", markup=False)
    terminal.print("\n" + ", ".join(f"{name}: {value}" for name, value in here.items()))
