"""Rows that travel inside the image of another: an order's lines, a reservation's portions."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from handover import Domain, Entity, Field, Part, Roles, installation_sql, registration_sql
from handover.apply import DomainApplier
from handover.applying import put_sql
from handover.wire import StreamMessage
from stack import testing
from tests.plans import most_rows

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
# The monolith keeps lines as rows; the service as one value. What has a name is rows on both.
BAGS = {
    "monolith": Entity(
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
    ),
    "service": Entity(
        name="bag",
        table="public.bag",
        fields=(*OWN, Field(name="lines", type="jsonb")),
        parts=(TAGS,),
    ),
}
BAG = (
    "CREATE TABLE bag (id uuid PRIMARY KEY, version bigint, updated_at timestamptz{more}); "
    "CREATE TABLE bag_tag (bag_id uuid, tag text{sorted}, weight bigint, "
    "PRIMARY KEY (bag_id, tag)); "
)
TABLES = {
    "monolith": BAG.format(more="", sorted="")
    + "CREATE TABLE bag_line (id bigserial PRIMARY KEY, bag_id uuid NOT NULL REFERENCES bag "
    "DEFERRABLE INITIALLY DEFERRED, position smallint NOT NULL, label text NOT NULL, "
    "put_at timestamptz NOT NULL, UNIQUE (bag_id, position));",
    "service": BAG.format(more=", lines jsonb NOT NULL", sorted=' COLLATE "und-x-icu"'),
}
Connection = psycopg.Connection[DictRow]


@pytest.fixture
def sides(servers: dict[str, str]) -> Iterator[dict[str, Connection]]:
    """Both sides, each with the connection of its schema's owner."""
    with ExitStack() as stack:
        found = {}
        for side, database in (("monolith", "monolith"), ("service", "catalog")):
            urls = stack.enter_context(testing.scratch_database(database))
            url = urls[f"{database.upper()}_OWNER_DATABASE_URL"]
            connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
            found[side] = stack.enter_context(connection)
            roles = Roles(**{n: f"{database}_{n}" for n in ("owner", "app", "relay", "applier")})
            domain = Domain(name="bags", mode="OWNER", capture=True, entities=(BAGS[side],))
            connection.execute(installation_sql(side=side, roles=roles).encode())  # type: ignore[arg-type]
            connection.execute((TABLES[side] + registration_sql(domain, roles=roles)).encode())
        yield found


def images(connection: Connection) -> list[dict[str, Any]]:
    found = connection.execute("SELECT image FROM handover.image_bags_bag ORDER BY key")
    return [row["image"] for row in found]


def digest(connection: Connection) -> dict[str, Any] | None:
    return connection.execute("SELECT * FROM handover.tail_digest('bags', '-infinity')").fetchone()


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


class Receiver:
    """Applies images as the stream would bring them."""

    def __init__(self, connection: Connection, side: str) -> None:
        self._connection = connection
        self._applier = DomainApplier("bags", [BAGS[side]])
        self._sequence = 0

    def apply(self, changes: list[tuple[str, dict[str, Any]]]) -> None:
        self._sequence += 1
        rows = [{"entity": "bag", "op": op, "image": image} for op, image in changes]
        message = StreamMessage(
            domain="bags",
            source="other",
            kind="fact",
            sequence=self._sequence,
            epoch=1,
            payload={"rows": rows},
        )
        self._applier.apply(self._connection, [message])


def test_an_image_holds_its_parts_in_order(sides: dict[str, Connection]) -> None:
    key = uuid4()
    put(sides["monolith"], key, ["pear", "fig"], version=1)
    (image,) = images(sides["monolith"])
    assert [(line["position"], line["what"]) for line in image["lines"]] == [
        (1, "pear"),
        (2, "fig"),
    ]
    put(sides["monolith"], key, [], version=2)
    assert images(sides["monolith"])[0]["lines"] == []


def test_parts_come_over_and_back_unchanged(sides: dict[str, Connection]) -> None:
    there, back = Receiver(sides["service"], "service"), Receiver(sides["monolith"], "monolith")
    for labels in (["pear"], ['a "quoted" fig', "nut"], []):
        put(sides["monolith"], uuid4(), labels, version=1)
    sent = images(sides["monolith"])
    there.apply([("put", image) for image in sent])
    assert images(sides["service"]) == sent
    assert digest(sides["monolith"]) == digest(sides["service"])
    sides["monolith"].execute("TRUNCATE bag, bag_line, bag_tag")
    back.apply([("put", image) for image in images(sides["service"])])
    assert images(sides["monolith"]) == sent


def test_newer_parts_replace_older_ones_and_never_the_other_way(
    sides: dict[str, Connection],
) -> None:
    key, receiver = uuid4(), Receiver(sides["monolith"], "monolith")
    states = []
    for version, labels in enumerate((["a", "b", "c"], ["x"], ["x", "y"]), start=1):
        put(sides["monolith"], key, labels, version=version)
        states.append(images(sides["monolith"])[0])
    sides["monolith"].execute("TRUNCATE bag, bag_line, bag_tag")
    for state in (states[0], states[1], states[2], states[0]):
        receiver.apply([("put", state)])
        newest = images(sides["monolith"])[0]["version"]
        assert images(sides["monolith"]) == [states[newest - 1]]
    assert newest == 3


def test_parts_with_names_come_over_and_are_replaced_by_name(sides: dict[str, Connection]) -> None:
    key, receiver = uuid4(), Receiver(sides["service"], "service")
    for version, tags in enumerate(({"b": 1, "B": 2, "a": 3}, {"b": 4, "c": 5}), start=1):
        put(sides["monolith"], key, [], version=version)
        sides["monolith"].execute("DELETE FROM bag_tag")
        for tag, weight in tags.items():
            sides["monolith"].execute("INSERT INTO bag_tag VALUES (%s, %s, %s)", (key, tag, weight))
        sent = images(sides["monolith"])
        # By code point, whatever the column's own rule says.
        assert [tag["tag"] for tag in sent[0]["tags"]] == sorted(tags)
        receiver.apply([("put", image) for image in sent])
        assert images(sides["service"]) == sent
        assert digest(sides["monolith"]) == digest(sides["service"])


def test_parts_go_with_the_row_they_belong_to(sides: dict[str, Connection]) -> None:
    kept, gone = uuid4(), uuid4()
    for key in (kept, gone):
        put(sides["monolith"], key, ["a", "b"], version=1)
    receiver = Receiver(sides["monolith"], "monolith")
    image = next(image for image in images(sides["monolith"]) if image["id"] == str(gone))
    receiver.apply([("delete", image)])
    assert [image["id"] for image in images(sides["monolith"])] == [str(kept)]
    count = sides["monolith"].execute("SELECT count(*) AS n FROM bag_line").fetchone()
    assert count == {"n": 2}
    receiver.apply([("put", image)])
    assert len(images(sides["monolith"])) == 1, "what is buried stays buried, parts too"


def test_a_fact_carries_the_images_of_the_rows_it_names(sides: dict[str, Connection]) -> None:
    database, keys = sides["monolith"], [uuid4(), uuid4()]
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


def test_a_fence_stands_on_the_parts_too(sides: dict[str, Connection]) -> None:
    sides["monolith"].execute("UPDATE handover.ownership SET mode = 'RELEASED', epoch = 2")
    with pytest.raises(psycopg.DatabaseError) as refused:
        sides["monolith"].execute("DELETE FROM bag_line")
    assert refused.value.sqlstate == "DM001"


def test_who_is_put_is_found_without_reading_all_others(sides: dict[str, Connection]) -> None:
    monolith, key = sides["monolith"], uuid4()
    monolith.execute(
        "INSERT INTO bag SELECT gen_random_uuid(), 1, now() FROM generate_series(1, 2000)"
    )
    monolith.execute(
        "INSERT INTO bag_line (bag_id, position, label, put_at) SELECT id, 1, 'x', now() FROM bag"
    )
    monolith.execute("INSERT INTO bag_tag SELECT id, 'x', 1 FROM bag")
    monolith.execute(
        "INSERT INTO handover.tombstone (domain, entity, key, version) "
        "SELECT 'bags', 'bag', gen_random_uuid(), 1 FROM generate_series(1, 2000)"
    )
    put(monolith, key, ["pear", "plum"], version=1)
    monolith.execute("ANALYZE bag, bag_line, bag_tag, handover.tombstone")
    [image] = [image for image in images(monolith) if image["id"] == str(key)]
    newer = {**image, "version": 2, "lines": image["lines"][:1]}
    statement = sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) {}").format(
        put_sql("bags", BAGS["monolith"])
    )
    with monolith.transaction():
        monolith.execute("SELECT handover.enter('bags')")
        seen = monolith.execute(statement, {"images": Jsonb([newer])}).fetchone()
    assert seen is not None
    # An index over two columns is read for both lines of the bag, and may be read twice.
    assert most_rows(seen["QUERY PLAN"][0]["Plan"]) <= 10
    found = monolith.execute("SELECT label FROM bag_line WHERE bag_id = %s", (key,)).fetchall()
    assert [row["label"] for row in found] == ["pear"]
