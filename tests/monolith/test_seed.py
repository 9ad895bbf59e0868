import subprocess
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from monolith.seeding import shop
from monolith.seeding.ids import moment
from monolith.seeding.shop import Shop, Sizes
from tests.monolith.conftest import run_manage

SMALL = ("--products", "300", "--customers", "20", "--orders", "50", "--categories", "7")


@pytest.fixture
def seed(committed: None, manage_alone: Callable[..., str]) -> Callable[..., str]:
    return lambda *arguments: manage_alone("seed", *SMALL, *arguments)


def _count(owner, table):
    return owner.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def _digest(owner):
    return owner.execute(
        "SELECT md5(string_agg(p::text, '' ORDER BY p.id)) FROM catalog_product p"
    ).fetchone()


@pytest.mark.parametrize(
    "every", [shop.PRODUCT_EVERY, shop.CUSTOMER_EVERY, shop.ORDER_EVERY], ids=repr
)
def test_a_million_of_anything_is_past(every):
    assert moment(1_000_000, every=every) < datetime.now(UTC)


@pytest.mark.slow
def test_the_same_numbers_make_the_same_shop(seed, owner):
    seed()
    first = _digest(owner)
    seed("--replace")
    assert _digest(owner) == first
    seed("--replace", "--seed", "2")
    assert _digest(owner) != first
    assert _count(owner, "catalog_product") == 300
    assert _count(owner, "catalog_category") == 7
    assert _count(owner, "customers_customer") == 20
    assert _count(owner, "orders_order") == 50


@pytest.mark.slow
def test_lines_refer_to_products_at_the_price_as_bought(seed, owner):
    seed()
    stray = owner.execute(
        "SELECT count(*) FROM orders_orderline l LEFT JOIN catalog_product p ON p.id = l.product_id"
        " WHERE p.id IS NULL OR p.price_amount <> l.unit_amount OR p.name <> l.name"
    ).fetchone()
    wrong = owner.execute(
        "SELECT count(*) FROM orders_order o WHERE total_amount <> (SELECT sum(unit_amount * "
        "quantity) FROM orders_orderline l WHERE l.order_id = o.id)"
    ).fetchone()
    assert (stray, wrong) == ((0,), (0,))


def test_every_product_has_a_place_in_a_warehouse(seed, owner, api):
    seed()
    bare = owner.execute(
        "SELECT count(*) FROM catalog_product p WHERE NOT EXISTS"
        " (SELECT FROM inventory_stock s WHERE s.product_id = p.id)"
    ).fetchone()
    stray = owner.execute(
        "SELECT count(*) FROM inventory_stock s WHERE NOT EXISTS"
        " (SELECT FROM catalog_product p WHERE s.product_id = p.id)"
    ).fetchone()
    assert (bare, stray) == ((0,), (0,))
    assert _count(owner, "inventory_stock") > 300
    first = owner.execute("SELECT product_id FROM inventory_stock ORDER BY id LIMIT 1").fetchone()
    assert api.get(f"/stock/{first[0]}").json()["available"] > 0


def test_a_filled_shop_is_left_alone(seed, owner):
    seed()
    with pytest.raises(subprocess.CalledProcessError) as refused:
        seed()
    assert "--replace" in refused.value.stderr
    assert _count(owner, "catalog_product") == 300


def test_a_shop_on_the_move_is_left_alone(seed, owner, capture):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        seed()
    assert "retreat" in refused.value.stderr


def test_nothing_is_seeded_where_the_service_owns(seed, owner, set_mode):
    set_mode("REPLICA")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        seed()
    assert "does not own" in refused.value.stderr
    assert _count(owner, "customers_customer") == 0


@pytest.mark.slow
def test_seeded_products_are_served(seed, api):
    seed()
    page = api.get("/products", limit=100).json()
    assert len(page["items"]) == 100
    found = api.get(f"/products/{page['items'][0]['id']}")
    assert found.json() == page["items"][0]


def test_more_customers_do_not_change_the_products():
    def shop(customers):
        made = Shop(Sizes(categories=3, products=5, customers=customers, orders=0), seed=1)
        return list(made.categories()), list(made.products()), len(list(made.customers()))

    few, many = shop(2), shop(9)
    assert few[:2] == many[:2]
    assert (few[2], many[2]) == (2, 9)


def test_the_standing_of_a_seam_is_shown(django_db_setup, manage_alone):
    shown = manage_alone("seam", "show", "catalog", "--json")
    assert '"stage": "monolith"' in shown
    assert '"mode": "OWNER"' in shown


@pytest.mark.slow
def test_what_is_popular_is_bought_far_more_often(seed, owner):
    seed()
    times = [
        row[0]
        for row in owner.execute(
            "SELECT count(*) FROM orders_orderline GROUP BY product_id ORDER BY 1 DESC"
        )
    ]
    assert sum(times[: len(times) // 5]) > sum(times) / 3


def test_indexes_and_foreign_keys_are_as_before(seed, owner):
    def shape():
        return owner.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL"
            " SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated"
            " FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()

    before = shape()
    seed()
    assert shape() == before


def test_a_replaced_shop_leaves_nothing_of_the_old_one(owner):
    from monolith.seeding.load import TABLES

    # Who may sign tokens, who works in the admin, and how often somebody guessed, has nothing to do
    # with the shop's goods.
    kept = {"customers_signingkey", "customers_signincount"}
    found = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'r' AND relname !~ '^(django|auth)_'"
    )
    assert {name for (name,) in found} - kept == set(TABLES)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://nobody@127.0.0.1:1/monolith", "the database does not answer"),
        ("", "MONOLITH_OWNER_DATABASE_URL is not set"),
    ],
)
def test_a_database_that_is_not_there_is_one_line(address, said, database):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        run_manage("seed", variables=database | {"MONOLITH_OWNER_DATABASE_URL": address})
    assert said in refused.value.stderr
    assert len(refused.value.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_a_shop_that_is_filled_is_left_alone_when_told_so(seed, owner):
    assert "seeded 300 products" in seed("--if-empty")
    before = _digest(owner)
    assert "filled already" in seed("--if-empty", "--seed", "2")
    assert _digest(owner) == before
