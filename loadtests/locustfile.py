"""The entry Locust wants: composes the people, a shape when one is named, and the notebook.

`locust -f loadtests/locustfile.py --host http://127.0.0.1:18000` opens the web UI as usual.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

# Locust puts only this file's own folder on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gevent
from locust import LoadTestShape, events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.credentials import NoPassword, merchant_of
from loadtests.door import ClosedDoor, knock
from loadtests.files import RunFiles
from loadtests.journeys.browsing import Browser
from loadtests.journeys.buying import Buyer
from loadtests.journeys.person import Person
from loadtests.journeys.selling import Merchant
from loadtests.journeys.shopping import Shopper
from loadtests.journeys.stocking import Stockkeeper
from loadtests.ledger import Ledger
from loadtests.notebook import Notebook
from loadtests.samples import SampleFile
from loadtests.sessions import Session
from loadtests.shapes import SHAPES, stage_at
from loadtests.workers import Crowd

__all__ = ["Browser", "Buyer", "Merchant", "Shopper", "Stockkeeper"]

if wanted := os.environ.get("LOADTESTS_SHAPE"):
    if wanted not in SHAPES:
        sys.exit(f"locust: LOADTESTS_SHAPE is {wanted!r}; there are {', '.join(SHAPES)}")
    table = SHAPES[wanted]

    # Locust takes every shape class it finds here, so there may be one only when it is wanted.
    class TableShape(LoadTestShape):
        """Looked at every second: how full the shop should be."""

        def tick(self) -> tuple[int, float] | None:
            stage = stage_at(table, self.get_run_time())  # type: ignore[no-untyped-call]
            return None if stage is None else (stage.people, stage.per_second)


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "--rate",
        type=float,
        env_var="LOADTESTS_RATE",
        default=None,
        help="Requests per second of all people together (default: one per person)",
    )


@events.init.add_listener  # type: ignore[untyped-decorator]
def _open_notebook(environment: Environment, **_: Any) -> None:
    try:
        _prepare(environment)
    except (ClosedDoor, NoPassword) as error:
        sys.exit(f"locust: {error}")
    files, Person.crowd = RunFiles.of_environment(), Crowd(environment)
    Person.notebook = Notebook(ledger=Ledger(files.ledger), samples=SampleFile(files.samples))
    started = _used()

    def flush(**_: Any) -> None:
        Person.notebook.samples.flush()

    def close(**_: Any) -> None:
        Person.notebook.close()
        files.generator.write_text(json.dumps(_effort(since=started)))

    # When the loop turns for the first time, Locust has said what it does on SIGTERM.
    gevent.spawn(signal.pthread_sigmask, signal.SIG_UNBLOCK, {signal.SIGTERM})
    if os.environ.get("LOADTESTS_PARENT"):
        gevent.spawn(_leave_with_the_parent, environment, int(os.environ["LOADTESTS_PARENT"]))
    environment.events.test_stop.add_listener(flush)  # type: ignore[no-untyped-call]
    environment.events.quit.add_listener(close)  # type: ignore[no-untyped-call]


def _prepare(environment: Environment) -> None:
    """Raise ClosedDoor or NoPassword before anybody comes."""
    # The web UI asks for the host, and shows what fails.
    if getattr(environment.parsed_options, "headless", False):
        knock(environment.host or Person.host)
    if {Merchant, Stockkeeper} & set(environment.user_classes):
        # One customer, so one session: refresh tokens may be used once.
        Merchant.account = Stockkeeper.account = Session(merchant_of(os.environ))


def _leave_with_the_parent(environment: Environment, parent: int) -> None:
    """End the load when whoever began it is gone: nobody else would."""
    while os.getppid() == parent:
        gevent.sleep(1)
    if environment.runner is not None:
        environment.runner.quit()


def _effort(*, since: tuple[float, float]) -> dict[str, float]:
    """What making the load cost, to show that the generator was not the limit."""
    wall, cpu = (now - then for now, then in zip(_used(), since, strict=True))
    return {"wall_s": wall, "cpu_s": cpu, "share_of_a_core": cpu / max(wall, 0.001)}


def _used() -> tuple[float, float]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic(), usage.ru_utime + usage.ru_stime
