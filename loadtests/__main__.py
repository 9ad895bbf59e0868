"""`python -m loadtests run | verdict`; without either, `run`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from loadtests import misuse
from loadtests.credentials import NoPassword, merchant_of
from loadtests.door import ClosedDoor, NoDoor, knock
from loadtests.files import RunFiles
from loadtests.hearing import judge_run
from loadtests.run import Load, run_to_its_end
from loadtests.samples import read_samples
from loadtests.shapes import SHAPES
from loadtests.summary import effort_line, findings_lines, requests_table, verdict_table
from loadtests.verdict import Verdict
from loadtests.witness import Unreachable

_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.group(
    help="Load the shop through its gateway, and judge what became of every write.",
    invoke_without_command=True,
)
@click.pass_context
def main(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        with run.make_context("run", [], parent=context) as alone:
            run.invoke(alone)


def _option(*names: str, **settings: Any) -> Callable[..., Any]:
    return click.option(*names, show_default=True, **settings)


@main.command(help="Run the load; then print what happened and the ledger's verdict.")
@_option("--host", envvar="KONG_PROXY_URL", required=True, help="Where the gateway is.")
@_option("--users", type=click.IntRange(min=1), default=24, help="People in the shop.")
@_option("--rate", type=_POSITIVE, default=80.0, help="Requests per second of all people together.")
@_option("--spawn-rate", type=_POSITIVE, default=8.0, help="People who come in per second.")
@_option("--duration", type=_POSITIVE, help="Seconds; without it until SIGINT or SIGTERM.")
@_option("--shape", type=click.Choice(list(SHAPES)), help="A table of stages instead of --users.")
@_option("--tags", multiple=True, help="Only the tasks with these tags (read, write).")
@_option("--headless", is_flag=True, help="Accepted for symmetry with locust; always so.")
@_option("--verdict/--no-verdict", "judged", default=True, help="Join with the databases.")
def run(*, judged: bool, headless: bool, duration: float | None, **wanted: Any) -> None:
    del headless
    try:
        knock(wanted["host"])
        merchant_of(os.environ)
    except (NoDoor, NoPassword) as error:
        raise click.UsageError(str(error)) from error
    except ClosedDoor as error:
        raise click.ClickException(str(error)) from error
    files, console = RunFiles.of_environment(), _console()
    code = run_to_its_end(Load(duration_s=duration, **wanted), files)
    if code or not files.samples.exists():
        raise click.ClickException(f"locust ended with {code}; its log is {files.log}")
    samples = list(read_samples(files.samples))
    console.print(requests_table(samples))
    console.print(effort_line(files))
    failed = sum(not sample.ok for sample in samples)
    if judged:
        _print(verdict := _judge(files.ledger, settle_s=30.0), console)
        sys.exit(1 if failed or not verdict.clean else 0)
    sys.exit(1 if failed or not samples else 0)


@main.command(help="Join a ledger with the databases; exit code 0 only when nothing is wrong.")
@_option("--ledger", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_option(
    "--settle",
    type=click.FloatRange(min=0),
    default=30.0,
    help="Seconds to wait for the streams to come to rest.",
)
@_option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def verdict(*, ledger: Path | None, settle: float, as_json: bool) -> None:
    path = ledger or RunFiles.of_environment().ledger
    if not path.exists():
        raise click.UsageError(f"there is no ledger at {path}")
    found = _judge(path, settle_s=settle)
    if as_json:
        click.echo(json.dumps(asdict(found) | {"clean": found.clean}, indent=2))
    else:
        _print(found, _console())
    sys.exit(0 if found.clean else 1)


def _judge(ledger: Path, *, settle_s: float) -> Verdict:
    try:
        return judge_run(ledger, os.environ, settle_s=settle_s)
    except Unreachable as error:
        raise click.ClickException(str(error)) from error


def _console() -> Console:
    # A pipe has no width; 80 columns would cut the names off.
    return Console(width=None if sys.stdout.isatty() else 120)


def _print(found: Verdict, console: Console) -> None:
    console.print(verdict_table(found))
    for line in findings_lines(found):
        console.print(f"  {line}", markup=False)


if __name__ == "__main__":
    misuse.run(main, name="loadtests")
