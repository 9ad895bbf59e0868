"""Profile the three hottest endpoints on a filled shop."""

import json
import os
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from monolith.profiling.measure import Cost, measure
from monolith.profiling.visits import MERCHANT, Refused, Visitor, hottest


class Command(BaseCommand):
    """See `visits`; writes: prices change, orders are placed."""

    help = "Profile the three hottest endpoints on a filled shop (it changes prices and orders)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--requests", type=int, default=300, help="of each endpoint")
        parser.add_argument("--top", type=int, default=10, help="functions shown of each")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *_: Any, **options: Any) -> None:
        """Measure and print; raises CommandError when nobody can sign in or nothing is there."""
        if (password := os.environ.get("SEED_PASSWORD")) is None:
            msg = "SEED_PASSWORD is not set: who may change prices? (`python -m stack env`)"
            raise CommandError(msg)
        # Behind the door a database that is away is an answer like others, and a line of the log.
        connection.ensure_connection()
        try:
            visits = hottest(Visitor(MERCHANT, password), door=Visitor)
            costs = [
                measure(name, visit, requests=options["requests"], top=options["top"])
                for name, visit in visits.items()
            ]
        except Refused as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps([asdict(cost) for cost in costs], indent=2))
            return
        for cost in costs:
            self._show(cost)

    def _show(self, cost: Cost) -> None:
        self.stdout.write(
            f"\n{cost.name}: {cost.wall:.2f} ms, of it {cost.cpu:.2f} ms CPU here and"
            f" {cost.sql:.2f} ms in {cost.queries:.1f} queries"
        )
        for hot in cost.functions:
            self.stdout.write(f"  {hot.share:6.1%} {hot.calls:8.1f} calls  {hot.place}")
