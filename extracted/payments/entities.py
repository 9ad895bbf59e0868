"""The rows of payments as they travel: images of the contracts on one side, our columns on the other."""

from extracted.contracts.payments import DOMAIN
from handover import Domain, Entity, Field, Part, Roles

PAYMENT = Entity(
    name="payment",
    table="payments.payment",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="order_id", type="uuid"),
        Field(name="card_token", type="text"),
        Field(name="amount", type="bigint"),
        Field(name="currency", type="text"),
        Field(name="status", type="text"),
        Field(name="refunded", type="bigint"),
        Field(name="decline_reason", type="text"),
        Field(name="version", type="bigint"),
        Field(name="created_at", type="timestamptz"),
        Field(name="updated_at", type="timestamptz"),
    ),
)
# With its entries: books that the database keeps at zero never see half of a booking.
OPERATION = Entity(
    name="operation",
    table="payments.operation",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="payment_id", type="uuid"),
        Field(name="kind", type="text"),
        Field(name="amount", type="bigint"),
        Field(name="state", type="text"),
        Field(name="reason", type="text"),
        Field(name="epoch", type="bigint"),
        Field(name="version", type="bigint"),
        Field(name="asked_at", type="timestamptz"),
        Field(name="answered_at", type="timestamptz"),
        Field(name="updated_at", type="timestamptz"),
    ),
    parts=(
        Part(
            name="entries",
            table="payments.entry",
            owner="operation_id",
            position="account",
            fields=(
                Field(name="account", type="text"),
                Field(name="amount", type="bigint"),
                Field(name="currency", type="text"),
                Field(name="booked_at", type="timestamptz"),
            ),
        ),
    ),
)
# What is referred to first.
ENTITIES = (PAYMENT, OPERATION)
# Ours since the cutover, which began the second epoch; others hear our facts.
PAYMENTS = Domain(name=DOMAIN, mode="OWNER", epoch=2, capture=True, entities=ENTITIES)
ROLES = Roles(
    owner="payments_owner",
    app="payments_app",
    relay="payments_relay",
    applier="payments_applier",
)
