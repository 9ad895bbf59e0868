"""The rows of notifications as they travel: images of the contracts on one side, our columns on the other."""

from extracted.contracts.notifications import DOMAIN
from handover import Domain, Entity, Field, Roles

MAIL = Entity(
    name="mail",
    table="notifications.mail",
    fields=(
        Field(name="id", type="uuid"),
        Field(name="order_id", type="uuid"),
        Field(name="customer_id", type="uuid"),
        Field(name="status", type="text"),
        Field(name="order", type="jsonb", column="about"),
        Field(name="contact", type="jsonb"),
        Field(name="recipient", type="text"),
        Field(name="subject", type="text"),
        Field(name="text", type="text", column="body"),
        Field(name="tries", type="integer"),
        Field(name="error", type="text"),
        Field(name="version", type="bigint"),
        Field(name="written_at", type="timestamptz"),
        Field(name="next_try_at", type="timestamptz"),
        Field(name="sent_at", type="timestamptz"),
        Field(name="updated_at", type="timestamptz"),
    ),
)
# Ours since the cutover, which began the second epoch; others hear our facts.
NOTIFICATIONS = Domain(name=DOMAIN, mode="OWNER", epoch=2, capture=True, entities=(MAIL,))
ROLES = Roles(
    owner="notifications_owner",
    app="notifications_app",
    relay="notifications_relay",
    applier="notifications_applier",
)
