"""Facts of the catalog, written as the monolith's own actions write them, and how far they came."""

from __future__ import annotations

import time

import psycopg

from loadtests.services.errors import BenchError
from loadtests.services.shop import Shop

GIVE_UP_S = 120.0

_ENTER = "SELECT handover.enter('catalog')"
_WRITE = """
WITH chosen AS (SELECT id FROM catalog_product ORDER BY id OFFSET %(after)s LIMIT %(facts)s),
put AS (UPDATE catalog_product p SET version = p.version + 1, updated_at = clock_timestamp()
          FROM chosen c WHERE p.id = c.id RETURNING p.id)
SELECT id FROM put
"""
_TELL = """
SELECT count(handover.record_rows('catalog', 'product_changed', id::text, '{}',
       jsonb_build_array(jsonb_build_object('entity', 'product', 'keys', jsonb_build_array(id))),
       %(mark)s))
  FROM unnest(%(ids)s::uuid[]) AS id
"""
_APPLIED = "SELECT last_sequence FROM handover.inbox WHERE domain = 'catalog'"


def write(
    database: psycopg.Connection[tuple[object, ...]], *, mark: str, after: int, facts: int
) -> int:
    # The door comes before any lock on a row, as in the monolith's own writes.
    database.execute(_ENTER)
    rows = database.execute(_WRITE, {"after": after, "facts": facts}).fetchall()
    if not rows:
        raise BenchError("there are no products left to change")
    database.execute(_TELL, {"mark": mark, "ids": [row[0] for row in rows]})
    return len(rows)


def await_applied(shop: Shop, sequence: int) -> None:
    with psycopg.connect(shop.auditor("catalog"), autocommit=True) as database:
        deadline = time.monotonic() + GIVE_UP_S
        while applied(database) < sequence:
            if time.monotonic() > deadline:
                raise BenchError(f"the applier did not come to {sequence} in {GIVE_UP_S:.0f} s")
            time.sleep(0.1)


def applied(database: psycopg.Connection[tuple[object, ...]]) -> int:
    row = database.execute(_APPLIED).fetchone()
    return int(str(row[0])) if row else 0
