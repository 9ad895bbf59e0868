"""Show where a seam stands, as the monolith sees it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from monolith.seams.where import ask


class Command(BaseCommand):
    """`seam show catalog`."""

    help = "Show a seam's stage, its shares, and who owns the domain's writes."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the verb and the domain."""
        parser.add_argument("verb", choices=["show"])
        parser.add_argument("domain")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print one line per fact."""
        shown = _shown(options["domain"])
        if options["json"]:
            self.stdout.write(json.dumps(shown))
            return
        for name, value in shown.items():
            self.stdout.write(f"{name:14} {value}")


def _shown(domain: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mode, epoch, capture FROM handover.ownership WHERE domain = %s AND bucket = 0",
            (domain,),
        )
        row = cursor.fetchone()
    if row is None:
        msg = f"there is no domain {domain}"
        raise CommandError(msg)
    standing = ask(domain)
    return {
        "domain": domain,
        "stage": standing.stage.value,
        "read_weight": standing.read_weight,
        "shadow_sample": standing.shadow_sample,
        "mode": row[0],
        "epoch": row[1],
        "capture": row[2],
    }
