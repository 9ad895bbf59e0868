"""What can be read of customers."""

from collections.abc import Iterable
from uuid import UUID

from extracted.contracts.customers import Customer, CustomerPage
from extracted.contracts.problems import ProblemError
from monolith.customers import models

_COLUMNS = ("id", "email", "name", "created_at")


def names(customer_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the name of each known customer."""
    found = models.Customer.objects.filter(pk__in=list(customer_ids))
    return dict(found.values_list("id", "name"))


def get_customer(customer_id: UUID) -> Customer:
    """Return a customer; raises ProblemError when there is none."""
    row = models.Customer.objects.filter(pk=customer_id).values(*_COLUMNS).first()
    if row is None:
        raise ProblemError("customer-not-found")
    return Customer.model_construct(**row)


def list_customers(*, limit: int, after: UUID | None) -> CustomerPage:
    """Return one page of customers, newest first (ids are UUIDv7)."""
    found = models.Customer.objects.order_by("-id")
    if after is not None:
        found = found.filter(id__lt=after)
    customers = [Customer.model_construct(**row) for row in found.values(*_COLUMNS)[: limit + 1]]
    page = tuple(customers[:limit])
    return CustomerPage.model_construct(
        items=page, next_cursor=str(page[-1].id) if len(customers) > limit else None
    )
