"""What a token promises of the rows: their hashes; and a database of before, on its way there and back."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from extracted.catalog import migrate as catalog
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


def test_a_change_past_the_image_changes_what_is_promised(database: Connection) -> None:
    before = promised(database)
    database.execute(
        "UPDATE catalog.category SET updated_at = updated_at + interval '1 microsecond'"
    )
    assert promised(database)["digest"] != before["digest"]


def test_the_way_back_promises_the_hash_of_the_images_again(
    urls: dict[str, str], database: Connection
) -> None:
    url = urls["CATALOG_OWNER_DATABASE_URL"]
    assert catalog.migrate(url, target=BEFORE) == [f"- {catalog.DIGESTS}"]
    assert value(database, VIEWS) == 0
    assert promised(database) == {"row_count": 1, "digest": value(database, BY_IMAGE)}
    assert catalog.migrate(url) == [f"+ {catalog.DIGESTS}"]
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
