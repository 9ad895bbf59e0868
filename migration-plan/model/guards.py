"""The guards of the protocol, one switch each: a mutant is the protocol with a switch off."""

from dataclasses import dataclass

from model.places import (
    APPLY,
    APPLYING,
    CONFIRMS,
    DIGEST_SQL,
    FENCE_SQL,
    GRANT,
    MOVES,
    RELAY,
    RELEASE_SQL,
    WRITES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """All on is the protocol."""

    lock: bool = True
    atomic_release: bool = True
    in_stream: bool = True
    dedupe: bool = True
    gap_stop: bool = True
    records_move: bool = True
    burn: bool = True
    token_known: bool = True
    epoch_check: bool = True
    digest: bool = True
    version_guard: bool = True
    tombstones: bool = True
    confirms: bool = True


ALL = Guards()
# Where the code has each of them.
STANDS_AT = {
    "lock": (f"{FENCE_SQL}:handover.enter", f"{RELEASE_SQL}:handover.release"),
    "atomic_release": (f"{RELEASE_SQL}:handover.release",),
    "in_stream": (f"{RELEASE_SQL}:handover.release", f"{APPLY}:DomainApplier._write"),
    "dedupe": (f"{APPLY}:_next_in_order",),
    "gap_stop": (f"{APPLY}:_next_in_order",),
    "records_move": (
        f"{WRITES}:_record_fact",
        "monolith/catalog/facts.py:_command",
    ),
    "burn": (f"{MOVES}:_reclaim", f"{RELEASE_SQL}:handover.burn"),
    "token_known": (f"{MOVES}:hand_over",),
    "epoch_check": (f"{GRANT}:_is_expected",),
    "digest": (f"{DIGEST_SQL}:handover.tail_digest", f"{GRANT}:accept"),
    "version_guard": (f"{APPLYING}:_when_newer",),
    "tombstones": (f"{APPLYING}:_unless_buried", f"{APPLYING}:delete_sql"),
    "confirms": (f"{CONFIRMS}:ConfirmWindow.wait", f"{RELAY}:Relay.carry"),
}
