"""Carry the outbox to the broker until told to stop."""

from typing import Any

from django.core.management.base import BaseCommand

from handover.relay import run_relay
from monolith.outbox.processes import settings_from_environment


class Command(BaseCommand):
    """Run the relay of the monolith's side."""

    help = "Publish the facts of the outbox, each at least once and in order, until SIGTERM."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run with the relay's own database role; Django's is not used."""
        run_relay(settings_from_environment(database="MONOLITH_RELAY_DATABASE_URL"))
