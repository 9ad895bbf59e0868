"""Write and send mails, each at least once.

A mail is taken by moving its next try into the future, sent outside of every transaction, and
marked. Whoever dies in between leaves it to the next sender: it is then sent a second time, with the
same Message-ID.
"""

import logging
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
AT_ONCE = 500

MAILS = Counter("notifications_mails_total", "Mails by what came of sending them", ["outcome"])

log = logging.getLogger(__name__)


def work(database: Plain, mailbox: Mailbox) -> None:
    """Do what is due."""
    while store.write_noticed(database, limit=AT_ONCE):
        pass
    for _ in range(AT_ONCE):
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
        pause_s = min(2.0 ** mail["tries"], LONGEST_PAUSE_S)
        store.postpone(database, mail["id"], seconds=pause_s, reason=str(error))
        MAILS.labels("postponed").inc()
        return
    store.note_sent(
        database,
        mail["id"],
        recipient=contact.email,
        subject=letter.subject,
        text=letter.text,
    )
    MAILS.labels("sent").inc()
