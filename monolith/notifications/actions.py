"""What can be changed in notifications: write a mail beside the change that it tells of."""

from collections.abc import Sequence

from django.db import connection, transaction

from extracted.contracts.customers import Contact
from extracted.contracts.notifications import DOMAIN, mail_id
from extracted.contracts.orders import Order
from monolith.notifications import models
from monolith.notifications.facts import tell
from monolith.notifications.templates import has_words
from monolith.seams.fence import is_open, owned

AT_ONCE = 1_000
_FORGET_TOLD = """
DELETE FROM notifications_notice WHERE id IN (
    SELECT n.id FROM (SELECT id, order_id, status FROM notifications_notice
                       ORDER BY noted_at, id LIMIT %s) n
      JOIN notifications_mail m ON m.order_id = n.order_id AND m.status = n.status)
"""


def write_mail(order: Order, *, status: str, contact: Contact | None) -> None:
    """Write the mail about an order's new status, once, in the caller's transaction.

    The caller holds locks of orders, so nothing here waits for whom the mails belong to: what cannot
    be written at once is noted, and becomes a mail on the side that owns them then.
    """
    if not has_words(status):
        return
    news = models.Notice(
        id=mail_id(order_id=order.id, status=status),
        order_id=order.id,
        status=status,
        order=order.model_dump(mode="json"),
        contact=contact and contact.model_dump(mode="json"),
    )
    # No savepoint of its own: within the caller's transaction it would cost two more round trips.
    with transaction.atomic(savepoint=False):
        if is_open(DOMAIN):
            _write([news])
        else:
            models.Notice.objects.bulk_create([news], ignore_conflicts=True)


def write_noticed(*, limit: int) -> int:
    """Write the mails that could not be written when the news came; raises NotOwner."""
    with owned(DOMAIN):
        notices = models.Notice.objects.select_for_update(skip_locked=True)
        news = list(notices.order_by("noted_at", "id")[:limit])
        if news:
            _write(news)
            models.Notice.objects.filter(pk__in=[notice.id for notice in news]).delete()
    return len(news)


def forget_told() -> None:
    """Drop the news whose mail has been written, by us or by the other side: of the oldest, for mails
    come in the order of the news, and after an outage there are more than one statement can look at.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_TOLD, [AT_ONCE])


def _write(news: Sequence[models.Notice]) -> None:
    rows = [
        models.Mail(
            id=notice.id,
            order_id=notice.order_id,
            customer_id=notice.order["customer_id"],
            status=notice.status,
            order=notice.order,
            contact=notice.contact,
        )
        for notice in news
    ]
    with owned(DOMAIN):
        # The second writer of the same news waits for the first and then finds it told.
        models.Mail.objects.bulk_create(rows, ignore_conflicts=True)
        tell("mail_written", [row.id for row in rows])
