"""The rows of orders as they travel: images of the contracts on one side, our columns on the other."""

from extracted.contracts.orders import DOMAIN
from handover import Domain, Entity, Field, Roles

_UNDERTAKING = (
    Field(name="id", type="uuid"),
    Field(name="key", type="uuid"),
    Field(name="request_hash", type="text"),
    Field(name="order_id", type="uuid"),
    Field(name="payment_id", type="uuid"),
    Field(name="reservation_id", type="uuid"),
    Field(name="step", type="text"),
    Field(name="problem_kind", type="text"),
    Field(name="problem_detail", type="text"),
    Field(name="leased_until", type="timestamptz"),
    Field(name="version", type="bigint"),
    Field(name="created_at", type="timestamptz"),
    Field(name="updated_at", type="timestamptz"),
)
ORDER = Entity(
    name="order",
    table="orders.purchase",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="customer_id", type="uuid"),
        Field(name="client_reference", type="text"),
        Field(name="status", type="text"),
        Field(name="total_amount", type="bigint"),
        Field(name="total_currency", type="text"),
        Field(name="version", type="bigint"),
        Field(name="placed_at", type="timestamptz"),
        Field(name="updated_at", type="timestamptz"),
        # Rows of their own there; here an order is never asked for without its lines.
        Field(name="lines", type="jsonb"),
    ),
)
CART = Entity(
    name="cart",
    table="orders.cart",
    key="customer_id",
    fields=(
        Field(name="customer_id", type="uuid"),
        Field(name="version", type="bigint"),
        Field(name="updated_at", type="timestamptz"),
        Field(name="lines", type="jsonb"),
    ),
)
CHECKOUT = Entity(
    name="checkout",
    table="orders.checkout",
    fields=(
        *_UNDERTAKING,
        Field(name="customer_id", type="uuid"),
        Field(name="client_reference", type="text"),
        Field(name="card_token", type="text"),
        Field(name="lines", type="jsonb"),
        Field(name="total_amount", type="bigint"),
        Field(name="total_currency", type="text"),
    ),
)
REFUND = Entity(
    name="refund",
    table="orders.refund",
    fields=(
        *_UNDERTAKING,
        Field(name="amount", type="bigint"),
        Field(name="currency", type="text"),
        Field(name="reason", type="text"),
        Field(name="restocks", type="boolean"),
    ),
)
COMMAND = Entity(
    name="command",
    table="orders.command",
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
ENTITIES = (ORDER, CART, CHECKOUT, REFUND, COMMAND)
# Ours since the cutover, which began the second epoch; others hear our facts.
ORDERS = Domain(name=DOMAIN, mode="OWNER", epoch=2, capture=True, entities=ENTITIES)
ROLES = Roles(
    owner="orders_owner", app="orders_app", relay="orders_relay", applier="orders_applier"
)
