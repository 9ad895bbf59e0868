"""A database of orders, and what tests do in it without a process in between."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from extracted.contracts.orders import OrderLine
from extracted.contracts.values import Money
from extracted.orders import store
from extracted.orders.domain import Purchase, Status, placed_data
from extracted.orders.migrate import migrate
from extracted.orders.placing import new_id
from extracted.orders.pricing import total_of
from stack import testing

Connection = psycopg.Connection[tuple[Any, ...]]
TABLES = (
    "orders.purchase, orders.cart, orders.checkout, orders.refund, orders.command, "
    "orders.customer, handover.outbox"
)


@dataclass(frozen=True)
class Home:
    """A migrated database whose writes are the service's, and the ways into it."""

    variables: Mapping[str, str]
    owner: Connection = field(init=False)

    def __post_init__(self) -> None:
        owner = psycopg.connect(self.url("owner"), autocommit=True)
        object.__setattr__(self, "owner", owner)

    def url(self, role: str = "app") -> str:
        names = {"app": "ORDERS", "auditor": "AUDITOR_ORDERS"}
        return self.variables[f"{names.get(role, f'ORDERS_{role.upper()}')}_DATABASE_URL"]

    def connect(self, role: str = "app", **options: Any) -> Connection:
        return psycopg.connect(self.url(role), autocommit=True, **options)

    def own(self, mode: str = "OWNER", *, epoch: int = 2) -> None:
        self.owner.execute(
            "UPDATE handover.ownership SET mode = %s, epoch = %s, capture = true, "
            "changed_at = clock_timestamp()",
            (mode, epoch),
        )

    def empty(self) -> None:
        """Forget everything; the trigger on orders takes the history along."""
        self.own()
        self.owner.execute(f"TRUNCATE {TABLES}")
        self.owner.execute("UPDATE orders.projection SET written_in = '0', position = 0")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.owner.execute(query, values).fetchall()


@contextmanager
def opened() -> Iterator[Home]:
    with testing.scratch_database("orders") as variables:
        migrate(variables["ORDERS_OWNER_DATABASE_URL"])
        home = Home(variables)
        home.own()
        yield home
        home.owner.close()


def bears(*amounts: int, name: str = "A bear", product: uuid.UUID | None = None) -> list[OrderLine]:
    return [
        OrderLine(
            product_id=product or new_id(),
            name=name,
            quantity=at,
            unit_price=Money(amount=amount, currency="EUR"),
        )
        for at, amount in enumerate(amounts, start=1)
    ]


def wish(
    lines: list[OrderLine] | None = None, *, customer: uuid.UUID | None = None
) -> dict[str, Any]:
    """What the first event of an order says."""
    lines = lines or bears(1250)
    return placed_data(
        customer_id=customer or new_id(),
        client_reference=None,
        lines=lines,
        total=total_of(lines),
    )


def place(
    connection: Connection,
    lines: list[OrderLine] | None = None,
    *,
    customer: uuid.UUID | None = None,
) -> Purchase:
    with connection.transaction():
        connection.execute("SELECT handover.enter('orders')")
        return store.begin(connection, new_id(), wish(lines, customer=customer))


def become(connection: Connection, order_id: uuid.UUID, *wanted: Status) -> Purchase:
    for status in wanted:
        with connection.transaction():
            connection.execute("SELECT handover.enter('orders')")
            present = store.become(connection, store.locked(connection, order_id), status)
    return present
