"""What can be read of customers."""

from uuid import UUID

from monolith.contracts.customers import Customer, CustomerPage
from monolith.contracts.problems import ProblemError
from monolith.customers import models

_COLUMNS = ("id", "email", "name", "created_at")


def exists(customer_id: UUID) -> bool:
    """Return whether there is such a customer."""
    return models.Customer.objects.filter(pk=customer_id).exists()


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
