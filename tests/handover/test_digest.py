"""What a token promises of the rows: their hashes; and a database of before, on its way there and back."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from extracted.catalog import migrate as catalog
from extracted.catalog.entities import CATALOG, ROLES
from handover import digest_views_sql, drop_digest_views_sql, grant
from handover.operator import Hand
from stack import testing

BEFORE = catalog.RETIRE
VIEWS = (
    "SELECT count(*) AS n FROM pg_views WHERE schemaname = 'handover' AND viewname LIKE 'digest_%'"
)
BY_IMAGE = (
    "SELECT bit_xor(hashtextextended(image::text, 0)) AS x FROM handover.image_catalog_category"
)
BY_VALUE = "SELECT bit_xor(digest) AS x FROM handover.digest_catalog_category"
Connection = psycopg.Connection[DictRow]


@pytest.fixture
def urls(servers: dict[str, str]) -> Iterator[dict[str, str]]:
    with testing.scratch_database("catalog") as found:
        catalog.migrate(found["CATALOG_OWNER_DATABASE_URL"])
        yield found


@pytest.fixture
def database(urls: dict[str, str]) -> Iterator[Connection]:
    """The catalog's, as its owner, with one row."""
    with psycopg.connect(
        urls["CATALOG_OWNER_DATABASE_URL"], autocommit=True, row_factory=dict_row
    ) as connection:
        connection.execute("UPDATE handover.ownership SET mode = 'OWNER'")
        connection.execute(
            "INSERT INTO catalog.category (id, slug, name, version, updated_at) "
            "VALUES (%s, 'tea', 'Tea', 1, clock_timestamp())",
            (uuid4(),),
        )
        yield connection


def value(connection: Connection, query: str) -> object:
    row = connection.execute(query).fetchone()
    assert row is not None
    return next(iter(row.values()))


def promised(connection: Connection) -> DictRow:
    found = connection.execute("SELECT * FROM handover.tail_digest('catalog', '-infinity')")
    row = found.fetchone()
    assert row is not None
    return row


def test_a_token_promises_the_hash_of_the_values(database: Connection) -> None:
    assert promised(database) == {"row_count": 1, "digest": value(database, BY_VALUE)}
    assert value(database, BY_VALUE) != value(database, BY_IMAGE)


@pytest.mark.parametrize(
    "versions", [(1, 2**32), (2**16, 2**48), (-1, 2**32 - 1)], ids=["1", "65536", "-1"]
)
def test_all_bits_of_a_number_count(database: Connection, versions: tuple[int, int]) -> None:
    # PostgreSQL's own hash folds 64 bits to 32, and these two to the same.
    same = database.execute(
        "SELECT hashint8extended(%s, 0) = hashint8extended(%s, 0) AS x", versions
    )
    assert same.fetchone() == {"x": True}
    digests = []
    for version in versions:
        database.execute("UPDATE catalog.category SET version = %s", (version,))
        digests.append(promised(database)["digest"])
    assert digests[0] != digests[1]


def test_what_two_rows_have_exchanged_is_seen(database: Connection) -> None:
    database.execute(
        "INSERT INTO catalog.category (id, slug, name, version, updated_at) "
        "SELECT gen_random_uuid(), 'mugs', 'Mugs', 1, updated_at FROM catalog.category"
    )
    before = promised(database)
    database.execute(
        "UPDATE catalog.category SET name = CASE name WHEN 'Tea' THEN 'Mugs' ELSE 'Tea' END"
    )
    assert promised(database) != before


def test_jsons_null_is_no_other_value_than_none(database: Connection) -> None:
    # The stream brings the one for the other, and a reconcile must not speak of that for ever.
    database.execute(
        "INSERT INTO catalog.command (key, request_hash, aggregate_id, version, status, epoch, side) "
        "VALUES (%s, '', %s, 1, 200, 1, 'service')",
        (uuid4(), uuid4()),
    )
    before = promised(database)
    database.execute("UPDATE catalog.command SET response = 'null'")
    assert promised(database) == before


def test_an_applier_of_this_version_starts_at_a_database_without_the_views(
    urls: dict[str, str], database: Connection
) -> None:
    database.execute("DROP VIEW handover.digest_catalog_product")
    with psycopg.connect(
        urls["CATALOG_APPLIER_DATABASE_URL"], autocommit=True, row_factory=dict_row
    ) as connection:
        grant.prepare(connection, "catalog")
        assert value(connection, "SELECT 1 AS one") == 1


def test_a_domain_that_was_retired_gets_no_views(database: Connection) -> None:
    database.execute(drop_digest_views_sql(CATALOG))
    database.execute("DELETE FROM handover.entity")
    database.execute(digest_views_sql(CATALOG, roles=ROLES))
    assert value(database, VIEWS) == 0


def test_the_way_back_promises_the_hash_of_the_images_again(
    urls: dict[str, str], database: Connection
) -> None:
    url = urls["CATALOG_OWNER_DATABASE_URL"]
    later = [catalog.DIGESTS, catalog.WAY, catalog.BOUND]
    assert catalog.migrate(url, target=BEFORE) == [f"- {name}" for name in reversed(later)]
    assert value(database, VIEWS) == 0
    assert promised(database) == {"row_count": 1, "digest": value(database, BY_IMAGE)}
    assert catalog.migrate(url) == [f"+ {name}" for name in later]
    assert promised(database) == {"row_count": 1, "digest": value(database, BY_VALUE)}


def test_who_may_give_the_writes_away_prepares_it_without_a_trace(
    urls: dict[str, str], database: Connection
) -> None:
    with psycopg.connect(
        urls["STRANGLER_CATALOG_DATABASE_URL"], autocommit=True, row_factory=dict_row
    ) as connection:
        hand = Hand(side="service", connection=connection)
        before = hand.ownership("catalog")
        hand.prepare_release("catalog")
        assert hand.ownership("catalog") == before
