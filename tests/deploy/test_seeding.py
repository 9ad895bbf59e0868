"""An invented shop is put where each part of it belongs; the same numbers make the same shop."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest

from seeding.places import EVERYTHING
from seeding.shop import Shop, Sizes
from stack import testing
from tests.conftest import ROOT
from tests.monolith.conftest import run_manage

SMALL = ("--products", "300", "--customers", "20", "--orders", "50", "--categories", "7")
# What has nothing to do with the shop's goods: keys and guesses, what was heard or derived, and notes
# of the migrations.
KEPT = {
    *("customers_signingkey", "customers_signincount", "django_migrations", "migration"),
    *(
        "inbox_event",
        "popularity",
        "customer",
        "projection",
        "event",
        "snapshot",
        "history",
        "sale",
    ),
    *("sales_of_day", "sales_of_product", "sales_of_customer"),
}


@pytest.fixture(scope="module")
def urls(servers: dict[str, str]) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        urls = stack.enter_context(testing.scratch_database("monolith"))
        run_manage("migrate", "--verbosity", "0", variables=urls)
        for side in EVERYTHING.keys() - {"monolith"}:
            urls |= stack.enter_context(testing.scratch_database(side))
            migrate = importlib.import_module(f"extracted.{side}.migrate").migrate
            migrate(urls[f"{side.upper()}_OWNER_DATABASE_URL"])
        yield urls


Seed = Callable[..., subprocess.CompletedProcess[str]]
Ask = Callable[[str, str], list[tuple[object, ...]]]


@pytest.fixture
def ask(urls: dict[str, str]) -> Ask:
    def ask(side: str, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(urls[f"{side.upper()}_OWNER_DATABASE_URL"]) as owner:
            return owner.execute(query.encode()).fetchall()

    return ask


@pytest.fixture
def seed(urls: dict[str, str]) -> Seed:
    def seed(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "seeding", *SMALL, *arguments],
            cwd=ROOT,
            env={**os.environ, **urls, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    return seed


def digest(ask: Ask) -> list[tuple[object, ...]]:
    return ask(
        "catalog", "SELECT md5(string_agg(p::text, '' ORDER BY p.id)) FROM catalog.product p"
    )


def test_the_same_numbers_make_the_same_shop(seed: Seed, ask: Ask) -> None:
    assert seed("--replace").returncode == 0
    first = digest(ask)
    seed("--replace", "--seed", "2")
    assert digest(ask) != first
    seed("--replace")
    assert digest(ask) == first
    counts = {
        table: ask(side, f"SELECT count(*) FROM {table}")[0][0]
        for side, table in (
            ("catalog", "catalog.product"),
            ("catalog", "catalog.category"),
            ("monolith", "customers_customer"),
            ("orders", "orders.purchase"),
            ("orders", "orders.event"),
        )
    }
    assert list(counts.values()) == [300, 7, 20, 50, 50]


def test_orders_are_what_their_events_say_at_the_price_as_bought(seed: Seed, ask: Ask) -> None:
    seed("--replace")
    wrong = ask(
        "orders",
        "SELECT count(*) FROM orders.purchase p WHERE total_amount <> (SELECT sum((l->>'quantity')::int"
        " * (l->>'unit_amount')::int) FROM jsonb_array_elements(p.lines) l)",
    )
    untold = ask(
        "orders",
        "SELECT count(*) FROM orders.purchase p LEFT JOIN orders.event e ON e.order_id = p.id"
        " WHERE e.data->>'status' IS DISTINCT FROM p.status",
    )
    sold = {
        str(line[0])
        for line in ask(
            "orders",
            "SELECT DISTINCT l->>'product_id' FROM orders.purchase p, jsonb_array_elements(lines) l",
        )
    }
    known = {str(row[0]) for row in ask("catalog", "SELECT id FROM catalog.product")}
    stocked = {str(row[0]) for row in ask("inventory", "SELECT product_id FROM inventory.stock")}
    assert (wrong, untold) == ([(0,)], [(0,)])
    assert sold <= known == stocked


def test_a_filled_shop_is_left_alone(seed: Seed, ask: Ask) -> None:
    seed("--replace")
    before = digest(ask)
    refused = seed("--seed", "2")
    assert refused.returncode == 2
    assert refused.stderr == "seeding: the shop is not empty; --replace deletes all of it first\n"
    assert "filled already" in seed("--if-empty", "--seed", "2").stdout
    assert digest(ask) == before


@pytest.mark.parametrize("side", EVERYTHING)
def test_a_replaced_shop_leaves_nothing_of_the_old_one(side: str, ask: Ask) -> None:
    schema = "public" if side == "monolith" else side
    found = ask(
        side,
        f"SELECT relname FROM pg_class WHERE relnamespace = '{schema}'::regnamespace"
        " AND relkind = 'r'",
    )
    assert {str(name) for (name,) in found} - KEPT == {table for _, table in EVERYTHING[side]}


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://nobody@127.0.0.1:1/orders", "refused"),
        ("", "ORDERS_OWNER_DATABASE_URL not set"),
    ],
)
def test_a_database_that_is_not_there_is_one_line(seed: Seed, address: str, said: str) -> None:
    refused = seed(ORDERS_OWNER_DATABASE_URL=address)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert said in refused.stderr


def test_what_makes_no_sense_is_one_line(seed: Seed) -> None:
    refused = seed("--categories", "0")
    assert (refused.returncode, refused.stderr) == (
        2,
        "seeding: products need at least one category\n",
    )


def test_more_customers_do_not_change_the_products() -> None:
    def shop(customers: int) -> tuple[object, object, int]:
        made = Shop(Sizes(categories=3, products=5, customers=customers, orders=0), seed=1)
        return list(made.categories()), list(made.products()), len(list(made.customers()))

    few, many = shop(2), shop(9)
    assert few[:2] == many[:2]
    assert (few[2], many[2]) == (2, 9)
