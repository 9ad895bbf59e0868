"""`python -m model`: what `make model` runs."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from rich.console import Console

from model import mutants
from model.bounds import BOUNDS, Scope
from model.mutants import MUTANTS, Mutant
from model.search import Progress, Result, Search
from model.telling import tell

_out = Console(highlight=False, soft_wrap=True)
_aside = Console(stderr=True, highlight=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A search, what it saw, and whether that is as it must be."""

    name: str
    kind: str
    result: Result
    seconds: float
    ok: bool

    def to_json(self) -> dict[str, object]:
        """The verdict for machines."""
        found = self.result.counterexample
        return {
            "name": self.name,
            "kind": self.kind,
            "ok": self.ok,
            "states": self.result.states,
            "transitions": self.result.transitions,
            "depth": self.result.depth,
            "violates": found and found.invariant,
            "steps": found and [[step.action, *step.arguments] for step in found.steps],
            "cpu_seconds": round(self.seconds, 2),
        }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--bounds", type=click.Choice(sorted(BOUNDS)), default="ci", show_default=True)
@click.option("--mutant", type=click.Choice(list(mutants.names())), help="Only this one, in full.")
@click.option("--json", "as_json", is_flag=True, help="One document instead of lines.")
def main(*, bounds: str, mutant: str | None, as_json: bool) -> None:
    """Search every state of the handover, and a counterexample for each guard taken out.

    Exit code 1 when the protocol violates an invariant, or a mutant does not.
    """
    wanted = [mutants.named(mutant)] if mutant else MUTANTS
    verdicts = []
    for verdict in _verdicts(() if mutant else BOUNDS[bounds], wanted):
        verdicts.append(verdict)
        if not as_json:
            _say(verdict, in_full=mutant is not None)
    if as_json:
        document = {"bounds": bounds, "searches": [verdict.to_json() for verdict in verdicts]}
        click.echo(json.dumps(document, indent=2))
    sys.exit(0 if all(verdict.ok for verdict in verdicts) else 1)


def _verdicts(
    scopes: tuple[Scope, ...], wanted: tuple[Mutant, ...] | list[Mutant]
) -> Iterator[Verdict]:
    for scope in scopes:
        result, seconds = _timed(scope.name, Search(scope).run)
        ok = result.counterexample is None
        yield Verdict(name=scope.name, kind="protocol", result=result, seconds=seconds, ok=ok)
    for mutant in wanted:
        result, seconds = _timed(mutant.name, _hunting(mutant))
        ok = result.counterexample is not None
        yield Verdict(name=mutant.name, kind="mutant", result=result, seconds=seconds, ok=ok)


def _hunting(mutant: Mutant) -> Callable[[Progress], Result]:
    return lambda progress: mutants.hunt(mutant, progress)


def _timed(name: str, search: Callable[[Progress], Result]) -> tuple[Result, float]:
    begin = time.process_time()
    with _watched(name) as progress:
        result = search(progress)
    return result, time.process_time() - begin


@contextmanager
def _watched(name: str) -> Iterator[Progress]:
    if not _aside.is_terminal:
        yield lambda _seen, _left: None
        return
    with _aside.status(name) as status:
        yield lambda seen, left: status.update(f"{name}: {seen:,} states, {left:,} to look at")


def _say(verdict: Verdict, *, in_full: bool) -> None:
    result, found = verdict.result, verdict.result.counterexample
    said = "holds" if found is None else f"violates {found.invariant}, {len(found.steps)} steps"
    mark = "[green]ok[/]" if verdict.ok else "[red]NOT OK[/]"
    _out.print(
        f"{mark:13} {verdict.kind:8} {verdict.name:26} {said:43} {result.states:9,} states "
        f"{result.transitions:11,} transitions {verdict.seconds:6.1f} s"
    )
    if found and (in_full or not verdict.ok):
        for line in tell(found):
            _out.print(line, markup=False)


if __name__ == "__main__":
    main()
