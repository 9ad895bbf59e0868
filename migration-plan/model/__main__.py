"""`python -m model`: what `make model` runs."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from model import mutants, proof, report, tlc
from model.bounds import BOUNDS
from model.invariants import INVARIANTS
from model.search import Progress
from model.verdicts import Verdict, verdicts

INTERRUPTED = 130

_aside = Console(stderr=True, highlight=False)
_jar = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--bounds", type=click.Choice(sorted(BOUNDS)), default="ci", show_default=True)
@click.option("--mutant", type=click.Choice(list(mutants.names())), help="Only this one, in full.")
@click.option("--json", "as_json", is_flag=True, help="One document instead of lines.")
@click.option("--write-proof", is_flag=True, help="Put what was found into proof.md.")
@click.option("--tlc", "jar", type=_jar, help="Instead, have TLC (tla2tools.jar) count the states.")
def main(
    *, bounds: str, mutant: str | None, as_json: bool, write_proof: bool, jar: Path | None
) -> None:
    """Search every state of the handover, and a counterexample for each guard taken out.

    Exit code 0 when the protocol holds and every mutant is caught, 1 when not, 2 for a bad option.
    """
    if write_proof and (mutant or bounds == "small"):
        msg = "the proof has all mutants, and the bounds ci and deep"
        raise click.UsageError(msg)
    if jar is not None:
        sys.exit(0 if _compare(jar, write_proof=write_proof) else 1)
    scopes = () if mutant else BOUNDS[bounds]
    wanted = [mutants.named(mutant)] if mutant else mutants.MUTANTS
    if not as_json:
        _print([] if mutant else report.heading(bounds))
    done = []
    for verdict in verdicts(scopes, wanted, watch=_watched):
        done.append(verdict)
        if not as_json:
            _print(report.lines(verdict, in_full=mutant is not None))
    click.echo(_document(bounds, done) if as_json else report.closing(done))
    holds = all(verdict.ok for verdict in done)
    if write_proof and holds:
        proof.write(proof.found_in(bounds, done))
    sys.exit(0 if holds else 1)


def _print(lines: Iterator[str] | Sequence[str]) -> None:
    for line in lines:
        click.echo(line)


def _document(bounds: str, done: Sequence[Verdict]) -> str:
    asked = [{"name": one.name, "number": one.number, "says": one.says} for one in INVARIANTS]
    searches = [verdict.to_json() for verdict in done]
    return json.dumps({"bounds": bounds, "invariants": asked, "searches": searches}, indent=2)


def _compare(jar: Path, *, write_proof: bool) -> bool:
    counted = []
    for scope in BOUNDS["small"]:
        with _watched(scope.name):
            try:
                counts = tlc.compare(scope, jar=jar)
            except tlc.TlcError as error:
                raise click.ClickException(str(error)) from error
        counted.append((scope, counts))
        click.echo(
            f"{'ok    ' if counts.agree else 'NOT OK'} {scope.name} ({scope.says}): {counts}"
        )
    if write_proof:
        proof.write({"tlc": proof.tlc_table(counted)})
    return all(counts.agree for _, counts in counted)


@contextmanager
def _watched(name: str) -> Iterator[Progress]:
    if not _aside.is_terminal:
        yield lambda _seen, _left: None
        return
    with _aside.status(name) as status:
        yield lambda seen, left: status.update(f"{name}: {seen:,} states, {left:,} to look at")


def run() -> int:
    """The exit code; what nobody can be asked for is one line."""
    try:
        return int(main.main(standalone_mode=False) or 0)
    except click.ClickException as misused:
        line = " ".join(misused.format_message().split())
        hint = " See --help." if isinstance(misused, click.UsageError) else ""
        click.echo(f"model: {line}{hint}", err=True)
        return misused.exit_code
    except click.Abort:
        click.echo("model: interrupted", err=True)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(run())
