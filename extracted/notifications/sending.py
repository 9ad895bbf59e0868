"""Write and send the mails that are ours, each mail at least once.

A mail is taken by moving its next try into the future, sent outside of every transaction, and
marked. Whoever dies in between leaves it to the next sender: it is then sent a second time, with the
same Message-ID. A handover adds nothing to that: the mails do not change hands while one of them is
being sent.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from smtplib import SMTPException
from typing import Any

import psycopg
from prometheus_client import Counter

from extracted.contracts.customers import Contact
from extracted.contracts.notifications import DOMAIN
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
NOT_OWNER_STATE = "DM001"
# The lock of handover.enter(): writers share it, a release wants it alone.
_DOOR = "4711, handover.lock_key(%s)"

MAILS = Counter("notifications_mails_total", "Mails by what came of sending them", ["outcome"])

log = logging.getLogger(__name__)


def work(database: Plain, mailbox: Mailbox, *, is_stopped: Callable[[], bool]) -> bool:
    """Do what is due; return whether the mails are ours.

    No mail is begun once `is_stopped` says so, or when the round has lasted for ROUND_S.
    """
    try:
        while store.write_noticed(database, limit=AT_ONCE) and not is_stopped():
            pass
    except psycopg.Error as error:
        if error.sqlstate != NOT_OWNER_STATE:
            raise
        return False
    ends_at = time.monotonic() + ROUND_S
    for _ in range(AT_ONCE):
        if time.monotonic() >= ends_at or is_stopped() or _send_next(database, mailbox) is None:
            break
    return True


def _send_next(database: Plain, mailbox: Mailbox) -> bool | None:
    with _held(database) as is_ours:
        mail = store.take(database, lease_s=LEASE_S) if is_ours else None
        return None if mail is None else _send(database, mailbox, mail)


def _send(database: Plain, mailbox: Mailbox, mail: dict[str, Any]) -> bool:
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
        return False
    except Exception as error:
        # Of addresses that the contract takes, the parser of the standard library cannot bear all: it
        # raises AttributeError and TypeError. One such mail must not hold up the others either.
        log.exception("mail cannot be sent", extra={"mail": str(mail["id"])})
        _postpone(database, mail, reason=repr(error))
        return False
    store.note_sent(
        database,
        mail["id"],
        recipient=contact.email,
        subject=letter.subject,
        text=letter.text,
    )
    MAILS.labels("sent").inc()
    return True


def _postpone(database: Plain, mail: dict[str, Any], *, reason: str) -> None:
    pause_s = min(2.0 ** min(mail["tries"], LAST_DOUBLING), LONGEST_PAUSE_S)
    store.postpone(database, mail["id"], seconds=pause_s, reason=reason)
    MAILS.labels("postponed").inc()


@contextmanager
def _held(database: Plain) -> Iterator[bool]:
    """Keep the mails here while one is sent, without a transaction; False when they are not ours.

    The lock is the session's: a release waits for its end, and it ends with this process. Tried, not
    waited for: while a release waits, its turn comes first.
    """
    tried = database.execute(
        f"SELECT pg_try_advisory_lock_shared({_DOOR}) AS is_held", (DOMAIN,)
    ).fetchone()
    if not tried or not tried["is_held"]:
        yield False
        return
    try:
        # A statement of its own: it must see what was committed before we had the lock.
        row = database.execute(
            "SELECT mode FROM handover.ownership WHERE domain = %s AND bucket = 0", (DOMAIN,)
        ).fetchone()
        yield bool(row and row["mode"] == "OWNER")
    finally:
        if not database.broken:
            database.execute(f"SELECT pg_advisory_unlock_shared({_DOOR})", (DOMAIN,))
