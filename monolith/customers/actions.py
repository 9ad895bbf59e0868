"""What can be changed in customers."""

from dataclasses import replace
from http import HTTPStatus

from django.conf import settings
from django.db import IntegrityError, transaction
from uuid_utils.compat import uuid7

from extracted.contracts.customers import Customer, RegisterCustomer
from extracted.contracts.problems import FieldError, ProblemError, invalid_input
from monolith.customers import models, passwords, secrecy, throttle
from monolith.customers.once import Answer, Attempt, answered, once


def register_customer(command: RegisterCustomer, *, attempt: Attempt, address: str) -> Answer:
    """Welcome a new customer, who asks from this address; raises ProblemError."""
    if settings.AUTH_REQUIRED and command.password is None:
        raise invalid_input([FieldError(field="password", detail="nobody signs in without one")])
    attempt = _guarded(command, attempt=attempt)

    def work() -> Answer:
        # What was answered before costs no hash.
        if known := answered(models.Command, attempt=attempt, shape=Customer):
            return known
        throttle.admit_newcomer(address=address)
        # Before the transaction: hashing takes its time.
        password = None if command.password is None else passwords.hashed(command.password)
        with transaction.atomic():
            known = answered(models.Command, attempt=attempt, shape=Customer)
            return known or _register(command, password=password, attempt=attempt)

    try:
        return once(models.Command, attempt=attempt, shape=Customer, work=work)
    except IntegrityError as error:
        if "customers_customer_email_unique" in str(error):
            raise ProblemError("conflict", "There is a customer with this address.") from None
        raise


def _guarded(command: RegisterCustomer, *, attempt: Attempt) -> Attempt:
    """Keep no plain digest of a request with a password: from that it could be guessed fast."""
    if command.password is None:
        return attempt
    return replace(attempt, request_hash=secrecy.code("attempts", attempt.request_hash))


def _register(command: RegisterCustomer, *, password: str | None, attempt: Attempt) -> Answer:
    row = models.Customer(id=uuid7(), email=command.email, name=command.name, password=password)
    row.save(force_insert=True)
    customer = Customer(id=row.id, email=row.email, name=row.name, created_at=row.created_at)
    answer = Answer(status=HTTPStatus.CREATED, aggregate_id=row.id, version=1, value=customer)
    note(answer, attempt=attempt)
    return answer


def note(answer: Answer, *, attempt: Attempt) -> None:
    """Keep an answer for the time its key comes again."""
    models.Command(
        key=attempt.key,
        request_hash=attempt.request_hash,
        aggregate_id=answer.aggregate_id,
        version=answer.version,
        status=answer.status,
        response=answer.response,
    ).save(force_insert=True)
