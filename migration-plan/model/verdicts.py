"""Searches with what they must find: nothing in the protocol, something in every mutant."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from model.bounds import Scope
from model.mutants import Mutant, hunt
from model.search import Progress, Result, Search

Watch = Callable[[str], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A search, what it saw, and whether that is as it must be."""

    name: str
    kind: Literal["protocol", "mutant"]
    says: str
    result: Result
    seconds: float
    ok: bool

    def to_json(self) -> dict[str, object]:
        """The verdict for machines."""
        found = self.result.counterexample
        return {
            "name": self.name,
            "kind": self.kind,
            "says": self.says,
            "ok": self.ok,
            "states": self.result.states,
            "transitions": self.result.transitions,
            "depth": self.result.depth,
            "violates": found and found.invariant,
            "steps": found and [[step.action, *step.arguments] for step in found.steps],
            "cpu_seconds": round(self.seconds, 2),
        }


def verdicts(
    scopes: Sequence[Scope], mutants: Sequence[Mutant], *, watch: Watch
) -> Iterator[Verdict]:
    """Search all of them, one after the other; `watch` is told of each while it goes on."""
    for scope in scopes:
        yield of_protocol(scope, watch=watch)
    for mutant in mutants:
        yield of_mutant(mutant, watch=watch)


def of_protocol(scope: Scope, *, watch: Watch) -> Verdict:
    """The protocol must hold in all of a world."""
    with watch(scope.name) as progress:
        began = time.process_time()
        result = Search(scope).run(progress)
        seconds = time.process_time() - began
    return Verdict(
        name=scope.name,
        kind="protocol",
        says=scope.says,
        result=result,
        seconds=seconds,
        ok=result.counterexample is None,
    )


def of_mutant(mutant: Mutant, *, watch: Watch) -> Verdict:
    """A mutant must break what it is expected to break."""
    with watch(mutant.name) as progress:
        began = time.process_time()
        result = hunt(mutant, progress)
        seconds = time.process_time() - began
    found = result.counterexample
    return Verdict(
        name=mutant.name,
        kind="mutant",
        says=mutant.says,
        result=result,
        seconds=seconds,
        ok=found is not None and found.invariant == mutant.breaks,
    )
