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


_MARKED = {Speed.QUICK: "not slow", Speed.SLOW: "slow"}

# Whoever wants the tests faster sees where to begin.
_SLOWEST = ("--durations=20", "--durations-min=1")
_PATIENT = ("nice", "-n", "10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Tests that share one process; `floor` measures coverage, and fails below its limit.

    A patient suite takes what the others leave of the processors, and is told of no server.
    """

    name: str
    places: tuple[str, ...]
    marked: str | None = None
    floor: tuple[str, ...] = ()
    is_patient: bool = False


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
    "tests/migration_plan/stages",
)
_PURE = Suite(name="pure", places=PURE, marked="pure", is_patient=True)

_MONOLITH = Suite(
    name="monolith",
    places=("tests/monolith",),
    floor=("--cov", "--cov-report=term:skip-covered"),
)
# eventlet patches the whole process, so the services' tests have one of their own.
_EXTRACTED = Suite(name="extracted", places=("tests/extracted",))
_GATEWAY = Suite(name="gateway", places=("tests/gateway_config",))
_PLAN = Suite(name="plan", places=("tests/migration_plan",), marked="not pure")
_LOADTESTS = Suite(name="loadtests", places=("tests/loadtests",))
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
        "--ignore=tests/e2e",
    ),
    marked="not pure",
)
_E2E = Suite(name="e2e", places=("tests/e2e",))
# The end-to-end tests measure pauses, so they have the machine to themselves.
LANES: tuple[tuple[Lane, ...], ...] = (
    ((_E2E,),),
    # Two for two cores: with a third that asks servers, calls between processes come to the end of
    # their deadlines. About as long as each other: the slower one is what everybody waits for.
    ((_EXTRACTED, _MONOLITH, _GATEWAY), (_PLAIN, _HANDOVER, _PLAN, _LOADTESTS), (_PURE,)),
)
_printing = threading.Lock()


def run_lane(
    lane: Sequence[Suite], *, variables: dict[str, str], speed: Speed, shown: bool
) -> list[Outcome]:
    """Run the suites one after the other; what they print is shown at once, or at their ends."""
    return [_run(suite, variables=variables, speed=speed, shown=shown) for suite in lane]


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
    floor = suite.floor if speed is not Speed.SLOW else ()
    behind = _PATIENT if suite.is_patient else ()
    selection = _selection(suite, speed=speed)
    return [*behind, sys.executable, "-m", "pytest", *suite.places, *selection, *_SLOWEST, *floor]


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
