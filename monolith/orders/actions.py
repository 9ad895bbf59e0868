"""What can be changed in orders."""

from http import HTTPStatus

from uuid_utils.compat import uuid7

from extracted.contracts.catalog import Catalog
from extracted.contracts.customers import Contact
from extracted.contracts.orders import DOMAIN, Order, OrderLine, PlaceOrder
from extracted.contracts.problems import ProblemError
from monolith.catalog.seam import CATALOG
from monolith.customers import seam as customers
from monolith.orders import models
from monolith.orders.notes import note
from monolith.orders.placing import insert_order
from monolith.orders.pricing import quoted, total_of
from monolith.outbox.once import Answer, Attempt, answered, once
from monolith.outbox.record import Record
from monolith.seams.fence import owned


def place_order(command: PlaceOrder, *, attempt: Attempt, catalog: Catalog = CATALOG) -> Answer:
    """Place an order at today's prices; raises ProblemError or NotOwner."""

    def work() -> Answer:
        if (customer := customers.reachable(command.customer_id)) is None:
            raise ProblemError("unknown-customer")
        # Before the transaction: never wait for another process while holding locks.
        lines = quoted(command.lines, catalog=catalog)
        with owned(DOMAIN) as record:
            known = answered(models.Command, attempt=attempt, shape=Order)
            return known or _place(
                command, lines, customer=customer, record=record, attempt=attempt
            )

    return once(models.Command, attempt=attempt, shape=Order, work=work)


def _place(
    command: PlaceOrder,
    lines: tuple[OrderLine, ...],
    *,
    customer: Contact,
    record: Record,
    attempt: Attempt,
) -> Answer:
    order = insert_order(
        uuid7(),
        customer_id=command.customer_id,
        client_reference=command.client_reference,
        lines=lines,
        total=total_of(lines),
        customer=customer,
        record=record,
    )
    answer = Answer(
        status=HTTPStatus.CREATED, aggregate_id=order.id, version=order.version, value=order
    )
    note(answer, record=record, attempt=attempt)
    return answer
