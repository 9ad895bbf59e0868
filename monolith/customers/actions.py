"""What can be changed in customers."""

from http import HTTPStatus

from django.db import IntegrityError, transaction
from uuid_utils.compat import uuid7

from extracted.contracts.customers import Customer, RegisterCustomer
from extracted.contracts.problems import ProblemError
from monolith.customers import models
from monolith.outbox.once import Answer, Attempt, answered, once


def register_customer(command: RegisterCustomer, *, attempt: Attempt) -> Answer:
    """Welcome a new customer; raises ProblemError."""

    def work() -> Answer:
        with transaction.atomic():
            known = answered(models.Command, attempt=attempt, shape=Customer)
            return known or _register(command, attempt=attempt)

    try:
        return once(models.Command, attempt=attempt, shape=Customer, work=work)
    except IntegrityError as error:
        if "customers_customer_email_unique" in str(error):
            raise ProblemError("conflict", "There is a customer with this address.") from None
        raise


def _register(command: RegisterCustomer, *, attempt: Attempt) -> Answer:
    row = models.Customer(id=uuid7(), email=command.email, name=command.name)
    row.save(force_insert=True)
    customer = Customer(id=row.id, email=row.email, name=row.name, created_at=row.created_at)
    answer = Answer(status=HTTPStatus.CREATED, aggregate_id=row.id, version=1, value=customer)
    models.Command(
        key=attempt.key,
        request_hash=attempt.request_hash,
        aggregate_id=row.id,
        version=answer.version,
        status=answer.status,
        response=answer.response,
    ).save(force_insert=True)
    return answer
