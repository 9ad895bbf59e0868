"""Rows that travel inside the image of another: an order's lines, a reservation's portions."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from handover import Domain, Entity, Field, Part, Roles, installation_sql, registration_sql
from stack import testing

OWN = (
    Field(name="id", type="uuid"),
    Field(name="version", type="bigint"),
    Field(name="updated_at", type="timestamptz"),
)
TAGS = Part(
    name="tags",
    table="public.bag_tag",
    owner="bag_id",
    position="tag",
    fields=(Field(name="tag", type="text"), Field(name="weight", type="bigint")),
)
BAG = Entity(
    name="bag",
    table="public.bag",
    fields=OWN,
    parts=(
        Part(
            name="lines",
            table="public.bag_line",
            owner="bag_id",
            fields=(
                Field(name="position", type="smallint"),
                Field(name="what", type="text", column="label"),
                Field(name="put_at", type="timestamptz"),
            ),
        ),
        TAGS,
    ),
)
TABLES = (
    "CREATE TABLE bag (id uuid PRIMARY KEY, version bigint, updated_at timestamptz); "
    "CREATE TABLE bag_tag (bag_id uuid, tag text, weight bigint, PRIMARY KEY (bag_id, tag)); "
    "CREATE TABLE bag_line (id bigserial PRIMARY KEY, bag_id uuid NOT NULL REFERENCES bag "
    "DEFERRABLE INITIALLY DEFERRED, position smallint NOT NULL, label text NOT NULL, "
    "put_at timestamptz NOT NULL, UNIQUE (bag_id, position));"
)
Connection = psycopg.Connection[DictRow]


@pytest.fixture
def database(servers: dict[str, str]) -> Iterator[Connection]:
    """Bags, with the connection of their schema's owner."""
    with testing.scratch_database("monolith") as urls:
        url = urls["MONOLITH_OWNER_DATABASE_URL"]
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            roles = Roles(**{n: f"monolith_{n}" for n in ("owner", "app", "relay", "applier")})
            domain = Domain(name="bags", mode="OWNER", capture=True, entities=(BAG,))
            connection.execute(installation_sql(side="monolith", roles=roles).encode())
            connection.execute((TABLES + registration_sql(domain, roles=roles)).encode())
            yield connection


def images(connection: Connection) -> list[dict[str, Any]]:
    found = connection.execute("SELECT image FROM handover.image_bags_bag ORDER BY key")
    return [row["image"] for row in found]


def put(connection: Connection, key: object, labels: list[str], *, version: int) -> None:
    with connection.transaction():
        connection.execute(
            "INSERT INTO bag VALUES (%s, %s, now()) ON CONFLICT (id) DO UPDATE SET "
            "version = excluded.version, updated_at = now()",
            (key, version),
        )
        connection.execute("DELETE FROM bag_line WHERE bag_id = %s", (key,))
        for position, label in enumerate(labels, start=1):
            connection.execute(
                "INSERT INTO bag_line (bag_id, position, label, put_at) VALUES (%s, %s, %s, now())",
                (key, position, label),
            )


def test_an_image_holds_its_parts_in_order(database: Connection) -> None:
    key = uuid4()
    put(database, key, ["pear", "fig"], version=1)
    (image,) = images(database)
    assert [(line["position"], line["what"]) for line in image["lines"]] == [
        (1, "pear"),
        (2, "fig"),
    ]
    put(database, key, [], version=2)
    assert images(database)[0]["lines"] == []


def test_parts_with_names_come_in_order_of_code_points(database: Connection) -> None:
    key, tags = uuid4(), {"b": 1, "B": 2, "a": 3}
    put(database, key, [], version=1)
    for tag, weight in tags.items():
        database.execute("INSERT INTO bag_tag VALUES (%s, %s, %s)", (key, tag, weight))
    # Whatever the column's own rule says.
    assert [tag["tag"] for tag in images(database)[0]["tags"]] == sorted(tags)


def test_a_fact_carries_the_images_of_the_rows_it_names(database: Connection) -> None:
    keys = [uuid4(), uuid4()]
    for key in keys:
        put(database, key, ["a"], version=1)
    named = Jsonb([{"entity": "bag", "keys": [str(key) for key in keys]}])
    database.execute(
        "SELECT handover.record_rows('bags', 'packed', %s, %s, %s)",
        (str(keys[0]), Jsonb({"who": "me"}), named),
    )
    row = database.execute("SELECT payload FROM handover.outbox").fetchone()
    assert row is not None
    assert row["payload"]["who"] == "me"
    assert [change["image"] for change in row["payload"]["rows"]] == images(database)
    assert {(change["entity"], change["op"]) for change in row["payload"]["rows"]} == {
        ("bag", "put")
    }


def test_a_fence_stands_on_the_parts_too(database: Connection) -> None:
    database.execute("UPDATE handover.ownership SET mode = 'RELEASED', epoch = 2")
    with pytest.raises(psycopg.DatabaseError) as refused:
        database.execute("DELETE FROM bag_line")
    assert refused.value.sqlstate == "DM001"
