"""Say what a customer may do beyond buying."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from extracted.contracts.identity import Role
from monolith.customers import models, sessions


class Command(BaseCommand):
    """`grant_role ada@example.com merchant staff`; without roles, all are taken away."""

    help = "Set the roles of a customer; ends all sessions, and the next sign-in has them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the customer and the roles."""
        parser.add_argument("email")
        parser.add_argument("roles", nargs="*", choices=[Role.MERCHANT.value, Role.STAFF.value])

    def handle(self, *_args: Any, **options: Any) -> None:
        """Set the roles; raises CommandError for an unknown address."""
        email, roles = options["email"], sorted(set(options["roles"]))
        with transaction.atomic():
            row = models.Customer.of_address(email).select_for_update().first()
            if row is None:
                msg = f"there is no customer {email}"
                raise CommandError(msg)
            models.Customer.objects.filter(pk=row.pk).update(roles=roles)
            # Nobody proves an address: who is signed in may have got in before the one who is meant.
            sessions.sign_out_everywhere(row.pk)
        self.stdout.write(f"{email}: {', '.join(roles) or 'no roles'}")
