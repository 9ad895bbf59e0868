"""PostgreSQL for workers: a bounded pool that opens with the container and never blocks the hub."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from nameko.extensions import DependencyProvider
from psycopg_pool import ConnectionPool, PoolTimeout

from extracted.chassis.config import Settings
from extracted.chassis.health import NotReady

Connection = psycopg.Connection[tuple[Any, ...]]
Parameters = Mapping[str, Any] | Sequence[Any] | None

# What a connection says when it is gone: nothing, or that the server stops or starts.
_BROKEN = (None, "57P01", "57P02", "57P03")

POOL_TIMEOUT_S = 2.0
CONNECT_TIMEOUT_S = 3

log = logging.getLogger(__name__)


def is_away(error: BaseException) -> bool:
    """Say whether no connection could be had or kept, whatever was to be done with it."""
    return isinstance(error, psycopg.OperationalError) and error.sqlstate in _BROKEN


def one(cursor: psycopg.Cursor[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return the row that a statement cannot but return; raises LookupError."""
    row = cursor.fetchone()
    if row is None:
        msg = "the statement returned no row"
        raise LookupError(msg)
    return row


class Database:
    """Reads in one statement each, writes in transactions."""

    def __init__(self, settings: Settings) -> None:
        timeout_ms = int(settings.statement_timeout_s * 1000)
        self._pool = ConnectionPool(
            settings.database_url,
            min_size=2,
            max_size=settings.max_connections,
            open=False,
            timeout=POOL_TIMEOUT_S,
            # One connection is given up in such a time: what a stall opened is not kept for hours.
            max_idle=15.0,
            name=settings.service,
            kwargs={
                # A read needs no BEGIN and COMMIT around its one statement.
                "autocommit": True,
                "application_name": f"{settings.service}:{settings.port}",
                "connect_timeout": CONNECT_TIMEOUT_S,
                # A worker that gives up leaves its query running: the server must end it itself.
                "options": f"-c statement_timeout={timeout_ms}"
                f" -c idle_in_transaction_session_timeout={timeout_ms + 1000}",
            },
        )

    def open(self) -> None:
        """Begin to connect; a database that is away is readiness's business, not the start's."""
        self._pool.open(wait=False)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close(timeout=1.0)

    def read(
        self, query: Any, parameters: Parameters = None, *, is_planned_anew: bool = False
    ) -> list[tuple[Any, ...]]:
        """Run one reading statement; on a connection that turns out broken, once more.

        `is_planned_anew`: no prepared plan, for a query whose best plan hangs on its parameters.
        """
        try:
            return self._read(query, parameters, is_planned_anew=is_planned_anew)
        except psycopg.OperationalError as error:
            if isinstance(error, PoolTimeout | psycopg.errors.QueryCanceled):
                raise
            log.info("reading again on another connection", extra={"reason": repr(error)})
            self._pool.check()
            return self._read(query, parameters, is_planned_anew=is_planned_anew)

    def has_mended(self, error: psycopg.Error) -> bool:
        """Say whether a connection broke, and not the work on it; then no other is broken now."""
        if not is_away(error) or isinstance(error, PoolTimeout):
            return False
        log.info("mending connections", extra={"reason": repr(error)})
        self._pool.check()
        return True

    def _read(
        self, query: Any, parameters: Parameters, *, is_planned_anew: bool
    ) -> list[tuple[Any, ...]]:
        with self._pool.connection() as connection:
            # None: psycopg prepares what it has seen often.
            prepare = False if is_planned_anew else None
            return connection.execute(query, parameters, prepare=prepare).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a READ COMMITTED transaction that commits at the end, or leaves nothing behind."""
        with self._pool.connection() as connection, connection.transaction():
            yield connection


class DatabaseProvider(DependencyProvider):
    """Gives workers the container's Database."""

    database: Database

    def setup(self) -> None:
        """Build the pool, unopened."""
        self.database = Database(self.container.config["SETTINGS"])

    def start(self) -> None:
        """Open the pool."""
        self.database.open()

    def stop(self) -> None:
        """Close the pool; no worker runs any more."""
        self.database.close()

    def kill(self) -> None:
        """Close the pool."""
        self.database.close()

    def get_dependency(self, _: Any) -> Database:
        """Return the Database."""
        return self.database

    def check_ready(self) -> None:
        """Raise NotReady when the database does not answer."""
        try:
            self.database.read("SELECT 1")
        except psycopg.Error as error:
            raise NotReady(type(error).__name__) from error
