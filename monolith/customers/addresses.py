"""The addresses of a customer: few, and never changed, so that an order may point at one."""

from http import HTTPStatus
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from extracted.contracts.customers import AddAddress, Address, AddressList
from extracted.contracts.problems import ProblemError
from monolith.customers import models
from monolith.customers.actions import note
from monolith.customers.once import Answer, Attempt, answered, once

MOST = 20
_FIELDS = ("recipient", "street", "postal_code", "city", "country")


def list_addresses(customer_id: UUID) -> AddressList:
    """Return all addresses of a customer; raises ProblemError when there is no such customer."""
    found = models.Address.objects.filter(customer_id=customer_id).order_by("-id")
    items = tuple(Address(**row) for row in found.values("id", *_FIELDS, "created_at"))
    if not items and not models.Customer.objects.filter(pk=customer_id).exists():
        raise ProblemError("customer-not-found")
    return AddressList(items=items)


def add_address(customer_id: UUID, command: AddAddress, *, attempt: Attempt) -> Answer:
    """Add an address; raises ProblemError."""

    def work() -> Answer:
        with transaction.atomic():
            known = answered(models.Command, attempt=attempt, shape=Address)
            return known or _add(customer_id, command, attempt=attempt)

    return once(models.Command, attempt=attempt, shape=Address, work=work)


def remove_address(customer_id: UUID, address_id: UUID, *, attempt: Attempt) -> Answer:
    """Remove an address; raises ProblemError."""

    def work() -> Answer:
        with transaction.atomic():
            known = answered(models.Command, attempt=attempt, shape=Address)
            return known or _remove(customer_id, address_id, attempt=attempt)

    return once(models.Command, attempt=attempt, shape=Address, work=work)


def _add(customer_id: UUID, command: AddAddress, *, attempt: Attempt) -> Answer:
    # The customer's row is the lock under which addresses are counted.
    customers = models.Customer.objects.select_for_update(no_key=True)
    if customers.filter(pk=customer_id).first() is None:
        raise ProblemError("customer-not-found")
    if models.Address.objects.filter(customer_id=customer_id).count() >= MOST:
        raise ProblemError("conflict", f"A customer has at most {MOST} addresses.")
    row = models.Address(id=uuid7(), customer_id=customer_id, **command.model_dump())
    row.save(force_insert=True)
    address = Address(id=row.id, **command.model_dump(), created_at=row.created_at)
    answer = Answer(status=HTTPStatus.CREATED, aggregate_id=row.id, version=1, value=address)
    note(answer, attempt=attempt)
    return answer


def _remove(customer_id: UUID, address_id: UUID, *, attempt: Attempt) -> Answer:
    found = models.Address.objects.filter(pk=address_id, customer_id=customer_id)
    if not found.delete()[0]:
        raise ProblemError("address-not-found")
    answer = Answer(status=HTTPStatus.NO_CONTENT, aggregate_id=address_id, version=1, value=None)
    note(answer, attempt=attempt)
    return answer
