"""Where the rows of a domain are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# A checkout places the order and, in the end, has it paid or canceled: one version more than the
# command that it answers, or than none. It takes the cart as well, and gives back what was not bought;
# and a cart begins as version 0.
_ORDERS_AND_CARTS = """(
SELECT o.id, o.client_reference, o.version, (
         SELECT count(*) FROM orders_checkout c
          WHERE c.order_id = o.id AND c.step IN ('done', 'failed')) AS unasked
  FROM orders_order o
 UNION ALL
SELECT k.customer_id, NULL, k.version, coalesce(taken.versions, 0) - 1
  FROM orders_cart k LEFT JOIN (
         SELECT customer_id, count(*) + count(*) FILTER (WHERE step = 'failed') AS versions
           FROM orders_checkout GROUP BY customer_id) AS taken USING (customer_id)) AS kept"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Where the commands and the rows of a domain are.

    `pending` counts what is yet to be done, in words; `unasked` the versions of a row that were made
    without a command. Where there are many of them, the rows are not `explained` by versions (stock
    is explained by sums).
    """

    rows: str
    mark: str
    commands: str | None = None
    unasked: str = "0"
    explained: bool = True
    pending: Mapping[str, str] = field(default_factory=dict)


Domains = Mapping[str, Tables]
DOMAINS: Domains = {
    "catalog": Tables(commands="catalog_command", rows="catalog_product", mark="sku"),
    "inventory": Tables(
        commands="inventory_command",
        rows="inventory_stock",
        # A warehouse keeps a product in one place.
        mark="product_id || ' ' || warehouse_id",
        explained=False,
    ),
    "orders": Tables(
        commands="orders_command",
        rows=_ORDERS_AND_CARTS,
        mark="client_reference",
        unasked="unasked",
        pending={
            f"{what} are under way": f"SELECT count(*) FROM {table}"  # noqa: S608 - names of our own
            " WHERE step NOT IN ('done', 'failed')"
            for what, table in (("checkouts", "orders_checkout"), ("refunds", "orders_refund"))
        },
    ),
    "payments": Tables(
        rows="payments_payment",
        # One payment per purchase: a second one would carry the same mark.
        mark="order_id::text",
        pending={
            "questions to the bank are open": "SELECT count(*) FROM payments_operation"
            " WHERE state = 'asked'"
        },
    ),
    "notifications": Tables(
        rows="notifications_mail",
        # One mail per order and status: a second one would carry the same mark.
        mark="order_id || ' ' || status",
        pending={
            "mails are not sent": "SELECT count(*) FROM notifications_mail WHERE sent_at IS NULL"
        },
    ),
    "customers": Tables(
        commands="customers_command",
        rows="(SELECT id, email, 1 AS version FROM customers_customer) AS kept",
        mark="email",
    ),
}
