"""What became of the mails about a run's orders: rows, and files in the mail folder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from loadtests.findings import Finding
from loadtests.ledger import Intent
from loadtests.witness import Databases, Unreachable

_ORDERS = "SELECT id::text, client_reference, status FROM orders.purchase"
_MAILS = "SELECT id::text, order_id::text, status, sent_at IS NOT NULL FROM notifications.mail"
_MESSAGE_ID = re.compile(rb"^Message-ID: <([^@>]+)@", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order, as far as its mails need it."""

    id: str
    mark: str | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as its service has it."""

    id: str
    order_id: str
    status: str
    is_sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailEvidence:
    """Orders and mails; `delivered` counts the files per mail, None where mails are no files."""

    orders: tuple[Order, ...] = ()
    mails: tuple[Mail, ...] = ()
    delivered: Mapping[str, int] | None = None


NO_MAILS = MailEvidence()
"""Of a run whose mails nobody judges."""


def hear_mails(databases: Databases, *, folder: Path | None) -> MailEvidence:
    """Ask for orders and mails, and count what is in the folder; raises Unreachable."""
    try:
        with databases.connect() as connections:
            found = tuple(
                Order(id=id_, mark=mark, status=status)
                for id_, mark, status in connections["orders"].execute(_ORDERS.encode())
            )
            mails = tuple(
                Mail(id=id_, order_id=order, status=status, is_sent=is_sent)
                for id_, order, status, is_sent in connections["notifications"].execute(
                    _MAILS.encode()
                )
            )
    except psycopg.Error as error:
        raise Unreachable(f"a database did not answer: {error}".strip()) from error
    delivered = None if folder is None or not folder.is_dir() else delivered_in(folder)
    return MailEvidence(orders=found, mails=mails, delivered=delivered)


def delivered_in(folder: Path) -> Mapping[str, int]:
    """Count the mails in a folder by the name in their Message-ID."""
    count: Counter[str] = Counter()
    for path in folder.iterdir():
        # A file that begins with a dot is still being written.
        if not path.name.startswith("."):
            count.update(name.decode() for name in _MESSAGE_ID.findall(path.read_bytes()))
    return count


def lost(ledger: Sequence[Intent], evidence: MailEvidence) -> Iterator[Finding]:
    """An order of this run without a mail about its beginning, or about where it stands now."""
    sent = {
        (mail.order_id, mail.status)
        for mail in evidence.mails
        if mail.is_sent and (evidence.delivered is None or evidence.delivered.get(mail.id))
    }
    for order in _of_the_run(ledger, evidence):
        for status in sorted({"placed", order.status}):
            if (order.id, status) not in sent:
                yield Finding(check="mails lost", key=order.id, detail=f"no mail about {status}")


def doubled(ledger: Sequence[Intent], evidence: MailEvidence) -> Iterator[Finding]:
    """Two mails about one status of an order, or one that was delivered twice."""
    ours = {order.id for order in _of_the_run(ledger, evidence)}
    mails = [mail for mail in evidence.mails if mail.order_id in ours]
    for (order, status), count in Counter((m.order_id, m.status) for m in mails).items():
        if count > 1:
            yield _doubled(order, f"{count} mails about {status}")
    for mail in mails:
        if (count := (evidence.delivered or {}).get(mail.id, 0)) > 1:
            yield _doubled(mail.order_id, f"the mail about {mail.status} was sent {count} times")


def _doubled(order: str, detail: str) -> Finding:
    return Finding(check="mails doubled", key=order, detail=detail)


def _of_the_run(ledger: Sequence[Intent], evidence: MailEvidence) -> list[Order]:
    # By what the client made unique: also an order whose answer was lost deserves its mail.
    marks = {intent.mark for intent in ledger if intent.mark is not None}
    return [order for order in evidence.orders if order.mark in marks]
