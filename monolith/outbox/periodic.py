"""A command that does a piece of work once, or again and again until it is told to stop."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection


class PeriodicCommand(BaseCommand):
    """Work once, as cron runs it, or with `--every SECONDS` as a process."""

    requires_system_checks: list[str] = []
    # Not for people: who calls this command within a process of its own tells it to stop by this.
    stealth_options = ("stopped",)

    def work(self, **options: Any) -> str:
        """Do the work once; return what to print about it.

        Work that is long asks `options["stopped"]`, a threading.Event, before each of its pieces.
        """
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the pace."""
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="work again after so long, until SIGTERM"
        )

    def handle(
        self,
        *_args: Any,
        every: float | None,
        stopped: threading.Event | None = None,
        **options: Any,
    ) -> None:
        """Work, and print what was done."""
        stopped = stopped or threading.Event()
        if every is None:
            self.stdout.write(self.work(stopped=stopped, **options))
            return
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopped.set())
        while not stopped.is_set():
            self.stdout.write(self.work(stopped=stopped, **options))
            # Idle processes keep no connection from those who answer requests.
            connection.close()
            stopped.wait(every)
