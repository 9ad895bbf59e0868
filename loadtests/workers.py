"""Several processes of Locust are one crowd: each has to know how many people all of them are.

A worker is told who its own people are and not how many there are in all, so it could not tell how often
each of them has a turn. Whoever conducts says it, and says it again when it changes or a worker comes.
"""

from __future__ import annotations

from typing import Any

import gevent
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

_MESSAGE = "how many people"
LOOKS_EVERY_S = 0.5


class Crowd:
    """How many people there are in all processes; None while a worker was not told."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._told: int | None = None
        runner = environment.runner
        if isinstance(runner, WorkerRunner):
            runner.register_message(_MESSAGE, self._hear)
        elif isinstance(runner, MasterRunner):
            gevent.spawn(self._tell, runner)

    @property
    def people(self) -> int | None:
        runner = self._environment.runner
        if isinstance(runner, WorkerRunner):
            return self._told
        return max(runner.target_user_count, 1) if runner is not None else 1

    def _hear(self, *, msg: Any, **_: Any) -> None:
        self._told = max(int(msg.data), 1)

    def _tell(self, runner: MasterRunner) -> None:
        said: tuple[int, int] | None = None
        while True:
            now = runner.target_user_count, runner.worker_count
            if now != said and all(now):
                runner.send_message(_MESSAGE, now[0])  # type: ignore[arg-type]
                said = now
            gevent.sleep(LOOKS_EVERY_S)
