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
from collections.abc import Callable, Sequence
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


_MARKED = {Speed.QUICK: "not slow", Speed.SLOW: "slow"}

# Whoever wants the tests faster sees where to begin.
_SLOWEST = ("--durations=20", "--durations-min=1")
# What it does to pytest serves branches of the tests themselves, and pytest 9 has moved on from it.
_MEASURED = ("-m", "slipcover", "--dont-wrap-pytest")
_PLUGIN_IS_IMPORTED = "ignore:Module already imported so cannot be rewritten; slipcover"
_PATIENT = ("nice", "-n", "10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Tests that share one process; with a floor their coverage is measured, and fails below it.

    A patient suite takes what the others leave of the processors, and is told of no server.
    `drives`: which of its tests ask for the whole system.
    """

    name: str
    places: tuple[str, ...]
    marked: str | None = None
    has_floor: bool = False
    is_patient: bool = False
    drives: frozenset[Speed] = frozenset()


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

# In these folders a test that asks for no server is `pure`, by its fixtures; `tests/conftest.py`
# marks it.
PURE = (
    "tests/architecture",
    "tests/contracts",
    "tests/demo",
    "tests/docs",
    "tests/migration_plan/model",
    "tests/migration_plan/stages",
    "tests/migration_plan/survey",
)
_PURE = Suite(name="pure", places=PURE, marked="pure", is_patient=True)

# Which of their tests drive the whole system.
_ANY = frozenset(Speed)
_SLOW = frozenset({Speed.SLOW, Speed.ALL})

_MONOLITH = Suite(name="monolith", places=("tests/monolith",), has_floor=True)
# eventlet patches the whole process, so the services' tests have one of their own.
_EXTRACTED = Suite(name="extracted", places=("tests/extracted",))
_GATEWAY = Suite(name="gateway", places=("tests/gateway_config",))
_PLAN = Suite(name="plan", places=("tests/migration_plan",), marked="not pure")
_LOADTESTS = Suite(name="loadtests", places=("tests/loadtests",), drives=_SLOW)
_HANDOVER = Suite(name="handover", places=("tests/handover",))
# Everything that is not named elsewhere: a new folder of tests is run without being listed.
_PLAIN = Suite(
    name="plain",
    places=(
        "tests",
        "--ignore=tests/monolith",
        "--ignore=tests/extracted",
        "--ignore=tests/gateway_config",
        "--ignore=tests/migration_plan",
        "--ignore=tests/loadtests",
        "--ignore=tests/handover",
        "--ignore=tests/strangling",
        "--ignore=tests/e2e",
    ),
    marked="not pure",
    drives=_SLOW,
)
_STRANGLING = Suite(name="strangling", places=("tests/strangling",), drives=_ANY)
_E2E = Suite(name="e2e", places=("tests/e2e",), drives=_ANY)
# The end-to-end tests measure pauses, so they have the machine to themselves; and they come first,
# because the others leave domains where those would have to bring them back from.
LANES: tuple[tuple[Lane, ...], ...] = (
    ((_E2E,),),
    # Two for two cores, about as long as each other: the slower one is what everybody waits for. What
    # drives the system comes first, because the system works while nobody asks it. The third has
    # servers of its own, or none: with one more that asks ours, calls between processes come to the
    # end of their deadlines.
    (
        (_EXTRACTED, _MONOLITH),
        (_STRANGLING, _PLAIN, _HANDOVER, _PLAN, _LOADTESTS),
        (_GATEWAY, _PURE),
    ),
)
_printing = threading.Lock()


def run_lane(
    lane: Sequence[Suite],
    *,
    variables: dict[str, str],
    speed: Speed,
    shown: bool,
    ended: Callable[[Suite], None],
) -> list[Outcome]:
    """Run the suites one after the other, and tell of each that it has ended.

    What they print is shown at once, or at their ends.
    """
    outcomes = []
    for suite in lane:
        outcomes.append(_run(suite, variables=variables, speed=speed, shown=shown))
        ended(suite)
    return outcomes


def _run(suite: Suite, *, variables: dict[str, str], speed: Speed, shown: bool) -> Outcome:
    begin = time.monotonic()
    told = {} if suite.is_patient else variables
    done = subprocess.run(
        _command(suite, speed=speed),
        cwd=ROOT,
        env=_without_a_gateway(environment.inherited() | told) | _for_pytest(),
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
    options = (*suite.places, *_selection(suite, speed=speed), *_SLOWEST)
    if suite.has_floor and speed is not Speed.SLOW:
        measured, options = _MEASURED, ("-W", _PLUGIN_IS_IMPORTED, *options)
    behind = _PATIENT if suite.is_patient else ()
    return [*behind, sys.executable, *measured, "-m", "pytest", *options]


def _selection(suite: Suite, *, speed: Speed) -> tuple[str, ...]:
    marks = [mark for mark in (_MARKED.get(speed), suite.marked) if mark]
    return ("-m", " and ".join(marks)) if marks else ()


def _without_a_gateway(variables: dict[str, str]) -> dict[str, str]:
    """A gateway is none of the servers: its address would send the conformance suite to nobody."""
    return {name: value for name, value in variables.items() if not name.startswith("KONG_")}


def _for_pytest() -> dict[str, str]:
    """pytest-django lets this variable win over pyproject's setting, so it must not be dev's."""
    return {"DJANGO_SETTINGS_MODULE": "monolith.config.settings.test"} | {
        name: os.environ[name] for name in _PASSED_ON if name in os.environ
    }
