"""Send what was written, each mail at least once.

A mail is taken by moving its next try into the future, sent outside of every transaction, and
marked. Whoever dies in between leaves it to the next sender: it is then sent a second time, with
the same Message-ID, by which mail programs know it for what it is.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.db.models.expressions import CombinedExpression

from monolith.contracts.orders import Order
from monolith.customers.models import Customer
from monolith.notifications import models
from monolith.notifications.templates import Letter, compose
from monolith.writes.clock import ClockTimestamp

log = logging.getLogger(__name__)

LEASE_S = 60.0
LONGEST_PAUSE_S = 3600.0
# Past an hour by then; at 1024 tries a float would overflow.
LAST_DOUBLING = 12
# A mail server that is silent about all of them must not keep the other chores from their turn.
ROUND_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of the mails that were due."""

    sent: int
    failed: int


def send_due(*, limit: int, is_stopped: Callable[[], bool] = lambda: False) -> Sent:
    """Send up to `limit` mails whose time has come, oldest first.

    None is begun once `is_stopped` says so, or when the round has lasted for ROUND_S.
    """
    ends: Counter[bool] = Counter()
    ends_at = time.monotonic() + ROUND_S
    while ends.total() < limit and time.monotonic() < ends_at and not is_stopped():
        mail = _take()
        if mail is None:
            break
        ends[_send(mail)] += 1
    return Sent(sent=ends[True], failed=ends[False])


def _take() -> models.Mail | None:
    with transaction.atomic():
        # Two senders at once each find another mail.
        due = models.Mail.objects.select_for_update(skip_locked=True).filter(
            sent_at__isnull=True, next_try_at__lte=ClockTimestamp()
        )
        mail = due.order_by("next_try_at", "id").first()
        if mail is not None:
            # Counted here and nowhere else: a try that its sender does not survive is one, too.
            mail.tries += 1
            _change(mail, next_try_at=_in(LEASE_S), tries=mail.tries)
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
    except Exception as error:
        # Of addresses that the contract takes, the parser of the standard library cannot bear all: it
        # raises AttributeError and TypeError. One such mail must not hold up the others either.
        log.exception("mail cannot be sent", extra={"mail": str(mail.id)})
        _note_failure(mail, reason=repr(error))
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
    _change(
        mail,
        recipient=recipient,
        subject=letter.subject,
        text=letter.text,
        sent_at=ClockTimestamp(),
        error=None,
    )


def _note_failure(mail: models.Mail, *, reason: str) -> None:
    pause_s = min(2.0 ** min(mail.tries, LAST_DOUBLING), LONGEST_PAUSE_S)
    _change(mail, next_try_at=_in(pause_s), error=reason[:500])


def _change(mail: models.Mail, **values: Any) -> None:
    models.Mail.objects.filter(pk=mail.id).update(
        updated_at=ClockTimestamp(), version=F("version") + 1, **values
    )


def _in(seconds: float) -> CombinedExpression:
    return ClockTimestamp() + timedelta(seconds=seconds)
