"""What catalog can be told: each command a function from a connection to its effect."""

from typing import Any
from uuid import UUID

from uuid_utils import uuid7

from extracted.catalog import domain, store
from extracted.chassis.database import Connection
from extracted.chassis.writes import Effect
from extracted.contracts.catalog import ChangeProduct, CreateProduct, Product


def create(connection: Connection, command: CreateProduct) -> Effect:
    """Create a product; raises ProblemError unknown-category, sku-taken."""
    category = store.category_of(connection, command.category)
    draft = domain.begin(command, product_id=UUID(bytes=uuid7().bytes), category=category)
    product = store.insert(connection, draft)
    return _shown(product, status=201, event="product_created")


def change(connection: Connection, command: ChangeProduct, *, product_id: UUID) -> Effect:
    """Change a product; raises ProblemError product-not-found, unknown-category."""
    product = store.locked(connection, product_id)
    category = store.category_of(connection, command.category) if command.category else None
    product = store.update(connection, domain.change(product, command, category=category))
    return _shown(product, status=200, event="product_changed")


def delete(connection: Connection, *, product_id: UUID) -> Effect:
    """Delete a product; raises ProblemError product-not-found."""
    product = store.locked(connection, product_id)
    last = domain.end(product, at=store.delete(connection, product_id))
    return Effect(
        aggregate_id=last.id,
        version=last.version,
        status=204,
        event="product_deleted",
        rows=(_row("delete", last),),
    )


def _shown(product: Product, *, status: int, event: str) -> Effect:
    return Effect(
        aggregate_id=product.id,
        version=product.version,
        status=status,
        event=event,
        rows=(_row("put", product),),
        response=product.model_dump(mode="json"),
    )


def _row(op: str, product: Product) -> dict[str, Any]:
    return {"entity": "product", "op": op, "image": domain.image_of(product)}
