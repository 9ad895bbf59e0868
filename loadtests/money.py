"""What was charged: by the books of payments, by the bank's own, and what the purchases say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg

from loadtests.witness import Databases, Unreachable

_PAYMENTS = "SELECT id::text, order_id::text, status, amount, refunded FROM payments.payment"
_UNEVEN = "SELECT operation_id::text FROM payments.entry GROUP BY operation_id, currency HAVING sum(amount) <> 0"
_BOUGHT = (
    "SELECT c.payment_id::text, c.step, c.total_amount,"
    " EXISTS (SELECT FROM orders.refund r WHERE r.order_id = c.order_id AND r.step = 'done')"
    " FROM orders.checkout c WHERE c.step IN ('done', 'failed')"
)
CHARGED = frozenset({"captured", "refunded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A payment by our books."""

    id: str
    order_id: str
    status: str
    amount: int
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """A purchase at its end, and what it cost."""

    payment_id: str
    step: str
    amount: int
    is_refunded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyEvidence:
    """Everything that was said of money; `charged` is the bank's word by payment: taken, given back."""

    payments: tuple[Paid, ...] = ()
    uneven: tuple[str, ...] = ()
    bought: tuple[Bought, ...] = ()
    charged: Mapping[str, tuple[int, int]] | None = None


NO_MONEY = MoneyEvidence()


def hear_money(databases: Databases, *, bank: str | None) -> MoneyEvidence:
    """Ask the services for the books and the purchases, and the bank; raises Unreachable."""
    try:
        with databases.connect() as connections:
            books = connections["payments"]
            payments = tuple(
                Paid(id=row[0], order_id=row[1], status=row[2], amount=row[3], refunded=row[4])
                for row in books.execute(_PAYMENTS.encode())
            )
            uneven = tuple(row[0] for row in books.execute(_UNEVEN.encode()))
            bought = tuple(_bought(connections["orders"]))
        charged = dict(_charges(bank)) if bank else None
    except (psycopg.Error, httpx.HTTPError) as error:
        raise Unreachable(f"the books of money are closed: {error}".strip()) from error
    return MoneyEvidence(payments=payments, uneven=uneven, bought=bought, charged=charged)


def _bought(shop: psycopg.Connection[Any]) -> Iterator[Bought]:
    for payment_id, step, amount, is_refunded in shop.execute(_BOUGHT.encode()):
        yield Bought(payment_id=payment_id, step=step, amount=amount, is_refunded=is_refunded)


def _charges(bank: str) -> Iterator[tuple[str, tuple[int, int]]]:
    after: int | None = 0
    with httpx.Client(base_url=bank, timeout=15, trust_env=False) as client:
        while after is not None:
            page = client.get("/charges", params={"after": after}).raise_for_status().json()
            for item in page["items"]:
                yield item["payment_id"], (int(item["captured"]), int(item["refunded"]))
            after = page["next"]
