"""TLC and this search, asked for the same worlds, must count the same states.

TLC is no part of this project. Whoever has its `tla2tools.jar` can let it read `Handover.tla`.
"""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from model.bounds import Scope
from model.invariants import INVARIANTS
from model.search import Search

TEXT = Path(__file__).with_name("Handover.tla")
_FOUND = re.compile(
    r"^(\d+) states generated, (\d+) distinct states found, 0 states left", re.MULTILINE
)


class TlcError(RuntimeError):
    """TLC did not come to an end, or found something; its words are the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Distinct states of one world, by both; nothing is left out of them here."""

    here: int
    tlc: int

    @property
    def agree(self) -> bool:
        """True when both count the same."""
        return self.here == self.tlc

    def __str__(self) -> str:
        return f"{self.here:,} states here, {self.tlc:,} by TLC"


def compare(scope: Scope, *, jar: Path) -> Counts:
    """Search a world twice; raises TlcError when TLC finds an invariant violated."""
    there = distinct_states(_run(scope, jar=jar))
    here = Search(scope, reduces=False, settles=False).run()
    return Counts(here=here.states, tlc=there)


def distinct_states(said: str) -> int:
    """Read TLC's count from what it printed; raises TlcError."""
    found = _FOUND.search(said)
    if "No error has been found" not in said or not found:
        raise TlcError(said[-2000:])
    return int(found[2])


def module(scope: Scope) -> str:
    """The module that TLC is started with: a configuration cannot hold a function."""
    entities = ", ".join(str(command.entity + 1) for command in scope.commands)
    return f"---- MODULE World ----\nEXTENDS Handover\nTheEntityOf == <<{entities}>>\n====\n"


def configuration(scope: Scope) -> str:
    """The constants of a world, and what must hold in it."""
    numbers = range(1, len(scope.commands) + 1)
    deletes = [
        n for n, command in zip(numbers, scope.commands, strict=True) if command.op == "delete"
    ]
    constants = {
        "Commands": _set(list(numbers)),
        "Deletes": _set(deletes),
        "Operators": _set([f"o{n + 1}" for n in range(scope.operators)]),
        "Releases": scope.releases,
        "Copies": scope.copies,
        "Tampers": scope.tampers,
        "Wipes": scope.wipes,
    }
    return "\n".join(
        [
            "SPECIFICATION Spec",
            "CONSTANTS",
            "  EntityOf <- TheEntityOf",
            *(f"  {name} = {value}" for name, value in constants.items()),
            "INVARIANTS",
            *(f"  {in_text(invariant.name)}" for invariant in INVARIANTS),
            "CHECK_DEADLOCK FALSE",
            "",
        ]
    )


def in_text(name: str) -> str:
    """The name of an action or an invariant in `Handover.tla`."""
    return name.title().replace("_", "")


def _set(items: list[int] | list[str]) -> str:
    return "{" + ", ".join(map(str, items)) + "}"


def _run(scope: Scope, *, jar: Path) -> str:
    java = shutil.which("java")
    if java is None:
        raise TlcError("there is no java here")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / TEXT.name).write_bytes(TEXT.read_bytes())
        (folder / "World.tla").write_text(module(scope), encoding="utf-8")
        (folder / "World.cfg").write_text(configuration(scope), encoding="utf-8")
        done = subprocess.run(
            [java, "-XX:+UseParallelGC", "-cp", str(jar.resolve()), "tlc2.TLC", "World"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stdout + done.stderr
