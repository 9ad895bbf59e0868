"""Where each service keeps the rows of its domain; its database has its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Names of tables cannot be parameters; these are the ones below.
_COUNT = "SELECT count(*) FROM {}"
_UNSENT = "SELECT count(*) FROM {} WHERE sent_at IS NULL"
_OPEN = "SELECT count(*) FROM {} WHERE step NOT IN ('done', 'failed')"
# A checkout places the order and, in the end, has it paid or canceled: one version more than the
# command that it answers, or than none. It takes the cart as well, and gives back what was not bought;
# and a cart begins as version 0.
_ORDERS_AND_CARTS = """(
SELECT o.id, o.client_reference, o.version, (
         SELECT count(*) FROM {checkouts} c
          WHERE c.order_id = o.id AND c.step IN ('done', 'failed')) AS unasked
  FROM {orders} o
 UNION ALL
SELECT k.customer_id, NULL, k.version, coalesce(taken.versions, 0) - 1
  FROM {carts} k LEFT JOIN (
         SELECT customer_id, count(*) + count(*) FILTER (WHERE step = 'failed') AS versions
           FROM {checkouts} GROUP BY customer_id) AS taken USING (customer_id)) AS kept"""
_ASKED = "SELECT count(*) FROM {} WHERE state = 'asked'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Where a service keeps the commands and the rows of its domain.

    `pending` counts what the service has yet to do, in words; `unasked` the versions of a row that the
    service made without a command. Where it makes many of them, the rows are not `explained` by
    versions (stock is explained by sums).
    """

    rows: str
    mark: str
    commands: str | None = None
    unasked: str = "0"
    explained: bool = True
    pending: Mapping[str, str] = field(default_factory=dict)


def _mails(rows: str, *, news: str) -> Tables:
    # One mail per order and status: a second one would carry the same mark.
    return Tables(
        rows=rows,
        mark="order_id || ' ' || status",
        pending={
            "mails are not sent": _UNSENT.format(rows),
            "news have no mail": _COUNT.format(news),
        },
    )


def _stock(*, rows: str, commands: str) -> Tables:
    # A warehouse keeps a product in one place.
    place = "product_id || ' ' || warehouse_id"
    return Tables(rows=rows, mark=place, commands=commands, explained=False)


def _orders(*, orders: str, carts: str, commands: str, checkouts: str, refunds: str) -> Tables:
    return Tables(
        rows=_ORDERS_AND_CARTS.format(orders=orders, carts=carts, checkouts=checkouts),
        mark="client_reference",
        commands=commands,
        unasked="unasked",
        pending={
            "checkouts are under way": _OPEN.format(checkouts),
            "refunds are under way": _OPEN.format(refunds),
        },
    )


def _money(*, rows: str, operations: str) -> Tables:
    # One payment per purchase: a second one would carry the same mark.
    return Tables(
        rows=rows,
        mark="order_id::text",
        pending={"questions to the bank are open": _ASKED.format(operations)},
    )


Domains = Mapping[str, Tables]
DOMAINS: Domains = {
    "catalog": Tables(commands="catalog.command", rows="catalog.product", mark="sku"),
    "inventory": _stock(rows="inventory.stock", commands="inventory.command"),
    "orders": _orders(
        orders="orders.purchase",
        carts="orders.cart",
        commands="orders.command",
        checkouts="orders.checkout",
        refunds="orders.refund",
    ),
    "payments": _money(rows="payments.payment", operations="payments.operation"),
    "notifications": _mails("notifications.mail", news="notifications.notice"),
}
