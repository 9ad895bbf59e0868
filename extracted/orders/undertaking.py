"""What takes several transactions: where it stands, who works on it, and how it goes on."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, LiteralString, Self, TypeVar
from uuid import UUID

from psycopg import sql
from pydantic import BaseModel

from extracted.chassis.database import Connection, Database
from extracted.chassis.owned import Owned, write
from extracted.contracts.orders import DOMAIN
from extracted.contracts.payments import PaymentUncertain
from extracted.contracts.rpc import Unanswered

T = TypeVar("T")
log = logging.getLogger(__name__)

# Longer than a provider takes to answer, shorter than a customer's patience with a crashed one.
LEASE_S = 60.0
# After an uncertain answer: give the other a moment before it is asked again.
UNCERTAIN_S = 10.0


class Step(StrEnum):
    """What a checkout has behind it; a refund is begun, done or failed."""

    BEGUN = "begun"
    RESERVED = "reserved"
    AUTHORIZED = "authorized"
    PLACED = "placed"
    CONFIRMED = "confirmed"
    DONE = "done"
    UNDOING = "undoing"
    FAILED = "failed"


class Overtaken(Exception):
    """Somebody else took this over, because we were too slow."""


@dataclass(slots=True, kw_only=True)
class Undertaking:
    """A row of a saga; `values` are the columns of its kind."""

    table: ClassVar[LiteralString]
    columns: ClassVar[tuple[LiteralString, ...]]

    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return a column."""
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def is_ended(self) -> bool:
        """Whether nothing is left to do."""
        return self.values["step"] in {Step.DONE, Step.FAILED}

    @classmethod
    def find(cls, connection: Connection, condition: LiteralString, *values: Any) -> Self | None:
        """Return the first row that meets a condition."""
        statement = sql.SQL("SELECT {} FROM {} WHERE {}").format(
            sql.SQL(", ").join(map(sql.Identifier, cls.columns)),
            sql.Identifier("orders", cls.table),
            sql.SQL(condition),
        )
        row = connection.execute(statement, values).fetchone()
        return cls(values=dict(zip(cls.columns, row, strict=True))) if row else None

    def insert(self, owned: Owned) -> None:
        """Write the row of a new one, and tell."""
        given = [name for name in self.columns if name in self.values]
        statement = sql.SQL(
            "INSERT INTO {} ({}, leased_until) VALUES ({}, {}) RETURNING version, created_at"
        ).format(
            sql.Identifier("orders", self.table),
            sql.SQL(", ").join(map(sql.Identifier, given)),
            sql.SQL(", ").join(sql.Placeholder() * len(given)),
            _later(LEASE_S),
        )
        row = owned.connection.execute(statement, [self.values[name] for name in given]).fetchone()
        assert row is not None  # noqa: S101 - RETURNING returns
        self.values["version"], self.values["created_at"] = row
        self.tell(owned)

    def move(self, owned: Owned, step: Step, **changes: Any) -> None:
        """Note the next step in an open write transaction; raises Overtaken."""
        self._change(owned, seconds=LEASE_S, step=step.value, **changes)

    def lease(self, owned: Owned, *, seconds: float) -> None:
        """Work on it for so long, or leave it alone for so long; raises Overtaken."""
        self._change(owned, seconds=seconds)

    def move_alone(self, database: Database, step: Step, **changes: Any) -> None:
        """Note the next step in a transaction of its own; raises Overtaken."""
        self.write(database, lambda owned: self.move(owned, step, **changes))

    def write(self, database: Database, work: Callable[[Owned], T]) -> T:
        """Do `work`, which changes this row, in one write transaction; raises Overtaken."""
        before = self.values

        def again(owned: Owned) -> T:
            # A transaction that is tried again finds the row as it was.
            self.values = before
            return work(owned)

        return write(database, DOMAIN, again)

    def tell(self, owned: Owned) -> None:
        """Say how far this is."""
        event, payload = self.news()
        owned.say(event, aggregate_id=self.id, payload=payload, rows={self.table: [self.id]})

    def news(self) -> tuple[str, BaseModel]:
        """Name the event, and what it says."""
        raise NotImplementedError

    def _change(self, owned: Owned, *, seconds: float, **changes: Any) -> None:
        # By version: one who lost the lease must not go on beside the one who has it now.
        statement = sql.SQL(
            "UPDATE {table} SET version = version + 1, leased_until = {until}, "
            "updated_at = clock_timestamp(){sets} WHERE id = %s AND version = %s"
        ).format(
            table=sql.Identifier("orders", self.table),
            until=_later(seconds),
            sets=sql.SQL("").join(
                sql.SQL(", {} = %s").format(sql.Identifier(name)) for name in changes
            ),
        )
        values = (*changes.values(), self.id, self.version)
        if owned.connection.execute(statement, values).rowcount != 1:
            raise Overtaken
        self.values = {**self.values, **changes, "version": self.version + 1}
        self.tell(owned)


def go_on(database: Database, row: Undertaking, run: Callable[[], None]) -> None:
    """Run what is left to do, as far as it goes now; the lease is ours."""
    try:
        run()
    except (PaymentUncertain, Unanswered) as uncertain:
        log.warning("only time helps", extra={"reason": str(uncertain)})
        with suppress(Overtaken):
            row.write(database, lambda owned: row.lease(owned, seconds=UNCERTAIN_S))
    except Overtaken:
        with database.transaction() as connection:
            now = type(row).find(connection, "id = %s", row.id)
        row.values = now.values if now else row.values


def claim(database: Database, kind: type[Undertaking], *, only: UUID | None = None) -> Any:
    """Take over what nobody works on, the one that has waited longest; None when there is none."""
    condition: LiteralString = (
        "step NOT IN ('done', 'failed') AND leased_until < statement_timestamp() "
        "AND (%s::uuid IS NULL OR id = %s) ORDER BY leased_until LIMIT 1 FOR UPDATE SKIP LOCKED"
    )

    def work(owned: Owned) -> Undertaking | None:
        row = kind.find(owned.connection, condition, only, only)
        if row is not None:
            row.lease(owned, seconds=LEASE_S)
        return row

    return write(database, DOMAIN, work)


def _later(seconds: float) -> sql.Composed:
    return sql.SQL("clock_timestamp() + make_interval(secs => {})").format(sql.Literal(seconds))
