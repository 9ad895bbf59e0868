"""The rows of inventory as they travel: images of the contracts on one side, our columns on the other."""

from extracted.contracts.inventory import DOMAIN
from handover import Domain, Entity, Field, Roles

WAREHOUSE = Entity(
    name="warehouse",
    table="inventory.warehouse",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="slug", type="text"),
        Field(name="name", type="text"),
        Field(name="position", type="smallint"),
        Field(name="version", type="bigint"),
        Field(name="updated_at", type="timestamptz"),
    ),
)
STOCK = Entity(
    name="stock",
    table="inventory.stock",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="product_id", type="uuid"),
        Field(name="warehouse_id", type="uuid"),
        Field(name="on_hand", type="bigint"),
        Field(name="reserved", type="bigint"),
        Field(name="version", type="bigint"),
        Field(name="updated_at", type="timestamptz"),
    ),
)
RESERVATION = Entity(
    name="reservation",
    table="inventory.reservation",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="status", type="text"),
        Field(name="expires_at", type="timestamptz"),
        Field(name="version", type="bigint"),
        Field(name="created_at", type="timestamptz"),
        Field(name="updated_at", type="timestamptz"),
        # Rows of their own there; here they are never asked for without their reservation.
        Field(name="portions", type="jsonb"),
    ),
)
ADJUSTMENT = Entity(
    name="adjustment",
    table="inventory.adjustment",
    changed_at="adjusted_at",
    immutable=True,
    fields=(
        Field(name="id", type="uuid"),
        Field(name="product_id", type="uuid"),
        Field(name="warehouse_id", type="uuid"),
        Field(name="change", type="bigint"),
        Field(name="reason", type="text"),
        Field(name="note", type="text"),
        Field(name="on_hand", type="bigint"),
        Field(name="adjusted_at", type="timestamptz"),
    ),
)
COMMAND = Entity(
    name="command",
    table="inventory.command",
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
# What is referred to first.
ENTITIES = (WAREHOUSE, STOCK, RESERVATION, ADJUSTMENT, COMMAND)
# Ours since the cutover, which began the second epoch; others hear our facts.
INVENTORY = Domain(name=DOMAIN, mode="OWNER", epoch=2, capture=True, entities=ENTITIES)
ROLES = Roles(
    owner="inventory_owner",
    app="inventory_app",
    relay="inventory_relay",
    applier="inventory_applier",
)
