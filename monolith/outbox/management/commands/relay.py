"""Carry the outbox to the broker, or to Kafka as well, until told to stop."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from handover.process import Settings
from handover.relay import run_relay
from monolith.outbox.processes import settings_from_environment


class Command(BaseCommand):
    """Run the relay of the monolith's side."""

    help = "Publish the facts of the outbox, each at least once and in order, until SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add where to, and the end of it."""
        parser.add_argument("--to", choices=("rabbitmq", "kafka"), default="rabbitmq")
        parser.add_argument(
            "--end", action="store_true", help="forget how far Kafka is: nothing waits for it"
        )

    def handle(self, *_args: Any, to: str, end: bool, **_options: Any) -> None:
        """Run with the relay's own database role; Django's is not used."""
        settings = settings_from_environment(database="MONOLITH_RELAY_DATABASE_URL")
        if to == "kafka":
            self._to_kafka(settings, end=end)
        elif end:
            raise CommandError("--end is for --to kafka", returncode=2)
        else:
            run_relay(settings)

    def _to_kafka(self, settings: Settings, *, end: bool) -> None:
        # Who does not use Kafka needs its client neither.
        from handover.exporter import end_export, run_exporter  # noqa: PLC0415
        from handover.kafka import KafkaConfigError, read_kafka_settings  # noqa: PLC0415

        if end:
            self.stdout.write(f"{end_export(settings)} domains are not kept for Kafka any more")
            return
        try:
            kafka = read_kafka_settings(os.environ)
        except KafkaConfigError as error:
            raise CommandError(str(error), returncode=2) from error
        run_exporter(settings, kafka)
