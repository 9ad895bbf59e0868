"""Puts what a command has found between the markers of a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from stack.profile import ROOT

PLAN = ROOT / "migration-plan"
MATRIX, SOAK = PLAN / "chaos.md", PLAN / "soak.md"
# What a reader has to know of a machine to read numbers of it.
_TOLD = ("processor", "cores", "memory", "system", "Python", "PostgreSQL", "RabbitMQ")


def write(path: Path, blocks: Mapping[str, Sequence[str]]) -> None:
    """Replace blocks; what stands around them stays. Raises LookupError for one without a place."""
    text = path.read_text(encoding="utf-8")
    for name, lines in blocks.items():
        text = replaced(text, name, lines)
    path.write_text(text, encoding="utf-8")


def replaced(text: str, name: str, lines: Sequence[str]) -> str:
    block(text, name)
    body = "\n".join(lines)
    return re.sub(
        _pattern(name), lambda found: f"{found[1]}{body}{found[3]}", text, flags=re.DOTALL
    )


def block(text: str, name: str) -> list[str]:
    """The lines between the markers; raises LookupError."""
    found = re.search(_pattern(name), text, re.DOTALL)
    if found is None:
        raise LookupError(name)
    return found[2].splitlines()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        # A bar or an angle would end the cell, or be taken for HTML.
        cells = [re.sub(r"([|<])", r"\\\1", cell) for cell in row]
        yield f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def told(machine: Mapping[str, str]) -> str:
    """Name the machine in one line."""
    return ", ".join(f"{name} {machine[name]}" for name in _TOLD)


def _pattern(name: str) -> str:
    return rf"(<!-- chaos:{name} -->\n\n)(.*?)(\n\n<!-- /chaos -->)"
