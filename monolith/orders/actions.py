"""What can be changed in orders."""

from collections.abc import Sequence
from http import HTTPStatus

from uuid_utils.compat import uuid7

from extracted.contracts.catalog import Catalog
from extracted.contracts.orders import DOMAIN, Order, OrderLine, OrderPlaced, PlaceOrder
from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Money
from monolith.catalog.seam import CATALOG
from monolith.customers import seam as customers
from monolith.orders import models
from monolith.orders.notes import note
from monolith.orders.pricing import quoted, total_of
from monolith.outbox.once import Answer, Attempt, answered, once
from monolith.outbox.record import Record
from monolith.seams.fence import owned


def place_order(command: PlaceOrder, *, attempt: Attempt, catalog: Catalog = CATALOG) -> Answer:
    """Place an order at today's prices; raises ProblemError or NotOwner."""

    def work() -> Answer:
        # Before the transaction: never wait for another process while holding locks.
        if not customers.is_known(command.customer_id):
            raise ProblemError("unknown-customer")
        lines = quoted(command.lines, catalog=catalog)
        with owned(DOMAIN) as record:
            known = answered(models.Command, attempt=attempt, shape=Order)
            return known or _place(command, lines, record=record, attempt=attempt)

    return once(models.Command, attempt=attempt, shape=Order, work=work)


def _place(
    command: PlaceOrder, lines: Sequence[OrderLine], *, record: Record, attempt: Attempt
) -> Answer:
    total = total_of(lines)
    row = _insert(command, lines, total=total)
    order = Order(
        id=row.id,
        customer_id=row.customer_id,
        client_reference=row.client_reference,
        status=row.status,
        lines=tuple(lines),
        total=total,
        version=row.version,
        placed_at=row.placed_at,
    )
    answer = Answer(
        status=HTTPStatus.CREATED, aggregate_id=row.id, version=row.version, value=order
    )
    note(answer, record=record, attempt=attempt)
    record("order_placed", aggregate_id=row.id, payload=OrderPlaced(order=order))
    return answer


def _insert(command: PlaceOrder, lines: Sequence[OrderLine], *, total: Money) -> models.Order:
    row = models.Order(
        id=uuid7(),
        customer_id=command.customer_id,
        client_reference=command.client_reference,
        status="placed",
        total_amount=total.amount,
        total_currency=total.currency,
    )
    row.save(force_insert=True)
    models.OrderLine.objects.bulk_create(
        models.OrderLine(
            order=row,
            position=position,
            product_id=line.product_id,
            name=line.name,
            quantity=line.quantity,
            unit_amount=line.unit_price.amount,
            unit_currency=line.unit_price.currency,
        )
        for position, line in enumerate(lines, start=1)
    )
    return row
