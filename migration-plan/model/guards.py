"""The guards of the protocol, one switch each: a mutant is the protocol with a switch off."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """All on is the protocol. The comments say where the code has each."""

    lock: bool = True  # 0002_fence.sql: enter() shared; 0004_token.sql: release() exclusive
    atomic_release: bool = True  # 0004_token.sql: mode and token in one transaction
    in_stream: bool = True  # 0004_token.sql: the token is a row of the outbox
    dedupe: bool = True  # apply.py: _next_in_order() leaves out what was applied
    gap_stop: bool = True  # apply.py: _next_in_order() stops before a gap
    records_move: bool = True  # writes.py, facts.py: the command travels in its fact
    burn: bool = True  # moves.py: _reclaim() burns before it retakes
    token_known: bool = True  # moves.py: only the epoch of a release is awaited and burned
    epoch_check: bool = True  # grant.py: _is_expected()
    digest: bool = True  # grant.py: tail_digest compared with the token's
    version_guard: bool = True  # entities.py: put_sql() only what is newer
    tombstones: bool = True  # entities.py: put_sql() unless it is buried
    confirms: bool = True  # confirms.py: marked only when all of the window is confirmed


ALL = Guards()
