"""The only door into customers for the monolith's other apps; there is no other side yet."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from extracted.contracts.customers import Contact, Customer
from monolith.customers import selectors, throttle


def is_known(customer_id: UUID) -> bool:
    """Return whether there is such a customer."""
    return selectors.exists(customer_id)


def contact(customer_id: UUID) -> Customer:
    """Return whom to write to; raises ProblemError when there is nobody."""
    return selectors.get_customer(customer_id)


def reachable(customer_id: UUID) -> Contact | None:
    """Return whom to write to, or None when there is nobody."""
    return selectors.get_contact(customer_id)


def names(customer_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the name of each known customer."""
    return selectors.names(customer_ids)


def admit_try(*, email: str, address: str) -> None:
    """Count a try to sign in as somebody, before it is checked; raises ProblemError 429."""
    throttle.admit(email=email, address=address)


def forgive_tries(*, email: str, address: str) -> None:
    """Forget the tries of whoever has signed in."""
    throttle.forgive(email=email, address=address)
