"""A raw COPY of the products from the monolith's database into one of the catalog's.

* **bare**: into a table with a primary key and nothing else.
* **alike**: into a table with all that the service's own has, its generated column and its indexes;
  what any copy into the real table has to pay.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg

_COLUMNS = (
    "id, sku, name, description, category_id, price_amount, price_currency, version, created_at,"
    " updated_at"
)
_OUT = f"COPY (SELECT {_COLUMNS} FROM catalog_product ORDER BY id) TO STDOUT (FORMAT BINARY)"  # noqa: S608
_THERE = (
    "id, sku, name, description, category_id, amount, currency, version, created_at, updated_at"
)
_IN = f"COPY bench.product ({_THERE}) FROM STDIN (FORMAT BINARY)"
_TABLES = {
    "bare": "CREATE TABLE bench.product AS SELECT " + _THERE + " FROM catalog.product LIMIT 0;"  # noqa: S608
    " ALTER TABLE bench.product ADD PRIMARY KEY (id)",
    "alike": "CREATE TABLE bench.product (LIKE catalog.product INCLUDING ALL)",
}


def raw_rates(environment: Mapping[str, str]) -> dict[str, float]:
    """Rows per second of a raw COPY into each kind of table; nothing of it is left."""
    with (
        psycopg.connect(environment["MONOLITH_OWNER_DATABASE_URL"]) as source,
        psycopg.connect(environment["CATALOG_OWNER_DATABASE_URL"], autocommit=True) as target,
    ):
        return {name: _rate(source, target, made_by=made_by) for name, made_by in _TABLES.items()}


def _rate(
    source: psycopg.Connection[tuple[object, ...]],
    target: psycopg.Connection[tuple[object, ...]],
    *,
    made_by: str,
) -> float:
    with _schema(target):
        target.execute(made_by.encode())
        begun = time.perf_counter()
        with target.cursor() as cursor:
            with source.cursor().copy(_OUT.encode()) as out, cursor.copy(_IN.encode()) as into:
                for data in out:
                    into.write(data)
            # Only now: the end of the copy is what commits it.
            return cursor.rowcount / (time.perf_counter() - begun)


@contextmanager
def _schema(target: psycopg.Connection[tuple[object, ...]]) -> Iterator[None]:
    target.execute("DROP SCHEMA IF EXISTS bench CASCADE")
    target.execute("CREATE SCHEMA bench")
    try:
        yield
    finally:
        target.execute("DROP SCHEMA bench CASCADE")
