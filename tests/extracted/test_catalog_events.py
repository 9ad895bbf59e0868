"""What the catalog learns from orders, and what its relay needs to start."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import kombu
import psycopg
import pytest

from extracted.contracts.orders import Order, OrderPlaced
from tests.extracted.rpc import call
from tests.extracted.running import Program, Start, await_consumer, until


@pytest.fixture(scope="module")
def events(start: Start, broker: str) -> Iterator[Program]:
    program = start("-m", "extracted.catalog", "events")
    await_consumer(broker, "evt-orders-order_placed--catalog.count_order")
    yield program
    program.stop()


def order_placed(*, product_id: uuid.UUID, quantity: int) -> dict[str, Any]:
    price = {"amount": 100, "currency": "EUR"}
    line = {"product_id": product_id, "name": "A bear", "quantity": quantity, "unit_price": price}
    order = Order.model_validate(
        {
            "id": uuid.uuid4(),
            "customer_id": uuid.uuid4(),
            "client_reference": None,
            "status": "placed",
            "lines": [line],
            "total": {"amount": 100 * quantity, "currency": "EUR"},
            "version": 1,
            "placed_at": "2026-11-22T10:00:00Z",
        }
    )
    return {
        "event_id": str(uuid.uuid4()),
        "event": "order_placed",
        "domain": "orders",
        "source": "monolith",
        "kind": "fact",
        "aggregate_id": str(order.id),
        "sequence": 1,
        "epoch": 1,
        "occurred_at": "2026-11-22T10:00:00.000000Z",
        "payload": OrderPlaced(order=order).model_dump(mode="json"),
    }


def test_what_is_ordered_is_counted_once_per_event(
    events: Program, broker: str, auditor: psycopg.Connection
) -> None:
    product_id = uuid.uuid4()
    first = order_placed(product_id=product_id, quantity=3)
    second = order_placed(product_id=product_id, quantity=4)
    with kombu.Connection(broker) as connection:
        exchange = kombu.Exchange("orders.events", type="topic", durable=True)
        for event in (first, first, second, first):
            connection.Producer(serializer="json").publish(
                event, exchange=exchange, routing_key="order_placed"
            )

    def ordered() -> int:
        row = auditor.execute(
            "SELECT ordered FROM catalog.popularity WHERE product_id = %s", (product_id,)
        ).fetchone()
        return row[0] if row else 0

    until(lambda: ordered() == 7)


def test_events_handled_long_ago_are_forgotten(
    events: Program, broker: str, operator: psycopg.Connection
) -> None:
    operator.execute(
        "INSERT INTO catalog.inbox_event (consumer, event_id, handled_at) "
        "SELECT 'test', gen_random_uuid(), now() - make_interval(days => age) "
        "FROM unnest(ARRAY[29, 31, 32, 33]) AS age"
    )
    with kombu.Connection(broker) as connection:
        exchange = kombu.Exchange("orders.events", type="topic", durable=True)
        connection.Producer(serializer="json").publish(
            order_placed(product_id=uuid.uuid4(), quantity=1),
            exchange=exchange,
            routing_key="order_placed",
        )

    def ages() -> list[int]:
        return [
            row[0]
            for row in operator.execute(
                "SELECT extract(day FROM now() - handled_at)::int FROM catalog.inbox_event "
                "WHERE consumer = 'test'"
            )
        ]

    until(lambda: ages() == [29])


def test_the_relay_runs_and_leaves(start: Start) -> None:
    program = start("-m", "extracted.catalog", "relay")
    started = time.monotonic()

    assert program.stop() == 0
    assert time.monotonic() - started < 5


def test_quotes_are_answered_over_rpc(
    catalog: Program, operator: psycopg.Connection, broker: str
) -> None:
    body = {
        "sku": f"Q-{uuid.uuid4().hex[:8]}",
        "name": "A quoted bear",
        "category": "toys",
        "price": {"amount": 5, "currency": "EUR"},
    }
    product = catalog.http.post(
        "/api/v1/products", json=body, headers={"Idempotency-Key": str(uuid.uuid4())}
    ).json()

    reply = call(broker, "catalog.get_quotes", [product["id"], str(uuid.uuid4())])
    assert reply["error"] is None
    assert reply["result"] == [
        {"product_id": product["id"], "name": "A quoted bear", "price": body["price"]}
    ]


def test_a_quote_for_nonsense_is_an_error_of_the_caller(catalog: Program, broker: str) -> None:
    assert call(broker, "catalog.get_quotes", ["nonsense"])["error"]["exc_type"] == "ValueError"
