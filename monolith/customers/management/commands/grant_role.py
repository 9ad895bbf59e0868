"""Say what a customer may do beyond buying."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from extracted.contracts.identity import Role
from monolith.customers import models


class Command(BaseCommand):
    """`grant_role ada@example.com merchant staff`; without roles, all are taken away."""

    help = "Set the roles of a customer; they count from the next refresh of a session on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the customer and the roles."""
        parser.add_argument("email")
        parser.add_argument("roles", nargs="*", choices=[Role.MERCHANT.value, Role.STAFF.value])

    def handle(self, *_args: Any, **options: Any) -> None:
        """Set the roles; raises CommandError for an unknown address."""
        email, roles = options["email"], sorted(set(options["roles"]))
        if not models.Customer.of_address(email).update(roles=roles):
            msg = f"there is no customer {email}"
            raise CommandError(msg)
        self.stdout.write(f"{email}: {', '.join(roles) or 'no roles'}")
