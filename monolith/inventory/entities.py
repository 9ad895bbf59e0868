"""The rows of inventory as they travel: images of the contracts on one side, our columns on the other."""

from extracted.contracts.inventory import DOMAIN
from handover import Domain, Entity, Field, Part

WAREHOUSE = Entity(
    name="warehouse",
    table="public.inventory_warehouse",
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
    table="public.inventory_stock",
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
    table="public.inventory_reservation",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="status", type="text"),
        Field(name="expires_at", type="timestamptz"),
        Field(name="version", type="bigint"),
        Field(name="created_at", type="timestamptz"),
        Field(name="updated_at", type="timestamptz"),
    ),
    parts=(
        Part(
            name="portions",
            table="public.inventory_reservationline",
            owner="reservation_id",
            fields=(
                Field(name="position", type="smallint"),
                Field(name="stock_id", type="uuid"),
                Field(name="quantity", type="bigint"),
            ),
        ),
    ),
)
ADJUSTMENT = Entity(
    name="adjustment",
    table="public.inventory_adjustment",
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
    table="public.inventory_command",
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
# In the order of their foreign keys.
ENTITIES = (WAREHOUSE, STOCK, RESERVATION, ADJUSTMENT, COMMAND)
# The monolith begins as the owner; nothing is captured before the first step to shadow.
INVENTORY = Domain(name=DOMAIN, mode="OWNER", epoch=1, receiver="service", entities=ENTITIES)
