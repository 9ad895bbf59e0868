"""The rows of catalog as they travel: images of the contracts on one side, our columns on the other."""

from extracted.contracts.catalog import DOMAIN
from handover import Domain, Entity, Field, Roles

CATEGORY = Entity(
    name="category",
    table="catalog.category",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="slug", type="text"),
        Field(name="name", type="text"),
        Field(name="parent_id", type="uuid"),
        Field(name="version", type="bigint"),
        Field(name="updated_at", type="timestamptz"),
    ),
)
PRODUCT = Entity(
    name="product",
    table="catalog.product",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="sku", type="text"),
        Field(name="name", type="text"),
        Field(name="description", type="text"),
        Field(name="category_id", type="uuid"),
        Field(name="price_amount", type="bigint", column="amount"),
        Field(name="price_currency", type="text", column="currency"),
        Field(name="version", type="bigint"),
        Field(name="created_at", type="timestamptz"),
        Field(name="updated_at", type="timestamptz"),
    ),
)
COMMAND = Entity(
    name="command",
    table="catalog.command",
    key="key",
    changed_at="recorded_at",
    immutable=True,
    fields=(
        Field(name="key", type="uuid"),
        Field(name="request_hash", type="text"),
        Field(name="aggregate_id", type="uuid"),
        Field(name="version", type="bigint"),
        Field(name="status", type="integer"),
        Field(name="response", type="jsonb"),
        Field(name="epoch", type="bigint"),
        Field(name="side", type="text"),
        Field(name="recorded_at", type="timestamptz"),
    ),
)
# Categories first: products refer to them.
ENTITIES = (CATEGORY, PRODUCT, COMMAND)
# Ours since the cutover, which began the second epoch; others hear our facts.
CATALOG = Domain(name=DOMAIN, mode="OWNER", epoch=2, capture=True, entities=ENTITIES)
ROLES = Roles(
    owner="catalog_owner", app="catalog_app", relay="catalog_relay", applier="catalog_applier"
)
