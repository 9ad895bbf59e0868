"""The tables of `proof.md`, made from what is searched and from what was found."""

import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from model.actions import ACTIONS
from model.bounds import Scope
from model.guards import STANDS_AT
from model.invariants import INVARIANTS, SETTLES, SETTLES_SAYS
from model.mutants import named
from model.tlc import Counts
from model.verdicts import Verdict

DOCUMENT = Path(__file__).resolve().parents[1] / "proof.md"


def write(tables: Mapping[str, Sequence[str]]) -> None:
    """Replace tables in `proof.md`; the others stay."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, lines in tables.items():
        text = replaced(text, name, lines)
    DOCUMENT.write_text(text, encoding="utf-8")


def found_in(bounds: str, done: Sequence[Verdict]) -> Mapping[str, Sequence[str]]:
    """The tables that a whole run fills."""
    worlds = [verdict for verdict in done if verdict.kind == "protocol"]
    return {
        "invariants": invariants(),
        "actions": actions(),
        "guards": guards([verdict for verdict in done if verdict.kind == "mutant"]),
        f"worlds-{bounds}": [*world_table(worlds), "", _machine()],
    }


def block(text: str, name: str) -> list[str]:
    """The lines of a table in the document; raises LookupError."""
    found = re.search(_pattern(name), text, re.DOTALL)
    if found is None:
        raise LookupError(name)
    return found[2].strip().splitlines()


def replaced(text: str, name: str, lines: Sequence[str]) -> str:
    """The document with another table in its place; raises LookupError."""
    block(text, name)
    body = "\n".join(lines)
    return re.sub(
        _pattern(name), lambda found: f"{found[1]}\n{body}\n{found[3]}", text, flags=re.DOTALL
    )


def _pattern(name: str) -> str:
    return rf"(<!-- model:{name} -->\n)(.*?)(\n<!-- /model -->)"


def invariants() -> list[str]:
    """What is asked."""
    asked = [(one.name, one.number, one.says) for one in INVARIANTS]
    rows = [
        (f"`{name}`", number, says)
        for name, number, says in (*asked, (SETTLES, "I8", SETTLES_SAYS))
    ]
    return _table(("invariant", "number", "what it says"), rows)


def actions() -> list[str]:
    """What may happen, and where the code does it."""
    rows = [
        (
            f"`{action.name}`",
            "fault" if action.is_fault else "",
            action.says,
            _places(action.places),
        )
        for action in ACTIONS
    ]
    return _table(("action", "", "what happens", "in the code"), rows)


def guards(done: Sequence[Verdict]) -> list[str]:
    """Every mutant with its counterexample; the code is that of the guard first taken out."""
    rows = []
    for verdict in done:
        mutant, found = named(verdict.name), verdict.result.counterexample
        rows.append(
            (
                f"`{verdict.name}`",
                ", ".join(f"`{guard}`" for guard in mutant.without),
                verdict.says,
                f"`{found.invariant}`" if found else "nothing",
                str(len(found.steps)) if found else "",
                f"{verdict.result.states:,}",
                _places(STANDS_AT[mutant.without[0]]),
            )
        )
    head = (
        "mutant",
        "without",
        "what it does",
        "breaks",
        "steps",
        "states",
        "the guard in the code",
    )
    return _table(head, rows)


def world_table(done: Sequence[Verdict]) -> list[str]:
    """The worlds that were searched."""
    rows = [
        (
            verdict.name,
            verdict.says,
            f"{verdict.result.states:,}",
            f"{verdict.result.transitions:,}",
            str(verdict.result.depth),
            f"{verdict.seconds:.1f}",
        )
        for verdict in done
    ]
    return _table(("world", "bounds", "states", "transitions", "depth", "s"), rows)


def tlc_table(counted: Sequence[tuple[Scope, Counts]]) -> list[str]:
    """The worlds that TLC has searched as well."""
    rows = [
        (scope.name, scope.says, f"{counts.here:,}", f"{counts.tlc:,}") for scope, counts in counted
    ]
    return _table(("world", "bounds", "states here", "by TLC"), rows)


def _places(places: Sequence[str]) -> str:
    return ", ".join(_place(place) for place in places)


def _place(place: str) -> str:
    file, _, name = place.partition(":")
    inside = "migration-plan/"
    link = file.removeprefix(inside) if file.startswith(inside) else f"../{file}"
    return f"[`{name}`]({link})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return list(_lines(head, rows))


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |".replace("|  |", "| |")
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |".replace("|  |", "| |")


def _machine() -> str:
    cpus = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", cpus.read_text()) if cpus.exists() else None
    processor = found[1] if found else platform.machine()
    return f"CPU seconds of Python {platform.python_version()} on one core of {processor}."
