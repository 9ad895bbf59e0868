"""Print what was sold."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError

from extracted.contracts.reports import SalesQuery
from monolith.reports.sales import report_sales


class Command(BaseCommand):
    """`sales_report --since 2026-11-01 --until 2026-11-30`."""

    help = "Print what was ordered in some days, both included, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the days."""
        parser.add_argument("--since", required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--until", required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--limit", default="10", metavar="ROWS")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask and print."""
        asked = {name: options[name] for name in ("since", "until", "limit")}
        try:
            query = SalesQuery.model_validate(asked)
        except ValidationError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(report_sales(query).model_dump_json(indent=2))
