"""What a command that is no move has done, for people: a line per value, lists of entities as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def print_outcome(console: Console, document: Mapping[str, Any]) -> None:
    """One line per value; lists of entities as a table."""
    for name, value in document.items():
        if name == "entities":
            _print_entities(console, value)
        else:
            console.print(f"{name}: {escape(_shown(value))}", soft_wrap=True)


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _print_entities(console: Console, entities: Sequence[Mapping[str, Any]]) -> None:
    table = Table("entity", "rows at the owner", "rows at the replica", "differences", box=None)
    for entity in entities:
        found = entity["differences"]
        table.add_row(
            entity["entity"], str(entity["rows_a"]), str(entity["rows_b"]), str(len(found))
        )
    console.print(table)
    for entity in entities:
        for difference in entity["differences"][:20]:
            versions = f"{difference['version_a']} / {difference['version_b']}"
            console.print(f"  {entity['entity']} {difference['key']} version {versions}")
