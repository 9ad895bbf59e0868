"""Which tests run in which process, which of them run beside each other, and one process of them.

    suite   tests that share one process
    lane    suites that run one after the other
    step    lanes that run at the same time

Only one lane of a step may drive the whole system (the fixture `system`): there is one of it.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from stack import environment
from stack.profile import ROOT

NOTHING_COLLECTED = 5
_PASSED_ON = ("PYTEST_ADDOPTS", "STACK_PORT_BASE")


class Speed(StrEnum):
    """Which tests are wanted."""

    QUICK = "quick"
    SLOW = "slow"
    ALL = "all"


_MARKED = {Speed.QUICK: ("-m", "not slow"), Speed.SLOW: ("-m", "slow"), Speed.ALL: ()}

# Whoever wants the tests faster sees where to begin.
_SLOWEST = ("--durations=20", "--durations-min=1")
# What it does to pytest serves branches of the tests themselves, and pytest 9 has moved on from it.
_MEASURED = ("-m", "slipcover", "--dont-wrap-pytest")
_PLUGIN_IS_IMPORTED = "ignore:Module already imported so cannot be rewritten; slipcover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Tests that share one process; with a floor their coverage is measured, and fails below it."""

    name: str
    places: tuple[str, ...]
    has_floor: bool = False


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


Lane = tuple[Suite, ...]

_MONOLITH = Suite(name="monolith", places=("tests/monolith",), has_floor=True)
_GATEWAY = Suite(name="gateway", places=("tests/gateway_config",))
_PLAN = Suite(name="plan", places=("tests/migration_plan",))
_LOADTESTS = Suite(name="loadtests", places=("tests/loadtests",))
# Everything that is not named elsewhere: a new folder of tests is run without being listed.
_PLAIN = Suite(
    name="plain",
    places=(
        "tests",
        "--ignore=tests/monolith",
        "--ignore=tests/gateway_config",
        "--ignore=tests/migration_plan",
        "--ignore=tests/loadtests",
        "--ignore=tests/e2e",
    ),
)
_E2E = Suite(name="e2e", places=("tests/e2e",))
# The end-to-end tests have the machine to themselves.
LANES: tuple[tuple[Lane, ...], ...] = (
    ((_E2E,),),
    # Two for two cores.
    ((_MONOLITH, _GATEWAY, _PLAN), (_PLAIN, _LOADTESTS)),
)
_printing = threading.Lock()


def run_lane(
    lane: Sequence[Suite], *, variables: dict[str, str], speed: Speed, shown: bool
) -> list[Outcome]:
    """Run the suites one after the other; what they print is shown at once, or at their ends."""
    return [_run(suite, variables=variables, speed=speed, shown=shown) for suite in lane]


def _run(suite: Suite, *, variables: dict[str, str], speed: Speed, shown: bool) -> Outcome:
    begin = time.monotonic()
    done = subprocess.run(
        _command(suite, speed=speed),
        cwd=ROOT,
        env=_without_a_gateway(environment.inherited() | variables) | _for_pytest(),
        stdin=subprocess.DEVNULL,
        stdout=None if shown else subprocess.PIPE,
        stderr=None if shown else subprocess.STDOUT,
        text=True,
        check=False,
    )
    if not shown:
        with _printing:
            print(f"\n{suite.name}\n{done.stdout}", flush=True)
    return Outcome(suite=suite.name, code=done.returncode, seconds=time.monotonic() - begin)


def _command(suite: Suite, *, speed: Speed) -> list[str]:
    measured: tuple[str, ...] = ()
    options = (*suite.places, *_MARKED[speed], *_SLOWEST)
    if suite.has_floor and speed is not Speed.SLOW:
        measured, options = _MEASURED, ("-W", _PLUGIN_IS_IMPORTED, *options)
    return [sys.executable, *measured, "-m", "pytest", *options]


def _without_a_gateway(variables: dict[str, str]) -> dict[str, str]:
    """A gateway is none of the servers: its address would send the conformance suite to nobody."""
    return {name: value for name, value in variables.items() if not name.startswith("KONG_")}


def _for_pytest() -> dict[str, str]:
    """pytest-django lets this variable win over pyproject's setting, so it must not be dev's."""
    return {"DJANGO_SETTINGS_MODULE": "monolith.config.settings.test"} | {
        name: os.environ[name] for name in _PASSED_ON if name in os.environ
    }
