"""The verdict on stock: books add up, goods and orders end alike, and a refusal was one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extracted.inventory.migrate import migrate as migrate_inventory
from extracted.orders.migrate import migrate as migrate_orders
from loadtests.books import hear_stock, note_openings, read_openings
from loadtests.ledger import Intent, Kind, Outcome
from loadtests.places import DOMAINS
from loadtests.stock import (
    Adjustment,
    Books,
    Checkout,
    Level,
    Reservation,
    StockEvidence,
)
from loadtests.verdict import Verdict, judge
from loadtests.witness import Databases, hear
from stack import testing

LEDGER = (
    Intent(key="k1", kind=Kind.STOCK_ADJUST, outcome=Outcome.OK, mark="note-1", status=201),
    # Its answer was lost.
    Intent(key="k2", kind=Kind.STOCK_ADJUST, outcome=Outcome.UNKNOWN, reason="stopped", mark="n-2"),
    Intent(key="k3", kind=Kind.STOCK_ADJUST, outcome=Outcome.REFUSED, mark="note-3", status=409),
    Intent(key="k4", kind=Kind.ORDER_CHECKOUT, outcome=Outcome.OK, mark="ref-1", status=201),
    Intent(key="k5", kind=Kind.ORDER_CHECKOUT, outcome=Outcome.REFUSED, mark="ref-2", status=402),
)
BOOKS = Books(
    levels=(
        # 20 to begin with, 5 came, 3 were sold, 2 are kept.
        Level(id="s1", on_hand=22, reserved=2, adjusted=5, sold=3, held=2),
        # Opened by the run.
        Level(id="s2", on_hand=4, reserved=0, adjusted=4, sold=0, held=0),
    ),
    adjustments=(
        Adjustment(id="a1", note="note-1", change=5, on_hand=25),
        Adjustment(id="a2", note="another run's", change=4, on_hand=4),
    ),
    reservations=(
        Reservation(id="r1", status="confirmed", version=2),
        Reservation(id="r2", status="held", version=1),
        Reservation(id="r3", status="released", version=3),
        Reservation(id="r4", status="released", version=2),
    ),
)
DONE = Checkout(
    id="c1",
    reservation_id="r1",
    step="done",
    order_status="paid",
    orders=1,
    is_restocked=False,
)
CLEAN = StockEvidence(
    books=BOOKS,
    checkouts=(
        DONE,
        replace(DONE, id="c2", reservation_id="r2", step="placed", order_status="placed"),
        replace(DONE, id="c3", reservation_id="r3", order_status="refunded", is_restocked=True),
        replace(DONE, id="c4", reservation_id="r4", step="failed", order_status=None, orders=0),
        # Refused before anything was kept.
        replace(DONE, id="c5", reservation_id="r9", step="failed", order_status=None, orders=0),
    ),
    sold_as={"ref-1": "paid", "of another run": "cancelled"},
    openings={"s1": 20},
)


def verdict_of(evidence: StockEvidence, ledger: tuple[Intent, ...] = LEDGER) -> Verdict:
    return judge(ledger, (), books=evidence)


def level(number: int, **fields: Any) -> Callable[[Books], Books]:
    def change(books: Books) -> Books:
        levels = list(books.levels)
        levels[number] = replace(levels[number], **fields)
        return replace(books, levels=tuple(levels))

    return change


def with_books(change: Callable[[Books], Books]) -> StockEvidence:
    return replace(CLEAN, books=change(CLEAN.books))


def checkout(number: int, **fields: Any) -> StockEvidence:
    found = list(CLEAN.checkouts)
    found[number] = replace(found[number], **fields)
    return replace(CLEAN, checkouts=tuple(found))


def reserved(key: str, status: str) -> StockEvidence:
    return with_books(
        lambda books: replace(
            books,
            reservations=tuple(
                replace(each, status=status) if each.id == key else each
                for each in books.reservations
            ),
        )
    )


def plus_adjustment(note: str) -> Callable[[Books], Books]:
    extra = Adjustment(id="a9", note=note, change=1, on_hand=1)
    return lambda books: replace(books, adjustments=(*books.adjustments, extra))


def test_nothing_is_found_where_all_is_well() -> None:
    verdict = verdict_of(CLEAN)
    assert (verdict.books, verdict.sales) == ((), ())


BOOKS_WRONG = {
    "goods vanished": (with_books(level(0, on_hand=21)), "21 on hand, explained are 22"),
    "goods appeared": (with_books(level(1, on_hand=5)), "5 on hand, explained are 4"),
    "a sale took nothing": (with_books(level(0, sold=4)), "22 on hand, explained are 21"),
    "an adjustment changed nothing": (with_books(level(1, adjusted=9)), "explained are 9"),
    "kept for nobody": (with_books(level(0, reserved=3)), "3 reserved, held are 2"),
    "kept and not counted": (with_books(level(0, held=4)), "2 reserved, held are 4"),
    "more reserved than there is": (
        with_books(level(1, reserved=5, held=5)),
        "oversold: 4 on hand, 5 reserved",
    ),
    "less than nothing": (
        with_books(level(1, on_hand=-1, adjusted=-1)),
        "oversold: -1 on hand, 0 reserved",
    ),
    "an adjustment is gone": (
        with_books(lambda books: replace(books, adjustments=books.adjustments[1:])),
        "ok, and made 0 times",
    ),
    "an adjustment was made twice": (with_books(plus_adjustment("note-1")), "ok, and made 2 times"),
    "a refused adjustment was made": (
        with_books(plus_adjustment("note-3")),
        "refused, and made 1 times",
    ),
}
SALES_WRONG = {
    "bought, and no order": (checkout(0, orders=0, order_status=None), "done, with 0 orders"),
    "bought once, two orders": (checkout(0, orders=2), "done, with 2 orders"),
    "bought, and not paid": (checkout(0, order_status="placed"), "done, and the order is placed"),
    "bought, and the goods are only kept": (reserved("r1", "held"), "done, and the goods are held"),
    "bought, and the goods expired": (
        reserved("r1", "expired"),
        "done, and the goods are expired",
    ),
    "bought, and nothing was kept": (
        checkout(0, reservation_id="r9"),
        "done, and the goods are lost",
    ),
    "refunded, and not put back": (
        reserved("r3", "confirmed"),
        "done, and the goods are confirmed",
    ),
    "given up, and the goods are kept": (reserved("r4", "held"), "failed, and the goods are held"),
    "given up, and the goods are gone": (
        reserved("r4", "confirmed"),
        "failed, and the goods are confirmed",
    ),
    "given up, and the order stands": (
        checkout(3, order_status="paid"),
        "failed, and the order is paid",
    ),
    "refused, and done": (
        replace(CLEAN, sold_as={"ref-1": "paid", "ref-2": "paid"}),
        "order.checkout: refused with 402, and the order is paid",
    ),
}


@pytest.mark.parametrize("name", BOOKS_WRONG)
def test_every_wrong_in_the_books_is_found(name: str) -> None:
    evidence, detail = BOOKS_WRONG[name]
    verdict = verdict_of(evidence)
    assert any(detail in finding.detail for finding in verdict.books), verdict.books
    assert verdict.sales == ()
    assert verdict.wrongs["books wrong"]


@pytest.mark.parametrize("name", SALES_WRONG)
def test_every_wrong_sale_is_found(name: str) -> None:
    evidence, detail = SALES_WRONG[name]
    verdict = verdict_of(evidence)
    assert [finding.detail for finding in verdict.sales] == [detail]
    assert verdict.wrongs["sales wrong"]


def test_without_openings_the_first_filling_explains_itself() -> None:
    unknown = replace(with_books(level(0, on_hand=3)), openings=None)
    assert verdict_of(unknown).books == ()
    # What is kept needs no beginning.
    wrong = replace(with_books(level(0, reserved=3)), openings=None)
    assert [f.detail for f in verdict_of(wrong).books] == ["3 reserved, held are 2"]


@given(st.data())
def test_planted_goods_are_always_found(data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from([0, 1]), min_size=1))
    evidence = CLEAN
    for number in chosen:
        by = data.draw(st.integers(-3, 9).filter(bool))
        change = level(number, on_hand=BOOKS.levels[number].on_hand + by)
        evidence = replace(evidence, books=change(evidence.books))
    found = {finding.key for finding in verdict_of(evidence).books}
    assert found == {BOOKS.levels[number].id for number in chosen}


@pytest.fixture(scope="module")
def urls(servers: dict[str, str]) -> Iterator[dict[str, str]]:
    """The databases of inventory and orders, migrated."""
    with ExitStack() as stack:
        urls: dict[str, str] = {}
        for domain, migrate in (("inventory", migrate_inventory), ("orders", migrate_orders)):
            urls |= stack.enter_context(testing.scratch_database(domain))
            migrate(urls[f"{domain.upper()}_OWNER_DATABASE_URL"])
        yield urls


FILL = """
INSERT INTO inventory.warehouse (id, slug, name) VALUES ({w}, 'n', 'N');
INSERT INTO inventory.stock (id, product_id, warehouse_id, on_hand, reserved, version)
    VALUES ({s}, {p}, {w}, 22, 2, 9);
INSERT INTO inventory.adjustment (id, product_id, warehouse_id, change, reason, note, on_hand)
    VALUES ({p}, {p}, {w}, 5, 'received', 'note-1', 25);
INSERT INTO inventory.reservation (id, status, expires_at, version, portions) VALUES
    ({p}, 'confirmed', now(), 2, jsonb_build_array(jsonb_build_object('position', 1,
        'stock_id', {s}::uuid, 'quantity', 3))),
    ({s}, 'held', now(), 1, jsonb_build_array(jsonb_build_object('position', 1,
        'stock_id', {s}::uuid, 'quantity', 2))),
    ({w}, 'released', now(), 2, jsonb_build_array(jsonb_build_object('position', 1,
        'stock_id', {s}::uuid, 'quantity', 7)));
"""
IDS = {name: f"'{number:08}-0000-4000-8000-000000000000'" for number, name in enumerate("pws")}


def test_books_are_read_and_add_up(urls: dict[str, str], tmp_path: Path) -> None:
    with psycopg.connect(urls["INVENTORY_OWNER_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(FILL.format(**IDS).encode())
    domains = {name: DOMAINS[name] for name in ("inventory", "orders")}
    databases = Databases.of_environment(urls, domains=domains)
    note_openings(databases, tmp_path / "openings.json")
    case, _ = hear(databases, settle_s=0)
    assert not case.is_commanded
    evidence = hear_stock(databases, openings=read_openings(tmp_path / "openings.json"))

    stock = IDS["s"].strip("'")
    (found,) = evidence.books.levels
    assert found == Level(id=stock, on_hand=22, reserved=2, adjusted=5, sold=3, held=2)
    assert evidence.openings == {stock: 20}
    assert evidence.checkouts == ()
    assert judge(LEDGER[:1], [case], books=evidence).books == ()
