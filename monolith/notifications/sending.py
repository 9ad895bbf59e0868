"""Send what was written, each mail at least once.

A mail is taken by moving its next try into the future, sent outside of every transaction, and
marked. Whoever dies in between leaves it to the next sender: it is then sent a second time, with
the same Message-ID, by which mail programs know it for what it is.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F

from monolith.contracts.orders import Order
from monolith.customers.models import Customer
from monolith.notifications import models
from monolith.notifications.templates import Letter, compose
from monolith.writes.clock import ClockTimestamp

log = logging.getLogger(__name__)

LEASE_S = 60.0
LONGEST_PAUSE_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of the mails that were due."""

    sent: int
    failed: int


def send_due(*, limit: int) -> Sent:
    """Send up to `limit` mails whose time has come, oldest first."""
    sent = failed = 0
    while sent + failed < limit and (mail := _take()) is not None:
        if _send(mail):
            sent += 1
        else:
            failed += 1
    return Sent(sent=sent, failed=failed)


def _take() -> models.Mail | None:
    with transaction.atomic():
        # Two senders at once each find another mail.
        due = models.Mail.objects.select_for_update(skip_locked=True).filter(
            sent_at__isnull=True, next_try_at__lte=ClockTimestamp()
        )
        mail = due.order_by("next_try_at", "id").first()
        if mail is not None:
            _postpone(mail.id, seconds=LEASE_S)
    return mail


def _send(mail: models.Mail) -> bool:
    try:
        contact = Customer.objects.get(pk=mail.customer_id)
        order = Order.model_validate(mail.order)
        letter = compose(order, status=mail.status, name=contact.name)
        _message(mail, letter=letter, recipient=contact.email).send()
    # ValueError: an order or an address that no longer reads as one must not hold up the others.
    except (OSError, SMTPException, Customer.DoesNotExist, ValueError) as error:
        log.warning("mail was not sent", extra={"mail": str(mail.id), "reason": str(error)})
        _note_failure(mail, reason=str(error))
        return False
    _note_success(mail, letter=letter, recipient=contact.email)
    return True


def _message(mail: models.Mail, *, letter: Letter, recipient: str) -> EmailMessage:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    return EmailMessage(
        subject=letter.subject,
        body=letter.text,
        to=[recipient],
        headers={"Message-ID": f"<{mail.id}@{domain}>"},
    )


def _note_success(mail: models.Mail, *, letter: Letter, recipient: str) -> None:
    models.Mail.objects.filter(pk=mail.id).update(
        recipient=recipient,
        subject=letter.subject,
        text=letter.text,
        sent_at=ClockTimestamp(),
        updated_at=ClockTimestamp(),
        version=F("version") + 1,
        error=None,
    )


def _note_failure(mail: models.Mail, *, reason: str) -> None:
    with transaction.atomic():
        _postpone(mail.id, seconds=min(2.0**mail.tries, LONGEST_PAUSE_S))
        models.Mail.objects.filter(pk=mail.id).update(error=reason[:500])


def _postpone(mail_id: UUID, *, seconds: float) -> None:
    models.Mail.objects.filter(pk=mail_id).update(
        next_try_at=ClockTimestamp() + timedelta(seconds=seconds),
        updated_at=ClockTimestamp(),
        version=F("version") + 1,
        tries=F("tries") + 1,
    )
