"""With what people sign in, and where the merchant's password comes from.

Kept free of Locust, which changes the standard library of whoever imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MERCHANT = "merchant@shop.example"
"""Whom `manage.py make_identities` makes, with the password SEED_PASSWORD."""


class NoPassword(Exception):
    """Nobody said with which password the merchant signs in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    email: str
    password: str


def merchant_of(environment: Mapping[str, str]) -> Credentials:
    """The seeded merchant; raises NoPassword."""
    if not (password := environment.get("SEED_PASSWORD")):
        raise NoPassword(
            "SEED_PASSWORD is not set, so no merchant can sign in; `python -m stack env` prints it"
        )
    return Credentials(email=MERCHANT, password=password)
