"""Orders as events: read from the last snapshot on, appended, never changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from extracted.chassis.database import Connection, one
from extracted.contracts.problems import ProblemError
from extracted.orders.domain import Event, Purchase, Status, evolve, fold, require_way, type_of

# An order has a handful of events; this is the point at which reading them all would begin to cost.
SNAPSHOT_EVERY = 4

_NAMES = (
    "id",
    "customer_id",
    "client_reference",
    "status",
    "total_amount",
    "total_currency",
    "version",
    "placed_at",
    "updated_at",
    "lines",
)
_COLUMNS = ", ".join(_NAMES)
PURCHASE = f"SELECT {_COLUMNS} FROM orders.purchase WHERE id = %s"  # noqa: S608 - ours
_LOCK = "SELECT 1 FROM orders.purchase WHERE id = %s FOR UPDATE"
_EVENTS = (
    "SELECT order_id, version, type, data, at FROM orders.event "
    "WHERE order_id = %s AND version > %s ORDER BY version"
)
_IDS = "SELECT DISTINCT order_id FROM orders.event WHERE order_id > %s ORDER BY order_id LIMIT %s"
_APPEND = (
    "INSERT INTO orders.event (order_id, version, type, data) VALUES (%s, %s, %s, %s) RETURNING at"
)
_PUT = f"""
INSERT INTO orders.purchase ({_COLUMNS})
VALUES (%(id)s, %(customer_id)s, %(client_reference)s, %(status)s, %(total_amount)s,
        %(total_currency)s, %(version)s, %(placed_at)s, %(updated_at)s, %(lines)s)
ON CONFLICT (id) DO UPDATE SET status = excluded.status, version = excluded.version,
    updated_at = excluded.updated_at
"""  # noqa: S608 - columns of our own
_SNAPSHOT = """
INSERT INTO orders.snapshot (order_id, version, state) VALUES (%s, %s, %s)
ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, state = excluded.state
"""


def ids(connection: Connection, *, after: UUID, limit: int) -> list[UUID]:
    """Return the next orders that have events, in the order of their ids."""
    rows = connection.execute(_IDS, (after, limit)).fetchall()
    return [order_id for (order_id,) in rows]


def load(connection: Connection, order_id: UUID) -> Purchase | None:
    """Return an order as its events have made it."""
    row = connection.execute(
        "SELECT state FROM orders.snapshot WHERE order_id = %s", (order_id,)
    ).fetchone()
    before = _from_state(row[0]) if row else None
    return fold(
        events_of(connection, order_id, after=before.version if before else 0), before=before
    )


def events_of(connection: Connection, order_id: UUID, *, after: int = 0) -> Iterator[Event]:
    """Return the events of an order after a version, in order."""
    for row in connection.execute(_EVENTS, (order_id, after)).fetchall():
        yield Event(order_id=row[0], version=row[1], type=row[2], data=row[3], at=row[4])


def locked(connection: Connection, order_id: UUID) -> Purchase:
    """Return an order and hold it until the transaction ends; raises ProblemError."""
    if connection.execute(_LOCK, (order_id,)).fetchone() is None:
        raise ProblemError("order-not-found")
    found = load(connection, order_id)
    if found is None:
        msg = f"order {order_id} has no events"
        raise RuntimeError(msg)
    return found


def from_row(row: Sequence[Any]) -> Purchase:
    """Return an order as its row says it is now; `PURCHASE` selects it."""
    known = dict(zip(_NAMES, row, strict=True))
    lines = tuple(sorted(known["lines"], key=lambda line: int(line["position"])))
    return Purchase(**{**known, "status": Status(known["status"]), "lines": lines})


def begin(connection: Connection, order_id: UUID, data: Mapping[str, Any]) -> Purchase:
    """Append the first event of an order."""
    return _append(connection, None, order_id=order_id, event="order_placed", data=data)


def become(connection: Connection, purchase: Purchase, wanted: Status) -> Purchase:
    """Append the event by which a locked order gets another status; raises ProblemError."""
    require_way(purchase.status, wanted)
    return _append(connection, purchase, order_id=purchase.id, event=type_of(wanted), data={})


def _append(
    connection: Connection,
    before: Purchase | None,
    *,
    order_id: UUID,
    event: str,
    data: Mapping[str, Any],
) -> Purchase:
    version = before.version + 1 if before else 1
    values = (order_id, version, event, Jsonb(dict(data)))
    at = one(connection.execute(_APPEND, values))[0]
    after = evolve(before, Event(order_id=order_id, version=version, type=event, data=data, at=at))
    connection.execute(_PUT, {**asdict(after), "lines": Jsonb(list(after.lines))})
    if version % SNAPSHOT_EVERY == 0:
        connection.execute(_SNAPSHOT, (order_id, version, Jsonb(_to_state(after))))
    return after


def _to_state(purchase: Purchase) -> dict[str, Any]:
    state = asdict(purchase)
    for name in ("id", "customer_id"):
        state[name] = str(state[name])
    for name in ("placed_at", "updated_at"):
        state[name] = state[name].isoformat()
    return state


def _from_state(state: dict[str, Any]) -> Purchase:
    known = dict(state)
    for name in ("id", "customer_id"):
        known[name] = UUID(known[name])
    for name in ("placed_at", "updated_at"):
        known[name] = datetime.fromisoformat(known[name])
    return Purchase(**{**known, "status": Status(known["status"]), "lines": tuple(known["lines"])})
