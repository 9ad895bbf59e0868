"""Accepting the token: the receiver's half of a handover."""

import json
import logging

import psycopg
from psycopg.rows import DictRow

from handover.wire import StreamMessage

log = logging.getLogger(__name__)

_DIGEST = "SELECT row_count, digest::text AS digest FROM handover.tail_digest(%s, %s::timestamptz)"


def prepare(database: psycopg.Connection[DictRow], domain: str) -> None:
    """Have this session load what a token asks for now, and not while nobody owns the writes.

    Nothing depends on it: what is in its way is the token's to meet, and no other domain's.
    """
    try:
        database.execute(_DIGEST, (domain, "infinity"))
    except psycopg.DatabaseError:
        log.warning("a token would be refused", extra={"domain": domain}, exc_info=True)


def accept(database: psycopg.Connection[DictRow], message: StreamMessage) -> bool:
    """Become the owner, inside the transaction that applies the stream up to the token.

    Refused (and remembered in `handover.refused_grant`) when this side's rows do not have the
    digest the token promises. Ignored when the token was burned or belongs to an older epoch.
    """
    if not _is_expected(database, message):
        _refuse(database, message, reason="burned or stale", found={})
        return False
    promised = message.payload
    found = database.execute(_DIGEST, (message.domain, promised["since"])).fetchone()
    if found is None or any(found[name] != promised[name] for name in ("row_count", "digest")):
        _refuse(database, message, reason="digest differs", found=dict(found or {}))
        return False
    taken = database.execute(
        "UPDATE handover.ownership SET mode = 'OWNER', epoch = %(epoch)s, capture = true, "
        "changed_at = clock_timestamp() WHERE domain = %(domain)s AND bucket = 0 "
        "AND mode <> 'OWNER' AND epoch = %(epoch)s - 1",
        {"domain": message.domain, "epoch": message.epoch},
    )
    # Every snapshot stands before the token in the stream: nothing can resurrect a row any more.
    database.execute("DELETE FROM handover.tombstone WHERE domain = %s", (message.domain,))
    log.info("token accepted", extra={"domain": message.domain, "epoch": message.epoch})
    return taken.rowcount == 1


def _is_expected(database: psycopg.Connection[DictRow], message: StreamMessage) -> bool:
    # FOR UPDATE: a burn that runs at the same moment is decided by who gets the row first.
    row = database.execute(
        "SELECT mode, epoch FROM handover.ownership WHERE domain = %s AND bucket = 0 FOR UPDATE",
        (message.domain,),
    ).fetchone()
    return row is not None and row["mode"] != "OWNER" and row["epoch"] == message.epoch - 1


def _refuse(
    database: psycopg.Connection[DictRow],
    message: StreamMessage,
    *,
    reason: str,
    found: dict[str, object],
) -> None:
    log.error("token refused", extra={"domain": message.domain, "reason": reason, "found": found})
    database.execute(
        "INSERT INTO handover.refused_grant (domain, epoch, reason, promised, found) "
        "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (domain, epoch) DO NOTHING",
        (
            message.domain,
            message.epoch,
            reason,
            json.dumps(message.payload),
            json.dumps(found),
        ),
    )
