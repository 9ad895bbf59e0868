"""What can be changed in notifications: write a mail beside the change that it tells of."""

from uuid_utils.compat import uuid7

from extracted.contracts.notifications import DOMAIN
from extracted.contracts.orders import Order
from monolith.notifications import models
from monolith.notifications.templates import has_words
from monolith.seams.fence import owned


def write_mail(order: Order, *, status: str) -> None:
    """Write the mail about an order's new status, once, in the caller's transaction."""
    if not has_words(status):
        return
    row = models.Mail(
        id=uuid7(),
        order_id=order.id,
        customer_id=order.customer_id,
        status=status,
        order=order.model_dump(mode="json"),
    )
    with owned(DOMAIN):
        # The second writer of the same news waits for the first and then finds it told.
        models.Mail.objects.bulk_create([row], ignore_conflicts=True)
