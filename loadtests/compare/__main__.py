"""`python -m loadtests.compare BEFORE AFTER`: what `make compare` runs."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import httpx
import psycopg
from rich.console import Console

from loadtests import misuse
from loadtests.compare import options
from loadtests.compare.comparing import Comparison
from loadtests.compare.errors import CompareError
from loadtests.compare.plan import Plan
from loadtests.compare.results import Header, Results
from loadtests.compare.stands import ROOT, Clones, Here, Stand, commit_of
from loadtests.compare.subjects import pair
from loadtests.compare.systems import Say
from loadtests.compare.thresholds import Thresholds
from loadtests.services import machine
from loadtests.services.errors import BenchError

BAD_INPUT = 2
INTERRUPTED = 130


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("before", required=False)
@click.argument("after", required=False)
@options.all_of_them
def main(*, before: str | None, after: str | None, **wants: Any) -> None:
    """Compare BEFORE with AFTER under the same rising load, in turns.

    Either two positions of this tree's seams (monolith cutover), or two revisions, each in a clone of
    its own, with all that can leave at cutover (v1/00-monolith v1/06-orders; HEAD:monolith says
    otherwise). Exit codes: 0 every threshold met, 1 one missed, 2 bad input or not measured, 130
    interrupted.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        errors.print(f"{datetime.now(UTC):%H:%M:%S} {text}", style="dim", markup=False)

    try:
        code = _run(before, after, wants, say)
    except (CompareError, BenchError, OSError, httpx.HTTPError, psycopg.Error) as error:
        click.echo(f"compare: {error}", err=True)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        click.echo("compare: interrupted; what was measured so far is kept", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(code)


def _run(before: str | None, after: str | None, wants: dict[str, Any], say: Say) -> int:
    if wants["again"] is not None:
        return _report(Results(wants["again"]), wants)
    if before is None or after is None:
        raise CompareError(
            "what is to be compared? For example: make compare BEFORE=monolith AFTER=cutover"
        )
    header = _header(before, after, wants)
    if wants["dry_run"]:
        _print_plan(header, as_json=wants["as_json"])
        return 0
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    results = Results(Path(os.environ.get("STATE_DIR", ROOT / ".run")) / "compare/results" / stamp)
    say(
        f"about {header.plan.longest_s / 60:.0f} minutes at most; everything goes to {results.folder}"
    )
    Comparison(header=header, results=results, stand=_stand(header, wants, say), say=say).make()
    return _report(results, wants)


def _header(before: str, after: str, wants: dict[str, Any]) -> Header:
    one, other = (
        subject if subject.revision is None else replace(subject, commit=commit_of(subject))
        for subject in pair(before, after)
    )
    if one.revision is None and one.name == other.name:
        raise CompareError(f"{before!r} twice: there is nothing to compare")
    return Header(
        command=shlex.join(["python", "-m", "loadtests.compare", *sys.argv[1:]]),
        began_at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=machine.describe(),
        sizes={name: wants[name] for name in options.SIZES},
        plan=Plan(
            before=one,
            after=other,
            load=options.load_of(wants),
            is_walked=wants["is_walked"],
            is_profiled=wants["is_profiled"],
        ),
        thresholds=Thresholds.of(wants["limits"]),
    )


def _stand(header: Header, wants: dict[str, Any], say: Say) -> Stand:
    sizes, seed = header.sizes, header.plan.load.seed
    if header.plan.before.revision is None:
        own_ports = os.environ.get("STACK_PORT_BASE", "")
        return Here(port_base=own_ports, sizes=sizes, seed=seed, say=say)
    return Clones(port_base=str(wants["port_base"]), sizes=sizes, seed=seed, say=say)


def _print_plan(header: Header, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(header), indent=2))
        return
    plan, load = header.plan, header.plan.load
    for number, sitting in enumerate(plan.sittings, start=1):
        runs = ", ".join(map(str, sitting.runs))
        click.echo(f"sitting {number}: {sitting.subject.name}, run {runs}")
    rates = ", ".join(f"{rate:g}" for rate in load.rates)
    click.echo(
        f"each run: {load.warm_up_s:g} s warm-up, then {load.seconds:g} s at each of {rates}"
    )
    click.echo(f"visits/s until one is too much, and {load.refinements} levels in between")
    click.echo(f"at most {plan.longest_s / 60:.0f} minutes")


def _report(results: Results, wants: dict[str, Any]) -> int:
    # Draws, and what draws takes long to load.
    from loadtests.compare.reporting import report  # noqa: PLC0415

    return report(results, page=wants["page"], as_json=wants["as_json"])


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    misuse.run(main, name="compare")
