"""Send what was written, each mail at least once.

A mail is taken by moving its next try into the future, sent outside of every transaction, and
marked. Whoever dies in between leaves it to the next sender: it is then sent a second time, with
the same Message-ID, by which mail programs know it for what it is. A handover adds nothing to that:
the mails do not change hands while one of them is being sent.
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
from django.db.models import F
from django.db.models.expressions import CombinedExpression

from extracted.contracts.customers import Contact
from extracted.contracts.notifications import DOMAIN
from extracted.contracts.orders import Order
from extracted.contracts.problems import ProblemError
from monolith.customers import seam as customers
from monolith.notifications import actions, models
from monolith.notifications.facts import tell
from monolith.notifications.templates import Letter, compose
from monolith.outbox.clock import ClockTimestamp
from monolith.seams.fence import NotOwner, held, owned

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
    """Send up to `limit` mails whose time has come, oldest first; none while the service owns them.

    None is begun once `is_stopped` says so, or when the round has lasted for ROUND_S.
    """
    try:
        actions.write_noticed(limit=limit)
    except NotOwner:
        actions.forget_told()
        return Sent(sent=0, failed=0)
    ends: Counter[bool] = Counter()
    ends_at = time.monotonic() + ROUND_S
    while ends.total() < limit and time.monotonic() < ends_at and not is_stopped():
        was_sent = _send_next()
        if was_sent is None:
            break
        ends[was_sent] += 1
    return Sent(sent=ends[True], failed=ends[False])


def _send_next() -> bool | None:
    with held(DOMAIN) as is_ours:
        mail = _take() if is_ours else None
        return None if mail is None else _send(mail)


def _take() -> models.Mail | None:
    with owned(DOMAIN):
        # Two senders at once each find another mail.
        due = models.Mail.objects.select_for_update(skip_locked=True).filter(
            sent_at__isnull=True, next_try_at__lte=ClockTimestamp()
        )
        mail = due.order_by("next_try_at", "id").first()
        if mail is not None:
            # Counted here and nowhere else: a try that its sender does not survive is one, too.
            mail.tries += 1
            _change(mail, event="mail_taken", next_try_at=_in(LEASE_S), tries=mail.tries)
    return mail


def _send(mail: models.Mail) -> bool:
    try:
        contact = Contact.model_validate(mail.contact) if mail.contact else _looked_up(mail)
        order = Order.model_validate(mail.order)
        letter = compose(order, status=mail.status, name=contact.name)
        _message(mail, letter=letter, recipient=contact.email).send()
    # ValueError: an order or an address that no longer reads as one must not hold up the others.
    except (OSError, SMTPException, ProblemError, ValueError) as error:
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


def _looked_up(mail: models.Mail) -> Contact:
    customer = customers.contact(mail.customer_id)
    return Contact(name=customer.name, email=customer.email)


def _message(mail: models.Mail, *, letter: Letter, recipient: str) -> EmailMessage:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    return EmailMessage(
        subject=letter.subject,
        body=letter.text,
        to=[recipient],
        headers={"Message-ID": f"<{mail.id}@{domain}>"},
    )


def _note_success(mail: models.Mail, *, letter: Letter, recipient: str) -> None:
    with owned(DOMAIN):
        _change(
            mail,
            event="mail_sent",
            recipient=recipient,
            subject=letter.subject,
            text=letter.text,
            sent_at=ClockTimestamp(),
            error=None,
        )


def _note_failure(mail: models.Mail, *, reason: str) -> None:
    pause_s = min(2.0 ** min(mail.tries, LAST_DOUBLING), LONGEST_PAUSE_S)
    with owned(DOMAIN):
        _change(mail, event="mail_postponed", next_try_at=_in(pause_s), error=reason[:500])


def _change(mail: models.Mail, *, event: str, **values: Any) -> None:
    models.Mail.objects.filter(pk=mail.id).update(
        updated_at=ClockTimestamp(), version=F("version") + 1, **values
    )
    tell(event, [mail.id])


def _in(seconds: float) -> CombinedExpression:
    return ClockTimestamp() + timedelta(seconds=seconds)
