"""An operator's hand on one side: what may be asked of its database with role `strangler`.

Every method is one SQL function or one query; safety lives there, not here.
"""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.rows import DictRow, class_row, dict_row

from handover.keepalive import NOTICE_THE_DEAD
from handover.standing import NotRegisteredError, Ownership, Side


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

    def domains(self) -> list[str]:
        """List the domains that are registered."""
        rows = self.connection.execute(
            "SELECT domain FROM handover.ownership WHERE bucket = 0 ORDER BY domain"
        )
        return [row["domain"] for row in rows]

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

    def start_capture(self, domain: str, *, lock_timeout_ms: int = 500) -> bool:
        """Switch the change stream on, beginning with a reset; False when it was on already."""
        return bool(self._value("SELECT handover.start_capture(%s, %s)", domain, lock_timeout_ms))

    def stop_capture(self, domain: str, *, lock_timeout_ms: int = 500) -> bool:
        """Switch the change stream off; False when it was off already."""
        return bool(self._value("SELECT handover.stop_capture(%s, %s)", domain, lock_timeout_ms))

    def outbox_depth(self, domain: str) -> int:
        """Count the messages the broker has not confirmed yet."""
        query = "SELECT count(*) FROM handover.outbox WHERE domain = %s AND published_at IS NULL"
        return int(self._value(query, domain))

    def stream_sequence(self, domain: str) -> int:
        """Return the number of the last message of this side's stream."""
        query = "SELECT last_sequence FROM handover.stream WHERE domain = %s"
        return int(self._value(query, domain) or 0)

    def stream_end(self, domain: str) -> int:
        """Return how far this side's stream reaches, facts without a number included."""
        return int(self._value("SELECT handover.stream_end(%s)", domain) or 0)

    def longest_transaction_s(self) -> float:
        """Return the age of the oldest open transaction of this database that has written."""
        return float(
            self._value(
                "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) "
                "FROM pg_stat_activity WHERE datname = current_database() "
                "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        )
