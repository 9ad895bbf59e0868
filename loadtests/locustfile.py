"""The entry Locust wants: composes the people, a shape when one is named, and the notebook.

`locust -f loadtests/locustfile.py --host http://127.0.0.1:18000` opens the web UI as usual.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

# Locust puts only this file's own folder on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.calls import Notebook
from loadtests.files import RunFiles
from loadtests.journeys.browsing import Browser
from loadtests.journeys.buying import Buyer
from loadtests.journeys.person import Person
from loadtests.journeys.selling import Merchant
from loadtests.ledger import Ledger
from loadtests.samples import SampleFile
from loadtests.shapes import shape_class

__all__ = ["Browser", "Buyer", "Merchant"]

if _shape := os.environ.get("LOADTESTS_SHAPE"):
    # Locust takes every shape class it finds here, so there may be one only when it is wanted.
    Shape = shape_class(_shape)

for _person in (Browser, Merchant, Buyer):
    _person.host = os.environ.get("KONG_PROXY_URL")


@events.init_command_line_parser.add_listener
def _(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "--rate",
        type=float,
        env_var="LOADTESTS_RATE",
        default=None,
        help="Requests per second of all people together (default: one per person)",
    )


@events.init.add_listener
def _open_notebook(environment: Environment, **_: Any) -> None:
    files = RunFiles.of_environment()
    Person.notebook = Notebook(ledger=Ledger(files.ledger), samples=SampleFile(files.samples))
    started = time.monotonic()

    def flush(**_: Any) -> None:
        Person.notebook.samples.flush()

    def close(**_: Any) -> None:
        Person.notebook.close()
        files.generator.write_text(json.dumps(_effort(since=started)))

    environment.events.test_stop.add_listener(flush)
    environment.events.quit.add_listener(close)


def _effort(*, since: float) -> dict[str, float]:
    """What making the load cost, to show that the generator was not the limit."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = time.monotonic() - since
    cpu = usage.ru_utime + usage.ru_stime
    return {"wall_s": seconds, "cpu_s": cpu, "share_of_a_core": cpu / max(seconds, 0.001)}
