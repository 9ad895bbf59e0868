"""Apply what services write to the monolith's replicas, until told to stop."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from handover import Domain
from handover.applier import run_applier
from monolith.outbox.processes import settings_from_environment


class Command(BaseCommand):
    """Run the applier of the monolith's side."""

    help = "Keep the monolith's tables current while services own the writes, until SIGTERM."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run with the applier's own database role; Django's is not used."""
        # By name: the outbox knows no app.
        moving: list[Domain] = [import_string(path) for path in settings.MOVING_DOMAINS]
        run_applier(
            settings_from_environment(database="MONOLITH_APPLIER_DATABASE_URL"),
            {domain.name: domain.entities for domain in moving},
        )
