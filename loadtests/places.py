"""Where each side keeps the rows of a domain, in which database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from loadtests.evidence import MONOLITH, SERVICE

# Names of tables cannot be parameters; these are the ones below.
_COUNT = "SELECT count(*) FROM {}"
_UNSENT = "SELECT count(*) FROM {} WHERE sent_at IS NULL"
_OPEN = "SELECT count(*) FROM {} WHERE step NOT IN ('done', 'failed')"
# A checkout places the order and, in the end, has it paid or canceled: one version more than the
# command that it answers, or than none.
_BY_CHECKOUT = (
    "(SELECT count(*) FROM orders_checkout"
    " WHERE order_id = orders_order.id AND step IN ('done', 'failed'))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Where a side keeps the commands and the rows of a domain.

    `pending` counts what the owner has yet to do, in words; `unasked` the versions of a row that the
    owner made without a command. Where it makes many of them, the rows are not `explained` by
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


Domains = Mapping[str, Mapping[str, Tables]]
# A domain that has not left the monolith has no second copy.
DOMAINS: Domains = {
    "catalog": {
        MONOLITH: Tables(commands="catalog_command", rows="catalog_product", mark="sku"),
        SERVICE: Tables(commands="catalog.command", rows="catalog.product", mark="sku"),
    },
    "inventory": {
        MONOLITH: _stock(rows="inventory_stock", commands="inventory_command"),
        SERVICE: _stock(rows="inventory.stock", commands="inventory.command"),
    },
    "orders": {
        MONOLITH: Tables(
            commands="orders_command",
            rows="orders_order",
            mark="client_reference",
            unasked=_BY_CHECKOUT,
            pending={
                "checkouts are under way": _OPEN.format("orders_checkout"),
                "refunds are under way": _OPEN.format("orders_refund"),
            },
        ),
    },
    "notifications": {
        MONOLITH: _mails("notifications_mail", news="notifications_notice"),
        SERVICE: _mails("notifications.mail", news="notifications.notice"),
    },
}


def database_of(side: str, *, domain: str) -> str:
    """Name the database that holds a side's copy of a domain."""
    return MONOLITH if side == MONOLITH else domain
