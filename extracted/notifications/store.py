"""The rows of notifications: notices as they are heard, and the mails that are made of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from extracted.contracts.customers import Contact
from extracted.contracts.notifications import DOMAIN, mail_id
from extracted.contracts.orders import Order

_NOTE = (
    "INSERT INTO notifications.notice (id, order_id, customer_id, status, about, contact, "
    "occurred_at) SELECT %(id)s, %(order_id)s, %(customer_id)s, %(status)s, %(about)s, %(contact)s, "
    "%(occurred_at)s WHERE NOT EXISTS (SELECT 1 FROM notifications.mail "
    "WHERE order_id = %(order_id)s AND status = %(status)s) ON CONFLICT DO NOTHING"
)
_WRITE = (
    "WITH news AS (DELETE FROM notifications.notice WHERE id IN (SELECT id "
    "FROM notifications.notice ORDER BY occurred_at, id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING *) "
    "INSERT INTO notifications.mail (id, order_id, customer_id, status, about, contact) "
    "SELECT id, order_id, customer_id, status, about, contact FROM news ORDER BY occurred_at, id "
    "ON CONFLICT DO NOTHING RETURNING id"
)
_TAKE = (
    "UPDATE notifications.mail SET next_try_at = clock_timestamp() + %s, tries = tries + 1, "
    "version = version + 1, updated_at = clock_timestamp() WHERE id = (SELECT id "
    "FROM notifications.mail WHERE sent_at IS NULL AND next_try_at <= statement_timestamp() "
    "ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) "
    "RETURNING id, status, about, tries, coalesce(contact, (SELECT known.contact "
    "FROM notifications.mail known WHERE known.order_id = mail.order_id "
    "AND known.contact IS NOT NULL ORDER BY known.written_at DESC LIMIT 1)) AS contact"
)
_SENT = (
    "UPDATE notifications.mail SET recipient = %s, subject = %s, body = %s, error = NULL, "
    "sent_at = clock_timestamp(), version = version + 1, updated_at = clock_timestamp() "
    "WHERE id = %s"
)
_POSTPONE = (
    "UPDATE notifications.mail SET next_try_at = clock_timestamp() + %s, error = %s, "
    "version = version + 1, updated_at = clock_timestamp() WHERE id = %s"
)
# From a view of the row: what we say and what is true are one.
_TELL = (
    "SELECT handover.record(%s, %s, i.key::text, jsonb_build_object("
    "'id', i.image->'id', 'order_id', i.image->'order_id', 'customer_id', i.image->'customer_id', "
    "'status', i.image->'status', 'rows', jsonb_build_array(jsonb_build_object("
    "'entity', 'mail', 'op', 'put', 'image', i.image)))) "
    "FROM handover.image_notifications_mail i WHERE i.key = ANY(%s)"
)

Plain = psycopg.Connection[DictRow]


def note(
    connection: psycopg.Connection[Any],
    order: Order,
    *,
    contact: Contact | None,
    occurred_at: datetime,
) -> None:
    """Keep what was heard until its mail is there; once, however often it is heard."""
    values = {
        "id": mail_id(order_id=order.id, status=order.status),
        "order_id": order.id,
        "customer_id": order.customer_id,
        "status": order.status,
        "about": Jsonb(order.model_dump(mode="json")),
        "contact": Jsonb(contact.model_dump(mode="json")) if contact else None,
        "occurred_at": occurred_at,
    }
    connection.execute(_NOTE, values)


def enter(database: Plain) -> None:
    """Pass the door in an open transaction."""
    database.execute("SELECT handover.enter(%s)", (DOMAIN,))


def write_noticed(database: Plain, *, limit: int) -> int:
    """Make mails of what was heard, in one transaction."""
    with database.transaction():
        enter(database)
        written = [row["id"] for row in database.execute(_WRITE, (limit,)).fetchall()]
        _tell(database, "mail_written", written)
    return len(written)


def take(database: Plain, *, lease_s: float) -> dict[str, Any] | None:
    """Take the mail that has been due for longest, so that no other sender does.

    Who changed an order may not have known whom to write to: the last mail about it that did tells.
    """
    with database.transaction():
        enter(database)
        mail = database.execute(_TAKE, (timedelta(seconds=lease_s),)).fetchone()
        if mail is not None:
            _tell(database, "mail_taken", [mail["id"]])
    return mail


def note_sent(database: Plain, mail: UUID, *, recipient: str, subject: str, text: str) -> None:
    """Mark a mail as sent, with what was sent."""
    with database.transaction():
        enter(database)
        database.execute(_SENT, (recipient, subject, text, mail))
        _tell(database, "mail_sent", [mail])


def postpone(database: Plain, mail: UUID, *, seconds: float, reason: str) -> None:
    """Give a mail back until later, with the reason."""
    with database.transaction():
        enter(database)
        database.execute(_POSTPONE, (timedelta(seconds=seconds), reason[:500], mail))
        _tell(database, "mail_postponed", [mail])


def _tell(database: Plain, event: str, mails: Sequence[UUID]) -> None:
    if mails:
        database.execute(_TELL, (DOMAIN, event, list(mails)))
