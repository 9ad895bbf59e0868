"""The process that makes the load: orders come as lines of JSON, and so do its answers.

It is a process of its own because Locust changes the threads and sockets of whoever imports it, and so
that what it costs can be told from what the system costs.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from loadtests.compare.crowd import JOURNEYS, Crowd, menu
from loadtests.compare.records import RunFiles, append
from loadtests.compare.schedule import Visit, visits

FIRST = -5
"""Its priority, where the user may give one: it needs little, and at once."""


def main() -> None:
    """`python -m loadtests.compare.generator HOST`; ends with its standard input."""
    host = sys.argv[1]
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, FIRST)
    crowd = Crowd(host, environment=os.environ)
    for line in sys.stdin:
        order = json.loads(line)
        before = _used()
        answer = _obey(crowd, order) | _effort(since=before)
        print(json.dumps(answer), flush=True)


def _obey(crowd: Crowd, order: dict[str, Any]) -> dict[str, Any]:
    match order["do"]:
        case "come in":
            crowd.come_in(order["people"])
            return {}
        case "level":
            drawn = visits(menu(), **{name: order[name] for name in ("rate", "seconds", "seed")})
            notes = crowd.level(drawn, number=order["number"], seed=order["seed"])
        case "walk":
            notes = crowd.level(_alone(order), number=order["number"], seed=order["seed"])
        case _:
            return {"menu": [[journey, task] for journey in JOURNEYS for task in _tasks(journey)]}
    people, requests = notes.taken()
    if order["folder"]:
        files = RunFiles(Path(order["folder"]))
        files.folder.mkdir(parents=True, exist_ok=True)
        append(files.visits, people)
        append(files.requests, requests)
    return {
        "visits": len(people),
        "requests": len(requests),
        "failed": sum(not request.ok for request in requests),
    }


def _tasks(journey: str) -> list[str]:
    return sorted({dish.task for dish in menu() if dish.journey == journey})


def _alone(order: dict[str, Any]) -> list[Visit]:
    """The same thing several times, far enough apart to be alone."""
    return [
        Visit(number=n, due_s=n * order["every_s"], journey=order["journey"], task=order["task"])
        for n in range(order["times"])
    ]


def _used() -> tuple[float, float]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic(), usage.ru_utime + usage.ru_stime


def _effort(*, since: tuple[float, float]) -> dict[str, float]:
    wall, cpu = (now - then for now, then in zip(_used(), since, strict=True))
    return {"wall_s": wall, "cpu_s": cpu}


if __name__ == "__main__":
    main()
