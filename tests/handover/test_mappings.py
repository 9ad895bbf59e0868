"""Every image of every domain lives on both sides: what is put is read back, and read alike.

* PutGet   what is put into a side's tables is what its view shows
* across   both sides show the same text and the same digest
* GetPut   what a side shows can be put back: nothing is lost and nothing is added on the way
* PutPut   a newer image replaces all of an older one, and an older one nothing
"""

import importlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from handover import Domain, Entity
from handover.applying import put_sql
from stack import testing
from tests.monolith.conftest import run_manage

DOMAINS = ("catalog", "inventory", "notifications", "orders", "payments")
Image = dict[str, Any]
Sides = Mapping[tuple[str, str], psycopg.Connection]


def entities(side: str, domain: str) -> Mapping[str, Entity]:
    """The entities of a domain as a side keeps them, by their names."""
    found = importlib.import_module(f"{side}.{domain}.entities")
    chosen: Domain = getattr(found, domain.upper())
    return {entity.name: entity for entity in chosen.entities}


KINDS = [(domain, name) for domain in DOMAINS for name in entities("monolith", domain)]


@pytest.fixture(scope="module")
def sides(servers: Mapping[str, str]) -> Iterator[Sides]:
    """Both databases of each domain, migrated, as their owners see them while they may write."""
    with ExitStack() as stack:
        urls = stack.enter_context(testing.scratch_database("monolith"))
        run_manage("migrate", "--verbosity", "0", variables=urls)
        own = _opened(stack, urls["MONOLITH_OWNER_DATABASE_URL"])
        found = {("monolith", domain): own for domain in DOMAINS}
        for domain in DOMAINS:
            urls = stack.enter_context(testing.scratch_database(domain))
            url = urls[f"{domain.upper()}_OWNER_DATABASE_URL"]
            importlib.import_module(f"extracted.{domain}.migrate").migrate(url)
            found["extracted", domain] = _opened(stack, url)
        yield found


def _opened(stack: ExitStack, url: str) -> psycopg.Connection:
    connection = stack.enter_context(psycopg.connect(url, autocommit=True))
    connection.execute("UPDATE handover.ownership SET mode = 'OWNER'")
    return connection


# PostgreSQL keeps no U+0000, and JSON no lone surrogates.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
instants = st.datetimes(min_value=datetime(1000, 1, 1)).map(  # noqa: DTZ001 - made aware below
    lambda at: at.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
TYPES: Mapping[str, st.SearchStrategy[Any]] = {
    "uuid": st.uuids().map(str),
    "text": texts,
    "smallint": st.integers(0, 2**15 - 1),
    "integer": st.integers(0, 2**15 - 1),
    "bigint": st.integers(1, 2**62),
    "boolean": st.booleans(),
    "timestamptz": instants,
    "jsonb": st.dictionaries(texts, documents, max_size=3),
}
portions = st.lists(st.tuples(TYPES["uuid"], TYPES["bigint"]), max_size=4).map(
    lambda parts: [
        {"position": position, "stock_id": stock_id, "quantity": quantity}
        for position, (stock_id, quantity) in enumerate(parts, start=1)
    ]
)
currencies = st.sampled_from(["EUR", "USD", "€ä\n"])
amounts = TYPES["bigint"] | TYPES["bigint"].map(lambda count: -count)
order_lines = st.lists(
    st.fixed_dictionaries(
        {
            "product_id": TYPES["uuid"],
            "name": texts,
            "quantity": st.integers(1, 99),
            "unit_amount": TYPES["bigint"],
            "unit_currency": currencies,
        }
    ),
    max_size=4,
).map(lambda lines: [line | {"position": place} for place, line in enumerate(lines, start=1)])
cart_lines = st.dictionaries(TYPES["uuid"], st.integers(1, 99), max_size=4).map(
    lambda lines: [
        {"position": place, "product_id": product_id, "quantity": quantity}
        for place, (product_id, quantity) in enumerate(lines.items(), start=1)
    ]
)
# In the order of their accounts, as the books show them.
entries = st.dictionaries(
    st.sampled_from(["Z", "authorized", "captured", "ä"]),
    st.fixed_dictionaries({"amount": amounts, "currency": currencies, "booked_at": instants}),
    max_size=4,
).map(lambda booked: [{"account": name, **booked[name]} for name in sorted(booked)])
# What the tables ask for beyond the type, on either side.
NULLABLE = {
    "checkout": {"client_reference"},
    "operation": {"reason", "answered_at"},
    "order": {"client_reference"},
    "payment": {"decline_reason"},
    "category": {"parent_id"},
    "command": {"response"},
    "mail": {"contact", "recipient", "subject", "text", "error", "sent_at"},
}
CHOSEN: Mapping[str, st.SearchStrategy[Any]] = {
    "command.side": st.sampled_from(["monolith", "service"]),
    "product.price_currency": currencies,
    "reservation.status": st.sampled_from(["held", "confirmed", "released", "expired"]),
    "reservation.portions": portions,
    "adjustment.change": amounts,
    "cart.lines": cart_lines,
    "checkout.total_currency": currencies,
    "operation.entries": entries,
    "operation.kind": st.sampled_from(["authorize", "capture", "void", "refund"]),
    "operation.state": st.sampled_from(["asked", "done", "refused"]),
    "order.lines": order_lines,
    "order.total_currency": currencies,
    "payment.currency": currencies,
    "payment.refunded": st.integers(0, 1),
    "payment.status": st.sampled_from(["uncertain", "authorized", "declined", "captured"]),
    "refund.currency": currencies,
    "stock.reserved": st.integers(0, 9),
    "stock.on_hand": st.integers(9, 2**62),
}


def images(kind: tuple[str, str]) -> st.SearchStrategy[Image]:
    """Any image of a kind of row."""
    domain, name = kind
    values = {}
    for key, type_ in entities("monolith", domain)[name].image_fields:
        value = CHOSEN.get(f"{name}.{key}", TYPES[type_])
        values[key] = st.none() | value if key in NULLABLE.get(name, ()) else value
    return st.fixed_dictionaries(values)


class Shelf:
    """One side's place for one kind of row; whatever is put there is gone afterwards."""

    def __init__(self, sides: Sides, side: str, kind: tuple[str, str]) -> None:
        domain, name = kind
        self.connection = sides[side, domain]
        self.entity = entities(side, domain)[name]
        self._put = put_sql(domain, self.entity)
        images, digests = self.entity.image_view(domain), self.entity.digest_view(domain)
        self._get = (
            "SELECT i.image, i.image::text, d.digest "
            f"FROM handover.{images} i JOIN handover.{digests} d USING (key, version, changed_at) "
        )

    def put(self, *images: Image) -> None:
        for image in images:
            self.connection.execute(self._put, {"images": Jsonb([image])})

    def get(self, key: object) -> tuple[Image, str, int]:
        [found] = self.connection.execute(self._get + "WHERE key = %s", (key,)).fetchall()
        return found

    def after(self, *images: Image) -> tuple[Image, str, int]:
        """What is shown after images were put, one by one, into an empty table."""
        # Never committed: what a row refers to is not there, and need not be until a commit.
        with self.connection.transaction(force_rollback=True):
            self.put(*images)
            return self.get(images[0][self.entity.key])


many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def nested(kind: tuple[str, str]) -> list[str]:
    """The fields of a kind of row that hold any JSON."""
    domain, name = kind
    fields = entities("monolith", domain)[name].image_fields
    return [key for key, type_ in fields if type_ == "jsonb" and f"{name}.{key}" not in CHOSEN]


each_kind = pytest.mark.parametrize("kind", KINDS, ids=".".join)


@each_kind
@many
@given(data=st.data())
def test_what_is_put_is_read_back_on_both_sides_and_all_the_way(
    sides: Sides, kind: tuple[str, str], data: st.DataObject
) -> None:
    image = data.draw(images(kind))
    monolith, service = (Shelf(sides, side, kind) for side in ("monolith", "extracted"))
    here, text, digest = monolith.after(image)
    assert here == image
    assert service.after(here) == (image, text, digest)
    assert monolith.after(here) == (image, text, digest)


@each_kind
@many
@given(data=st.data())
def test_images_that_differ_have_other_digests(
    sides: Sides, kind: tuple[str, str], data: st.DataObject
) -> None:
    one, other = data.draw(images(kind)), data.draw(images(kind))
    shelf = Shelf(sides, "extracted", kind)
    field = data.draw(st.sampled_from(sorted(set(one) - {shelf.entity.key})))
    other = one | {field: other[field]}
    (_, text, digest), (_, other_text, other_digest) = shelf.after(one), shelf.after(other)
    assert (digest == other_digest) == (text == other_text)


@each_kind
@many
@given(data=st.data())
def test_a_newer_image_replaces_all_of_an_older_one_and_never_the_other_way(
    sides: Sides, kind: tuple[str, str], data: st.DataObject
) -> None:
    older, newer = data.draw(images(kind)), data.draw(images(kind))
    for side in ("monolith", "extracted"):
        shelf = Shelf(sides, side, kind)
        key, version = shelf.entity.key, shelf.entity.version
        newer[key] = older[key]
        if shelf.entity.immutable:
            # Whoever is first stays: such a row never changes.
            assert shelf.after(older, newer)[0] == older
            continue
        newer[version] = older[version] + 1
        assert shelf.after(older, newer)[0] == newer
        assert shelf.after(newer, older)[0] == newer


@pytest.mark.parametrize("kind", [kind for kind in KINDS if nested(kind)], ids=".".join)
@given(data=st.data())
@settings(many, max_examples=1)
def test_a_value_that_is_nested_otherwise_has_another_digest(
    sides: Sides, kind: tuple[str, str], data: st.DataObject
) -> None:
    # By the hash that PostgreSQL has for jsonb they would be the same.
    image, shelf = data.draw(images(kind)), Shelf(sides, "extracted", kind)
    for name in nested(kind):
        inner, outer = ({"a": {"b": 1}}, {"a": {}, "b": 1})
        one, other = (shelf.after(image | {name: value}) for value in (inner, outer))
        assert one[2] != other[2]


def test_both_sides_name_the_same_values_of_the_same_types() -> None:
    for domain in DOMAINS:
        here, there = entities("monolith", domain), entities("extracted", domain)
        assert {name: set(e.image_fields) for name, e in here.items()} == {
            name: set(e.image_fields) for name, e in there.items()
        }
