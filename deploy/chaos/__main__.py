"""`python -m chaos`: what `make chaos` and `make soak` run."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from chaos import document, shop, soak_report, table
from chaos.cases import DIRECTIONS, Case, chosen, matrix, victims_of
from chaos.matrix import Matrix, estimate
from chaos.results import Results
from demo.errors import StoryError
from demo.machine import describe
from demo.seams import SEAMS
from stack import misuse
from stack.errors import StackError
from stack.profile import Kind

INTERRUPTED = 130
_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.group(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
def main() -> None:
    """Kill what runs while seams move under load, and judge every write."""
    signal.signal(signal.SIGTERM, _interrupt)


def _several(*names: str, choices: list[str]) -> Callable[..., Any]:
    return click.option(*names, multiple=True, type=click.Choice(choices), help="Only these.")


_VICTIMS = sorted({victim for seam in SEAMS for victim in victims_of(seam)})


@main.command("matrix")
@_several("--seam", "seams", choices=list(SEAMS))
@_several("--direction", "directions", choices=list(DIRECTIONS))
@_several("--victim", "victims", choices=_VICTIMS)
@click.option("--step", "steps", multiple=True, help="Only steps whose name has this in it.")
@click.option("--sample", type=click.IntRange(min=1), help="So many of them, by chance.")
@click.option("--seed", default=1, help="Which ones --sample takes.")
@click.option("--again", is_flag=True, help="Also cases that have a result.")
@click.option("--dry-run", is_flag=True, help="List the cases and what is known of them.")
@click.option("--users", type=click.IntRange(min=1), default=12, help="People in the shop.")
@click.option(
    "--rate", type=_POSITIVE, default=40.0, help="Requests per second of all people together."
)
@click.option("--write", is_flag=True, help="Put all results that are known into the document.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--keep", is_flag=True, help="Leave everything running at the end.")
def run_matrix(*, again: bool, dry_run: bool, write: bool, as_json: bool, **wanted: Any) -> None:
    """Kill each victim in each step of a handover, forward and back, under load."""
    load = {name: wanted.pop(name) for name in ("users", "rate", "keep")}
    console = _console(stderr=as_json)
    results, every = Results(shop.folder() / "cases.jsonl"), matrix(shop.plans())
    known = {name for name, one in results.read().items() if one.is_known and not again}
    _require_steps(wanted["steps"], every)
    cases = chosen(every, **wanted)
    left = [case for case in cases if case.name not in known]
    if dry_run:
        _list(cases, results, console)
    console.print(f"{len(left)} of {len(cases)} cases, about {estimate(len(left), [])}")
    if dry_run:
        return
    if left:
        with _told(), shop.opened(Kind.CHAOS, say=_say(console), **load) as bench:
            Matrix(cases=left, results=results, bench=bench).run(console)
    found = results.read()
    if write:
        document.write(document.MATRIX, table.blocks(every, found, machine=describe()))
    seen = [found[case.name] for case in cases if case.name in found]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in seen], indent=1))
    good = sum(one.is_clean for one in seen)
    console.print(f"{good} of {len(cases)} cases are clean")
    sys.exit(0 if good == len(cases) else 1)


@main.command("soak")
@click.option("--minutes", type=click.FloatRange(min=0.5), default=30.0, help="How long.")
@click.option("--seed", default=1, help="Which moves and kills there are.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and do nothing.")
@click.option("--users", type=click.IntRange(min=1), default=12, help="People in the shop.")
@click.option(
    "--rate", type=_POSITIVE, default=40.0, help="Requests per second of all people together."
)
@click.option("--write", is_flag=True, help="Put what was found into the document.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--keep", is_flag=True, help="Leave everything running at the end.")
def run_soak(
    *, minutes: float, seed: int, dry_run: bool, write: bool, as_json: bool, **wanted: Any
) -> None:
    """Move all seams back and forth by chance, kill by chance, and see that nothing grows."""
    console = _console(stderr=as_json)
    places = [shop.folder() / f"soak.{suffix}" for suffix in ("json", "html")]
    if dry_run:
        console.print(f"{minutes:g} minutes of moves and kills by seed {seed}; then {places[1]}")
        return
    with _told():
        busy = os.getloadavg()[0]
        with shop.opened(Kind.DEV, say=_say(console), **wanted) as bench:
            soaked = shop.soak(bench, seed=seed, say=_say(console), seconds=60 * minutes)
        report = soak_report.Report(
            soaked=soaked,
            samples=shop.samples(bench, of=soaked),
            machine=describe(),
            command=" ".join(["python -m chaos", *sys.argv[1:]]),
            load_average=(busy, os.getloadavg()[0]),
        )
    _tell(report, console, places=places, write=write, as_json=as_json)
    sys.exit(1 if report.wrongs else 0)


def _tell(
    report: soak_report.Report,
    console: Console,
    *,
    places: list[Path],
    write: bool,
    as_json: bool,
) -> None:
    soak_report.write_json(report, places[0])
    soak_report.write_page(report, places[1])
    soak_report.print_report(report, console)
    console.print(f"The same with pictures: {places[1]}")
    if write:
        document.write(document.SOAK, soak_report.blocks(report))
    if as_json:
        click.echo(places[0].read_text(encoding="utf-8"))


def _require_steps(steps: Iterable[str], every: Iterable[Case]) -> None:
    names = {case.step for case in every}
    for step in steps:
        if not any(step in name for name in names):
            raise click.BadParameter(
                f"no step has {step!r} in its name; there are: {', '.join(sorted(names))}",
                param_hint="--step",
            )


def _list(cases: tuple[Case, ...], results: Results, console: Console) -> None:
    known = results.read()
    for case in cases:
        found = known.get(case.name)
        console.print(f"{found.verdict if found else '-':7}{case.name}", highlight=False)


@contextmanager
def _told() -> Iterator[None]:
    """One line and an exit code for whatever ends a run early."""
    try:
        yield
    except (StoryError, StackError) as error:
        click.secho(f"chaos: {error}", fg="red", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        click.secho("chaos: interrupted; the same command goes on from here", fg="red", err=True)
        sys.exit(INTERRUPTED)


def _console(*, stderr: bool = False) -> Console:
    return Console(width=None if sys.stdout.isatty() else 200, soft_wrap=True, stderr=stderr)


def _say(console: Console) -> Callable[[str], None]:
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s[/]  {text}", highlight=False)

    return say


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    misuse.run(main, name="chaos")
