"""What can be changed in orders."""

from http import HTTPStatus

from django.db import transaction
from uuid_utils.compat import uuid7

from monolith.contracts.orders import Order, OrderLine, PlaceOrder
from monolith.contracts.problems import ProblemError
from monolith.customers import selectors as customers
from monolith.orders import models
from monolith.orders.notes import note
from monolith.orders.placing import insert_order
from monolith.orders.pricing import quoted, total_of
from monolith.writes.once import Answer, Attempt, answered, once


def place_order(command: PlaceOrder, *, attempt: Attempt) -> Answer:
    """Place an order at today's prices; raises ProblemError."""

    def work() -> Answer:
        if not customers.exists(command.customer_id):
            raise ProblemError("unknown-customer")
        lines = quoted(command.lines)
        with transaction.atomic():
            known = answered(models.Command, attempt=attempt, shape=Order)
            return known or _place(command, lines, attempt=attempt)

    return once(models.Command, attempt=attempt, shape=Order, work=work)


def _place(command: PlaceOrder, lines: tuple[OrderLine, ...], *, attempt: Attempt) -> Answer:
    order = insert_order(
        uuid7(),
        customer_id=command.customer_id,
        client_reference=command.client_reference,
        lines=lines,
        total=total_of(lines),
    )
    answer = Answer(
        status=HTTPStatus.CREATED, aggregate_id=order.id, version=order.version, value=order
    )
    note(answer, attempt=attempt)
    return answer
