"""What others ask of the mails; apart, because the chores load nothing of Nameko."""

from uuid import UUID

from extracted.chassis.database import Database
from extracted.contracts.notifications import Mail

_ABOUT = (
    "SELECT id, order_id, customer_id, status, recipient, subject, body AS text, written_at, sent_at "
    "FROM notifications.mail WHERE order_id = %s ORDER BY written_at, id"
)


def about_order(database: Database, order_id: UUID) -> list[Mail]:
    """Return the mails about an order, oldest first."""
    rows = database.read(_ABOUT, (order_id,))
    return [Mail.model_validate(dict(zip(Mail.model_fields, row, strict=True))) for row in rows]
