"""Compare both sides of a domain by digests of key ranges, then row by row where they differ.

The owner's keys are cut into ranges; both sides count and XOR the hashes of each range. Only
ranges that differ are read row by row, and rows that differ are looked at again until they agree or
stay different: a row in flight is no difference.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import DictRow

LOWEST, HIGHEST = UUID(int=0), UUID(int=2**128 - 1)
RECHECK_S = 0.2

Connection = psycopg.Connection[DictRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that is not the same on both sides; None where it is missing."""

    key: UUID
    version_a: int | None
    version_b: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityReport:
    """What was found for one entity."""

    entity: str
    rows_a: int
    rows_b: int
    ranges: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found for a domain."""

    domain: str
    entities: tuple[EntityReport, ...]
    seconds: float

    @property
    def clean(self) -> bool:
        """True when every row is the same on both sides."""
        return not any(entity.differences for entity in self.entities)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """Keys after `low` up to and including `high`. No row has the nil UUID."""

    low: UUID
    high: UUID


def reconcile(
    owner: Connection,
    replica: Connection,
    domain: str,
    *,
    entities: Sequence[str],
    range_rows: int = 10_000,
    settle_s: float = 5.0,
    progress: Callable[[str, int, int], None] = lambda _entity, _done, _total: None,
) -> Report:
    """Compare two databases that both have the digest views of `domain`.

    `settle_s` bounds how long rows in flight are waited for; `progress` is told entity, ranges done
    and ranges in total. Connections must be in autocommit: each look must see the present.
    """
    started = time.monotonic()
    compare = partial(_compare_entity, range_rows=range_rows, settle_s=settle_s, progress=progress)
    views = {name: sql.Identifier("handover", f"digest_{domain}_{name}") for name in entities}
    with ThreadPoolExecutor(1) as beside:
        reports = [
            compare(_Sides(owner, replica, view, beside), name) for name, view in views.items()
        ]
    return Report(domain=domain, entities=tuple(reports), seconds=time.monotonic() - started)


@dataclass(frozen=True, slots=True)
class _Sides:
    owner: Connection
    replica: Connection
    view: sql.Identifier
    beside: Executor

    def digests(self, span: _Range) -> tuple[tuple[int, int], tuple[int, int]]:
        """Both at once: they are two servers, or two cores of one."""
        theirs = self.beside.submit(_digest, self.replica, self.view, span)
        return _digest(self.owner, self.view, span), theirs.result()


def _compare_entity(
    sides: _Sides,
    entity: str,
    *,
    range_rows: int,
    settle_s: float,
    progress: Callable[[str, int, int], None],
) -> EntityReport:
    spans = list(_cut(sides.owner, sides.view, range_rows))
    rows_a = rows_b = 0
    suspects: set[UUID] = set()
    for done, span in enumerate(spans, start=1):
        digest_a, digest_b = sides.digests(span)
        rows_a, rows_b = rows_a + digest_a[0], rows_b + digest_b[0]
        if digest_a != digest_b:
            suspects |= _differing_keys(sides, span)
        progress(entity, done, len(spans))
    return EntityReport(
        entity=entity,
        rows_a=rows_a,
        rows_b=rows_b,
        ranges=len(spans),
        differences=_settle(sides, suspects, settle_s=settle_s),
    )


def _cut(connection: Connection, view: sql.Identifier, range_rows: int) -> Iterator[_Range]:
    """Cut the key space so that each range holds about `range_rows` of the owner's rows."""
    query = sql.SQL(
        "SELECT key FROM (SELECT key, row_number() OVER (ORDER BY key) AS place FROM {}) AS k "
        "WHERE place %% %s = 0 ORDER BY key"
    ).format(view)
    low = LOWEST
    for row in connection.execute(query, (range_rows,)).fetchall():
        yield _Range(low=low, high=row["key"])
        low = row["key"]
    # Rows that only the replica has lie anywhere: the last range is open-ended.
    yield _Range(low=low, high=HIGHEST)


def _digest(connection: Connection, view: sql.Identifier, span: _Range) -> tuple[int, int]:
    # The count goes along, because equal pairs cancel out under XOR.
    query = sql.SQL(
        "SELECT count(*) AS n, coalesce(bit_xor(digest), 0) AS x "
        "FROM {} WHERE key > %s AND key <= %s"
    ).format(view)
    row = connection.execute(query, (span.low, span.high)).fetchone()
    return (row["n"], row["x"]) if row else (0, 0)


def _rows(
    connection: Connection, view: sql.Identifier, where: sql.Composable, parameters: Sequence[Any]
) -> dict[UUID, tuple[int, int]]:
    query = sql.SQL("SELECT key, version, digest FROM {} WHERE {}").format(view, where)
    found = connection.execute(query, parameters)
    return {row["key"]: (row["version"], row["digest"]) for row in found}


def _differing_keys(sides: _Sides, span: _Range) -> set[UUID]:
    within = sql.SQL("key > %s AND key <= %s"), (span.low, span.high)
    return _unequal(
        _rows(sides.owner, sides.view, *within), _rows(sides.replica, sides.view, *within)
    )


def _unequal(a: dict[UUID, tuple[int, int]], b: dict[UUID, tuple[int, int]]) -> set[UUID]:
    return {key for key in a.keys() | b.keys() if a.get(key) != b.get(key)}


def _settle(sides: _Sides, suspects: set[UUID], *, settle_s: float) -> tuple[Difference, ...]:
    """Look at suspects again until they agree or time is up; what still differs is a difference.

    A row that keeps changing under load may differ at every look although both sides are right, so
    one agreement clears it, and a replica whose version moves on is given the whole time.
    """
    deadline = time.monotonic() + settle_s
    while suspects:
        where, keys = sql.SQL("key = ANY(%s)"), (list(suspects),)
        # The replica first: a row that moves on between the two looks then shows an owner ahead.
        b = _rows(sides.replica, sides.view, where, keys)
        a = _rows(sides.owner, sides.view, where, keys)
        suspects = _unequal(a, b)
        if not suspects or time.monotonic() >= deadline:
            return tuple(
                Difference(
                    key=key,
                    version_a=a[key][0] if key in a else None,
                    version_b=b[key][0] if key in b else None,
                )
                for key in sorted(suspects)
            )
        time.sleep(RECHECK_S)
    return ()
