"""The rows of catalog, as writes see them: inside the caller's transaction."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import psycopg

from extracted.catalog.domain import Draft
from extracted.chassis.database import Connection, one
from extracted.contracts.catalog import Category, Product
from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Money

_LOCKED = (
    "SELECT p.id, p.sku, p.name, p.description, p.amount, p.currency, p.version, p.created_at, "
    "p.updated_at, c.id, c.slug, c.name FROM catalog.product p "
    "JOIN catalog.category c ON c.id = p.category_id WHERE p.id = %s FOR UPDATE OF p"
)
_INSERT = (
    "INSERT INTO catalog.product (id, sku, name, description, category_id, amount, currency, "
    "version, created_at, updated_at) SELECT %s, %s, %s, %s, %s, %s, %s, %s, now.at, now.at "
    "FROM (SELECT clock_timestamp() AS at) AS now RETURNING created_at, updated_at"
)
_UPDATE = (
    "UPDATE catalog.product SET name = %s, description = %s, category_id = %s, amount = %s, "
    "currency = %s, version = %s, updated_at = clock_timestamp() WHERE id = %s "
    "RETURNING created_at, updated_at"
)
_DELETE = "DELETE FROM catalog.product WHERE id = %s RETURNING clock_timestamp()"
# Sorted, so that two orders with the same products cannot wait for each other in a circle.
_COUNT = (
    "INSERT INTO catalog.popularity AS p (product_id, ordered) "
    "SELECT * FROM unnest(%s::uuid[], %s::bigint[]) AS new (product_id, ordered) "
    "ORDER BY product_id ON CONFLICT (product_id) DO UPDATE SET ordered = p.ordered + excluded.ordered"
)


def category_of(connection: Connection, slug: str) -> Category:
    """Return a category; raises ProblemError when there is none."""
    row = connection.execute(
        "SELECT id, slug, name FROM catalog.category WHERE slug = %s", (slug,)
    ).fetchone()
    if row is None:
        raise ProblemError("unknown-category")
    return Category(id=row[0], slug=row[1], name=row[2])


def locked(connection: Connection, product_id: UUID) -> Product:
    """Return a product and hold its row until the transaction ends; raises ProblemError."""
    row = connection.execute(_LOCKED, (product_id,)).fetchone()
    if row is None:
        raise ProblemError("product-not-found")
    return Product(
        id=row[0],
        sku=row[1],
        name=row[2],
        description=row[3],
        price=Money(amount=row[4], currency=row[5]),
        version=row[6],
        created_at=row[7],
        updated_at=row[8],
        category=Category(id=row[9], slug=row[10], name=row[11]),
    )


def insert(connection: Connection, draft: Draft) -> Product:
    """Insert a product; raises ProblemError when its SKU is taken."""
    values = (
        draft.id,
        draft.sku,
        draft.name,
        draft.description,
        draft.category.id,
        draft.price.amount,
        draft.price.currency,
        draft.version,
    )
    try:
        row = one(connection.execute(_INSERT, values))
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != "product_sku_unique":
            raise
        raise ProblemError("sku-taken") from None
    return draft.stored(created_at=row[0], updated_at=row[1])


def update(connection: Connection, draft: Draft) -> Product:
    """Write the next version of a locked product."""
    values = (
        draft.name,
        draft.description,
        draft.category.id,
        draft.price.amount,
        draft.price.currency,
        draft.version,
        draft.id,
    )
    row = one(connection.execute(_UPDATE, values))
    return draft.stored(created_at=row[0], updated_at=row[1])


def delete(connection: Connection, product_id: UUID) -> datetime:
    """Delete a locked product and return when."""
    at: datetime = one(connection.execute(_DELETE, (product_id,)))[0]
    return at


def count_ordered(connection: Connection, ordered: Iterable[tuple[UUID, int]]) -> None:
    """Add quantities to what was ordered of each product."""
    pairs = list(ordered)
    connection.execute(_COUNT, ([p for p, _ in pairs], [n for _, n in pairs]))
