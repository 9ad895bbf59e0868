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

    def work(self, **options: Any) -> str:
        """Do the work once; return what to print about it."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the pace."""
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="work again after so long, until SIGTERM"
        )

    def handle(self, *_args: Any, every: float | None, **options: Any) -> None:
        """Work, and print what was done."""
        if every is None:
            self.stdout.write(self.work(**options))
            return
        stopped = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopped.set())
        while not stopped.is_set():
            self.stdout.write(self.work(**options))
            # Idle processes keep no connection from those who answer requests.
            connection.close()
            stopped.wait(every)
