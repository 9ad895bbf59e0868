"""Compare a write with the fence and without it."""

import json
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monolith.profiling.fence import NotScratchError, compare
from monolith.profiling.visits import MERCHANT, Refused, Visitor, hottest

HOW = "python -m stack scratch -- python -m monolith.manage fence_cost"


class Command(BaseCommand):
    """See `profiling.fence`."""

    help = f"Compare a write with the fence and without it, in a database of its own: {HOW}"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--rounds", type=int, default=20, help="turns of each")
        parser.add_argument("--requests", type=int, default=50, help="of each turn")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *_: Any, **options: Any) -> None:
        """Compare and print; raises CommandError where the fence must not be taken down."""
        owner_url = os.environ.get("MONOLITH_OWNER_DATABASE_URL")
        password = os.environ.get("SEED_PASSWORD")
        if owner_url is None or password is None:
            msg = f"MONOLITH_OWNER_DATABASE_URL or SEED_PASSWORD is not set: {HOW}"
            raise CommandError(msg)
        try:
            write = hottest(Visitor(MERCHANT, password), door=Visitor)["change a price"]
            cost = compare(
                write,
                owner_url=owner_url,
                rounds=options["rounds"],
                requests=options["requests"],
            )
        except Refused as error:
            raise CommandError(str(error)) from error
        except NotScratchError as error:
            msg = f"{error} would stand without its fence meanwhile: {HOW}"
            raise CommandError(msg) from error
        found = {
            "requests of each": cost.requests,
            "with the fence, ms": round(cost.with_ms, 3),
            "without, ms": round(cost.without_ms, 3),
            "ratio": round(cost.ratio, 4),
        }
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        for name, value in found.items():
            self.stdout.write(f"{name}: {value}")
