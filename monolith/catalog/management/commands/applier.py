"""Apply what the catalog service writes to the monolith's replica, until told to stop."""

from typing import Any

from django.core.management.base import BaseCommand

from extracted.contracts.catalog import DOMAIN
from handover.applier import run_applier
from monolith.catalog.entities import ENTITIES
from monolith.outbox.processes import settings_from_environment


class Command(BaseCommand):
    """Run the applier of the monolith's side."""

    help = "Keep the monolith's tables current while the service owns the writes, until SIGTERM."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run with the applier's own database role; Django's is not used."""
        run_applier(
            settings_from_environment(database="MONOLITH_APPLIER_DATABASE_URL"),
            {DOMAIN: ENTITIES},
        )
