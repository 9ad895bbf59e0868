"""Make a merchant and a clerk who can sign in, for load tests, demonstrations and tests."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from uuid_utils.compat import uuid7

from extracted.contracts.identity import Role
from monolith.customers import models, passwords, sessions
from monolith.web.environment import required

IDENTITIES = {
    "merchant@shop.example": ("Invented Merchant", Role.MERCHANT),
    "clerk@shop.example": ("Invented Clerk", Role.STAFF),
}


class Command(BaseCommand):
    """`make_identities`, after `seed`; may be run at any time, and sets the password anew."""

    help = "Make merchant@shop.example and clerk@shop.example; SEED_PASSWORD is their password."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make or mend them; raises ProblemError for a password that is easily guessed."""
        password = passwords.hashed(required("SEED_PASSWORD"))
        with transaction.atomic():
            for email, (name, role) in IDENTITIES.items():
                known = {"name": name, "password": password, "roles": [role.value]}
                row = models.Customer.of_address(email).first()
                row = row or models.Customer(id=uuid7(), email=email)
                for field, value in known.items():
                    setattr(row, field, value)
                row.save()
                # Whoever has registered this address before us must not get its role.
                sessions.sign_out_everywhere(row.id)
        self.stdout.write(f"made {', '.join(IDENTITIES)}")
