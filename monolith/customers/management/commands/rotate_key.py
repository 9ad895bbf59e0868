"""Let a new key sign access tokens, while the old one still verifies what it signed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from monolith.customers import keys


class Command(BaseCommand):
    """`rotate_key [--compromised | --if-none]`, as cron or an operator runs it."""

    help = "Make a new signing key; run it regularly, and at once when a key may be known."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the emergency."""
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument(
            "--compromised",
            action="store_true",
            help="withdraw all older keys at once; every access token must be refreshed",
        )
        kind.add_argument(
            "--if-none",
            action="store_true",
            help="only where there is no key yet, so that others can learn it before it signs",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Rotate, and say which key is new."""
        if options["if_none"] and keys.published().keys:
            self.stdout.write("there is a key")
        else:
            self.stdout.write(f"new key {keys.rotate(compromised=options['compromised'])}")
