"""Write and send mails, each at least once.

A mail is taken by moving its next try into the future, sent outside of every transaction, and
marked. Whoever dies in between leaves it to the next sender: it is then sent a second time, with the
same Message-ID.
"""

import logging
import time
from collections.abc import Callable
from smtplib import SMTPException
from typing import Any

from prometheus_client import Counter

from extracted.contracts.customers import Contact
from extracted.contracts.orders import Order
from extracted.notifications import store
from extracted.notifications.mailbox import Mailbox, message_of
from extracted.notifications.store import Plain
from extracted.notifications.templates import compose

LEASE_S = 60.0
LONGEST_PAUSE_S = 3600.0
# Past an hour by then; at 1024 tries a float would overflow.
LAST_DOUBLING = 12
AT_ONCE = 500
# A mail server that is silent about all of them must not keep the news that came meanwhile from being
# written, nor the probe from what is known of this process.
ROUND_S = 10.0

MAILS = Counter("notifications_mails_total", "Mails by what came of sending them", ["outcome"])

log = logging.getLogger(__name__)


def work(database: Plain, mailbox: Mailbox, *, is_stopped: Callable[[], bool]) -> None:
    """Do what is due.

    No mail is begun once `is_stopped` says so, or when the round has lasted for ROUND_S.
    """
    while store.write_noticed(database, limit=AT_ONCE) and not is_stopped():
        pass
    ends_at = time.monotonic() + ROUND_S
    for _ in range(AT_ONCE):
        if time.monotonic() >= ends_at or is_stopped():
            break
        mail = store.take(database, lease_s=LEASE_S)
        if mail is None:
            break
        _send(database, mailbox, mail)


def _send(database: Plain, mailbox: Mailbox, mail: dict[str, Any]) -> None:
    try:
        contact = Contact.model_validate(mail["contact"])
        letter = compose(
            Order.model_validate(mail["about"]), status=mail["status"], name=contact.name
        )
        mailbox.put(message_of(letter, mail_id=mail["id"], recipient=contact.email))
    # ValueError: nobody to write to, or an order that no longer reads as one, must not hold up the
    # others.
    except (OSError, SMTPException, ValueError) as error:
        log.warning("mail was not sent", extra={"mail": str(mail["id"]), "reason": str(error)})
        _postpone(database, mail, reason=str(error))
        return
    except Exception as error:
        # Of addresses that the contract takes, the parser of the standard library cannot bear all: it
        # raises AttributeError and TypeError. One such mail must not hold up the others either.
        log.exception("mail cannot be sent", extra={"mail": str(mail["id"])})
        _postpone(database, mail, reason=repr(error))
        return
    store.note_sent(
        database,
        mail["id"],
        recipient=contact.email,
        subject=letter.subject,
        text=letter.text,
    )
    MAILS.labels("sent").inc()


def _postpone(database: Plain, mail: dict[str, Any], *, reason: str) -> None:
    pause_s = min(2.0 ** min(mail["tries"], LAST_DOUBLING), LONGEST_PAUSE_S)
    store.postpone(database, mail["id"], seconds=pause_s, reason=reason)
    MAILS.labels("postponed").inc()
