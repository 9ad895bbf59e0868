"""What can be read of notifications."""

from uuid import UUID

from extracted.contracts.notifications import Mail
from monolith.notifications import models

_COLUMNS = tuple(Mail.model_fields)


def mails_about_order(order_id: UUID) -> tuple[Mail, ...]:
    """Return the mails about an order, oldest first."""
    rows = models.Mail.objects.filter(order_id=order_id).order_by("written_at", "id")
    return tuple(Mail.model_validate(row) for row in rows.values(*_COLUMNS))
