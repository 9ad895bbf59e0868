"""An operator's hand on one side: what may be asked of its database with role `strangler`.

Every method is one SQL function or one query; safety lives there, not here.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, class_row, dict_row

from handover.keepalive import NOTICE_THE_DEAD
from handover.standing import Chunk, Lag, NotRegisteredError, Ownership, Release, Seam, Side


class Hand(AbstractContextManager["Hand"]):
    """One side's database in the hand of an operator."""

    def __init__(self, connection: psycopg.Connection[DictRow], *, side: Side) -> None:
        self.connection = connection
        self.side = side

    @classmethod
    def connect(cls, url: str, *, side: Side) -> Self:
        """Connect with role `strangler`; raises psycopg.OperationalError after 5 s at most."""
        connection = psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=5,
            application_name="strangler",
            # A host that vanishes must not leave an operator waiting for TCP.
            tcp_user_timeout=10_000,
            options=f"-c TimeZone=UTC -c statement_timeout=60000 {NOTICE_THE_DEAD}",
        )
        return cls(connection, side=side)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.connection.close()

    def _one(self, query: str, *parameters: object) -> dict[str, Any] | None:
        return self.connection.execute(query, parameters).fetchone()

    def _value(self, query: str, *parameters: object) -> Any:
        row = self._one(query, *parameters)
        return None if row is None else next(iter(row.values()))

    def ownership(self, domain: str) -> Ownership:
        """Read who owns; raises NotRegisteredError."""
        cursor = self.connection.cursor(row_factory=class_row(Ownership))
        row = cursor.execute(
            "SELECT mode, epoch, capture, changed_at FROM handover.ownership "
            "WHERE domain = %s AND bucket = 0",
            (domain,),
        ).fetchone()
        if row is None:
            msg = f"{self.side}: domain {domain!r} is not registered"
            raise NotRegisteredError(msg)
        return row

    def seam(self, domain: str) -> Seam:
        """Read where the seam stands; one that was never moved stands at `monolith`."""
        cursor = self.connection.cursor(row_factory=class_row(Seam))
        row = cursor.execute(
            "SELECT stage, read_weight, shadow_sample, changed_at FROM handover.seam "
            "WHERE domain = %s",
            (domain,),
        ).fetchone()
        since = self.ownership(domain).changed_at
        return row or Seam(stage="monolith", read_weight=0, shadow_sample=0, changed_at=since)

    def place_seam(
        self, domain: str, *, stage: str, read_weight: int, shadow_sample: float | None = None
    ) -> None:
        """Say where the seam stands, and what share of reads is compared (None: as before)."""
        query = "SELECT handover.place_seam(%s, %s, %s, %s::real)"
        self._one(query, domain, stage, read_weight, shadow_sample)

    def start_capture(self, domain: str, *, lock_timeout_ms: int = 500) -> bool:
        """Switch the change stream on, beginning with a reset; False when it was on already."""
        return bool(self._value("SELECT handover.start_capture(%s, %s)", domain, lock_timeout_ms))

    def stop_capture(self, domain: str, *, lock_timeout_ms: int = 500) -> bool:
        """Switch the change stream off; False when it was off already."""
        return bool(self._value("SELECT handover.stop_capture(%s, %s)", domain, lock_timeout_ms))

    def entities(self, domain: str) -> list[str]:
        """List the entities of a domain in the order of their foreign keys."""
        rows = self.connection.execute(
            "SELECT name FROM handover.entity WHERE domain = %s ORDER BY position", (domain,)
        )
        return [row["name"] for row in rows]

    def row_count(self, domain: str, entity: str) -> int:
        """Count the rows of an entity."""
        view = sql.Identifier("handover", f"image_{domain}_{entity}")
        query = sql.SQL("SELECT count(*) AS n FROM {}").format(view)
        row = self.connection.execute(query).fetchone()
        return int(row["n"]) if row else 0

    def snapshot_chunk(self, domain: str, entity: str, rows: int) -> Chunk:
        """Put the next rows into the stream; one transaction, so a crash repeats at most one."""
        row = self._one("SELECT * FROM handover.snapshot_chunk(%s, %s, %s)", domain, entity, rows)
        if row is None:
            msg = "snapshot_chunk answered nothing"
            raise RuntimeError(msg)
        return Chunk(**row)

    def backfill_progress(self, domain: str) -> Mapping[str, dict[str, Any]]:
        """Return row_count, started_at and finished_at per entity that was begun."""
        rows = self.connection.execute(
            "SELECT entity, row_count, started_at, finished_at FROM handover.backfill "
            "WHERE domain = %s",
            (domain,),
        )
        return {row["entity"]: row for row in rows}

    def resend_rows(self, domain: str, entity: str, keys: Sequence[UUID]) -> int:
        """Send named rows again as they are now; return how many exist."""
        return int(
            self._value("SELECT handover.resend_rows(%s, %s, %s)", domain, entity, list(keys))
        )

    def resend_stream(self, domain: str, *, since_sequence: int) -> int:
        """Publish again from a sequence on; return how many messages."""
        return int(self._value("SELECT handover.resend_stream(%s, %s)", domain, since_sequence))

    def try_way(self, domain: str) -> int:
        """Send a message that changes nothing; return its number, which the other side will reach."""
        return int(self._value("SELECT handover.try_way(%s)", domain))

    def prepare_release(self, domain: str) -> None:
        """Have this session load what the digest needs now, and not while all writers wait for it."""
        self._value("SELECT row_count FROM handover.tail_digest(%s, 'infinity')", domain)

    def release(
        self, domain: str, *, epoch: int, lock_timeout_ms: int, tail_s: float = 15.0
    ) -> Release:
        """Give the writes away. psycopg.errors.LockNotAvailable: nothing happened, try again."""
        cursor = self.connection.cursor(row_factory=class_row(Release))
        row = cursor.execute(
            "SELECT * FROM handover.release(%s, %s, %s, make_interval(secs => %s))",
            (domain, epoch, lock_timeout_ms, tail_s),
        ).fetchone()
        if row is None:
            msg = "release answered nothing"
            raise RuntimeError(msg)
        return row

    def burn(self, domain: str, *, epoch: int) -> bool:
        """Refuse a token for ever (receiver's side); False when it was accepted already."""
        return bool(self._value("SELECT handover.burn(%s, %s)", domain, epoch))

    def retake(self, domain: str, *, epoch: int) -> bool:
        """Take a burned token back (sender's side)."""
        return bool(self._value("SELECT handover.retake(%s, %s)", domain, epoch))

    def outbox_depth(self, domain: str) -> int:
        """Count the messages the broker has not confirmed yet."""
        query = "SELECT count(*) FROM handover.outbox WHERE domain = %s AND published_at IS NULL"
        return int(self._value(query, domain))

    def stream_sequence(self, domain: str) -> int:
        """Return the number of the last message of this side's stream."""
        query = "SELECT last_sequence FROM handover.stream WHERE domain = %s"
        return int(self._value(query, domain) or 0)

    def stream_end(self, domain: str) -> int:
        """Return the number that the last message committed here has, or will get from the relay."""
        return int(self._value("SELECT handover.stream_end(%s)", domain) or 0)

    def inbox_sequence(self, domain: str) -> int:
        """Return the number of the last message this side has applied."""
        query = "SELECT last_sequence FROM handover.inbox WHERE domain = %s"
        return int(self._value(query, domain) or 0)

    def comparisons(self, domain: str) -> list[dict[str, Any]]:
        """Return what shadow reads found, per route; of a database of before less is known."""
        rows = self.connection.execute(
            "SELECT to_jsonb(c) - 'domain' AS found FROM handover.comparison c "
            "WHERE domain = %s ORDER BY route",
            (domain,),
        )
        later: dict[str, Any] = {"agreed": 0, "excused": 0, "noisy": 0, "excuse": None}
        return [{**later, **row["found"]} for row in rows]

    def refused_grants(self, domain: str) -> list[dict[str, Any]]:
        """Return the tokens this side did not accept."""
        return self.connection.execute(
            "SELECT epoch, reason, promised, found, refused_at FROM handover.refused_grant "
            "WHERE domain = %s ORDER BY epoch",
            (domain,),
        ).fetchall()

    def longest_transaction_s(self) -> float:
        """Return the age of the oldest open transaction of this database that has written."""
        return float(
            self._value(
                "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) "
                "FROM pg_stat_activity WHERE datname = current_database() "
                "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        )


def lag(giver: Hand, taker: Hand, domain: str) -> Lag:
    """Tell how far `taker` is behind `giver`'s stream; never less than it is."""
    applied = taker.inbox_sequence(domain)
    # One statement: between two, the relay could number a fact that neither then counts.
    row = giver.connection.execute(
        "SELECT last_sequence, handover.stream_end(domain) AS stream_end "
        "FROM handover.stream WHERE domain = %s",
        (domain,),
    ).fetchone()
    if row is None:
        msg = f"{giver.side}: domain {domain!r} is not registered"
        raise NotRegisteredError(msg)
    return Lag(
        unpublished=row["stream_end"] - row["last_sequence"],
        in_flight=max(0, row["last_sequence"] - applied),
    )
