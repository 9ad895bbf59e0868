"""What a batch of a domain's stream does to this side's tables."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import DictRow

from handover import applying
from handover.entities import Entity
from handover.grant import accept
from handover.wire import StreamMessage

log = logging.getLogger(__name__)
Image = dict[str, Any]


class UnknownKindError(RuntimeError):
    """The stream speaks of a kind this version does not know; a newer one will apply it."""


class NotAReplicaError(RuntimeError):
    """The stream asks this side to empty tables whose writes it owns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How far a batch got; `gap` says that a message is missing after `last_sequence`."""

    last_sequence: int
    applied: int
    dropped: int
    gap: bool


@dataclass(slots=True)
class _Pending:
    """Row changes of a batch, not yet written: the last change of a row stands for all of them."""

    puts: dict[str, dict[str, Image]] = field(default_factory=dict)
    deletes: dict[str, dict[str, int]] = field(default_factory=dict)


class DomainApplier:
    """Applies one domain's stream; stateless between batches."""

    def __init__(self, domain: str, entities: Sequence[Entity]) -> None:
        self.domain = domain
        self._entities = {entity.name: entity for entity in entities}
        self._put = {e.name: applying.put_sql(domain, e) for e in entities}
        self._repair = {e.name: applying.put_sql(domain, e, is_repair=True) for e in entities}
        self._delete = {e.name: applying.delete_sql(domain, e) for e in entities}

    def apply(
        self, database: psycopg.Connection[DictRow], messages: Sequence[StreamMessage]
    ) -> Outcome:
        """Apply what comes next, drop what was applied, stop before a gap; one transaction."""
        with database.transaction():
            row = database.execute(
                "SELECT last_sequence FROM handover.inbox WHERE domain = %s FOR UPDATE",
                (self.domain,),
            ).fetchone()
            if row is None:
                msg = f"domain {self.domain} is not registered in this database"
                raise LookupError(msg)
            start: int = row["last_sequence"]
            chosen, gap = _next_in_order(messages, start=start)
            self._write(database, chosen)
            last = start + len(chosen)
            database.execute(
                "UPDATE handover.inbox SET last_sequence = %s, applied_at = clock_timestamp(), "
                "trouble = CASE WHEN %s THEN trouble END WHERE domain = %s",
                (last, gap, self.domain),
            )
        dropped = sum(message.sequence <= start for message in messages)
        return Outcome(last_sequence=last, applied=len(chosen), dropped=dropped, gap=gap)

    def _write(
        self, database: psycopg.Connection[DictRow], messages: Sequence[StreamMessage]
    ) -> None:
        pending = _Pending()
        for message in messages:
            match message.kind:
                case "fact":
                    self._collect_fact(pending, message)
                case "snapshot":
                    self._flush(database, pending)
                    self._copy(database, message.payload)
                case "reset":
                    self._flush(database, pending)
                    self._reset(database)
                case "grant":
                    self._flush(database, pending)
                    accept(database, message)
                case unknown:
                    # A message of the stream is never skipped: stop, and keep it.
                    raise UnknownKindError(unknown)
        self._flush(database, pending)

    def _collect_fact(self, pending: _Pending, message: StreamMessage) -> None:
        for change in message.payload["rows"]:
            entity, image = self._entities[change["entity"]], change["image"]
            key = image[entity.key]
            if change["op"] == "delete":
                pending.puts.get(entity.name, {}).pop(key, None)
                pending.deletes.setdefault(entity.name, {})[key] = image[entity.version]
            else:
                pending.puts.setdefault(entity.name, {})[key] = image

    def _flush(self, database: psycopg.Connection[DictRow], pending: _Pending) -> None:
        # Deletions first: a key that is unique (a SKU) may have been freed and taken in one batch.
        for name, gone in pending.deletes.items():
            self._bury(database, name, gone)
        for name in self._entities:
            if images := pending.puts.get(name):
                _upsert(database, self._put[name], list(images.values()))
        pending.puts.clear()
        pending.deletes.clear()

    def _copy(self, database: psycopg.Connection[DictRow], payload: dict[str, Any]) -> None:
        if payload.get("gone"):
            # A repair names rows that must not be here; no version says when they went. They first: what
            # is unique about them (a SKU) may be another row's by now.
            self._bury(database, payload["entity"], dict.fromkeys(payload["gone"], 2**62))
        if payload["images"]:
            statements = self._repair if payload.get("repair") else self._put
            _upsert(database, statements[payload["entity"]], payload["images"])

    def _bury(self, database: psycopg.Connection[DictRow], name: str, gone: dict[str, int]) -> None:
        keys, versions = list(gone), list(gone.values())
        database.execute(self._delete[name], {"keys": keys, "versions": versions})

    def _reset(self, database: psycopg.Connection[DictRow]) -> None:
        row = database.execute(
            "SELECT mode FROM handover.ownership WHERE domain = %s AND bucket = 0", (self.domain,)
        ).fetchone()
        if row is None or row["mode"] == "OWNER":
            msg = f"{self.domain}: refusing to empty tables that this side owns"
            raise NotAReplicaError(msg)
        database.execute(applying.truncate_sql(self._entities.values()))
        database.execute("DELETE FROM handover.tombstone WHERE domain = %s", (self.domain,))
        log.info("replica emptied", extra={"domain": self.domain})


def _upsert(
    database: psycopg.Connection[DictRow], statement: sql.Composed, images: Sequence[Image]
) -> None:
    document = json.dumps(images, ensure_ascii=False)
    database.execute(statement, {"images": document})


def _next_in_order(
    messages: Sequence[StreamMessage], *, start: int
) -> tuple[list[StreamMessage], bool]:
    """Choose the dense run after `start`; say whether something is missing behind it."""
    chosen: list[StreamMessage] = []
    for message in sorted(messages, key=lambda m: m.sequence):
        expected = start + len(chosen) + 1
        if message.sequence == expected:
            chosen.append(message)
        elif message.sequence > expected:
            return chosen, True
    return chosen, False
