"""Runs the tests in their processes, on servers that are started once and always stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from stack import environment, testing
from stack.errors import StackError
from stack.profile import ROOT

_terminal = Console(highlight=False, soft_wrap=True)

NOTHING_COLLECTED = 5
_PASSED_ON = ("PYTEST_ADDOPTS", "STACK_PORT_BASE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Tests that share one process."""

    name: str
    arguments: tuple[str, ...]
    place: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a suite ended."""

    suite: str
    code: int
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether nothing failed; a filter may leave nothing to run."""
        return self.code in {0, NOTHING_COLLECTED}


SUITES = (
    Suite(
        name="plain",
        arguments=("tests", "--ignore=tests/extracted", "--ignore=tests/e2e"),
        place=Path("tests"),
    ),
    # eventlet patches the whole process, so the services' tests have one of their own.
    Suite(name="extracted", arguments=("tests/extracted",), place=Path("tests/extracted")),
    Suite(name="e2e", arguments=("tests/e2e",), place=Path("tests/e2e")),
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice([suite.name for suite in SUITES]))
def main(names: tuple[str, ...]) -> None:
    """Run all suites, or those NAMED; exit code 1 when a test fails, 2 when no server starts.

    PYTEST_ADDOPTS reaches pytest, for example PYTEST_ADDOPTS="-k outbox -x".
    """
    # As Ctrl-C does: a build that is canceled must stop its servers too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = [suite for suite in SUITES if not names or suite.name in names]
    try:
        with testing.servers() as variables:
            outcomes = [_run(suite, variables) for suite in wanted if (ROOT / suite.place).is_dir()]
    except (StackError, OSError) as error:
        _terminal.print(f"tests: {error}", markup=False, style="red")
        sys.exit(2)
    _terminal.print(_summary(outcomes))
    sys.exit(0 if all(outcome.passed for outcome in outcomes) else 1)


def _run(suite: Suite, variables: dict[str, str]) -> Outcome:
    _terminal.print(f"\n[bold]{suite.name}[/]")
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *suite.arguments],
        cwd=ROOT,
        env=environment.inherited() | variables | _for_pytest(),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Outcome(suite=suite.name, code=done.returncode, seconds=time.monotonic() - begin)


def _for_pytest() -> dict[str, str]:
    """pytest-django lets this variable win over pyproject's setting, so it must not be dev's."""
    return {"DJANGO_SETTINGS_MODULE": "monolith.config.settings.test"} | {
        name: os.environ[name] for name in _PASSED_ON if name in os.environ
    }


def _summary(outcomes: Iterable[Outcome]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("suite", "result", "seconds"):
        table.add_column(column)
    for outcome in outcomes:
        result = "[green]passed[/]" if outcome.passed else f"[red]failed ({outcome.code})[/]"
        table.add_row(outcome.suite, result, f"{outcome.seconds:.1f}")
    return table


if __name__ == "__main__":
    main()
