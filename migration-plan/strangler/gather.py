"""Finds out the facts about a seam."""

from handover.active import RELAY_LOCK
from handover.operator import Hand
from strangler.facts import Facts, SideFacts

PROTOCOL_LOCK_SPACE = 4711
_FENCED = """
SELECT t.tgrelid::regclass::text AS name FROM pg_trigger t
 WHERE t.tgname = 'handover_fence' AND t.tgenabled IN ('O', 'A')
   AND t.tgargs = convert_to(%s, 'UTF8') || '\\x00'::bytea
 ORDER BY name
"""


def gather(hand: Hand, domain: str) -> Facts:
    """Ask the monolith's database about a domain; raises NotRegisteredError."""
    return Facts(
        stage=_stage(hand, domain),
        monolith=_side(hand, domain),
        recorded=hand.stream_end(domain),
        unpublished=hand.outbox_depth(domain),
        fenced=tuple(row["name"] for row in hand.connection.execute(_FENCED, (domain,))),
    )


def _stage(hand: Hand, domain: str) -> str:
    row = hand.connection.execute(
        "SELECT stage FROM handover.seam WHERE domain = %s", (domain,)
    ).fetchone()
    # A domain without a row has not begun to move.
    return str(row["stage"]) if row else "monolith"


def _side(hand: Hand, domain: str) -> SideFacts:
    ownership = hand.ownership(domain)
    return SideFacts(
        mode=ownership.mode,
        epoch=ownership.epoch,
        capture=ownership.capture,
        longest_transaction_s=_longest_transaction_s(hand),
        is_relay_at_work=RELAY_LOCK in _locks_held(hand),
    )


def _longest_transaction_s(hand: Hand) -> float | None:
    # To others pg_stat_activity shows sessions without their times, which would read as "none".
    row = hand.connection.execute(
        "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS may_see"
    ).fetchone()
    return hand.longest_transaction_s() if row and row["may_see"] else None


def _locks_held(hand: Hand) -> set[int]:
    # Whoever works holds the lock; a process that answers /healthz may only be standing by.
    rows = hand.connection.execute(
        "SELECT objid::bigint AS lock FROM pg_locks WHERE locktype = 'advisory' AND granted "
        "AND classid::bigint = %s AND objsubid = 2 AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())",
        (PROTOCOL_LOCK_SPACE,),
    )
    return {row["lock"] for row in rows}
