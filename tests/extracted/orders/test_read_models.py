"""The read models of orders: whole, whatever commits when, and made anew from the events."""

import random
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

from extracted.chassis.database import Database
from extracted.contracts.orders import OrderQuery
from extracted.contracts.reports import SalesQuery
from extracted.orders import projector, reading, sales, store
from extracted.orders.__main__ import run
from extracted.orders.checking import differences
from extracted.orders.domain import NEXT, Status
from extracted.orders.placing import new_id
from extracted.orders.rebuild import rebuild
from handover.process import Standing
from tests.extracted.orders.home import Connection, Home, bears, become, place, wish
from tests.extracted.running import Program, Start, until
from tests.plans import most_rows

MODELS = ("history", "sale", "sales_of_day", "sales_of_product", "sales_of_customer")


@pytest.fixture
def app(home: Home) -> Iterator[Connection]:
    with home.connect() as connection:
        yield connection
        home.empty()


def project(home: Home, connection: Connection, *, batch: int = projector.BATCH) -> int:
    """Show what can be shown now."""
    shown = 0
    while count := projector.project(connection, batch=batch):
        shown += count
    return shown


def catch_up(home: Home, connection: Connection) -> None:
    """Show all events: those of transactions that are younger than one still open come later."""

    def is_shown() -> bool:
        project(home, connection)
        return projector.lag(connection) == 0

    until(is_shown)


def models(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: sorted(home.rows(f"SELECT to_json(m)::text FROM orders.{name} m")) for name in MODELS
    }


def shown(home: Home, order_id: uuid.UUID) -> tuple[Any, ...] | None:
    found = home.rows(
        "SELECT shown->>'status', version FROM orders.history WHERE order_id = %s", order_id
    )
    return found[0] if found else None


def test_a_customer_sees_what_was_ordered_newest_first(
    app: Connection, home: Home, readers: Database
) -> None:
    customer = new_id()
    placed = [place(app, customer=customer) for _ in range(5)]
    place(app)
    become(app, placed[2].id, Status.CANCELLED)
    catch_up(home, app)

    first = reading.orders_of(readers, OrderQuery(customer_id=customer, limit=3))
    assert first.next_cursor is not None
    cursor = uuid.UUID(first.next_cursor)
    rest = reading.orders_of(readers, OrderQuery(customer_id=customer, limit=3, cursor=cursor))
    found = [*first.items, *rest.items]
    assert [order.id for order in found] == [order.id for order in reversed(placed)]
    assert rest.next_cursor is None
    assert [order.status for order in found] == [
        "placed",
        "placed",
        "cancelled",
        "placed",
        "placed",
    ]
    assert found[0] == reading.order(readers, placed[-1].id) == placed[-1].shown()


def test_a_list_waits_for_the_read_model_but_not_for_long(
    app: Connection, home: Home, readers: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = place(app)
    query = OrderQuery(customer_id=placed.customer_id)
    assert reading.orders_of(readers, query).items == ()
    monkeypatch.setattr(reading, "CATCH_UP_S", 10.0)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(reading.orders_of, readers, query)
        catch_up(home, app)
        assert [order.id for order in asked.result(timeout=10).items] == [placed.id]


@pytest.mark.parametrize(
    ("question", "values"),
    [
        pytest.param(projector.NEXT, ("9999999999", 9), id="next"),
        pytest.param(projector.LAG_S, (), id="lag"),
        pytest.param(reading.BEHIND, (uuid.UUID(int=1),), id="behind"),
    ],
)
def test_what_is_asked_again_and_again_does_not_read_what_is_shown(
    app: Connection, home: Home, question: str, values: tuple[Any, ...]
) -> None:
    home.owner.execute(
        "INSERT INTO orders.event (order_id, version, type, data) "
        "SELECT gen_random_uuid(), 1, 'order_imported', '{}' FROM generate_series(1, 2000)"
    )
    home.owner.execute(
        "UPDATE orders.projection SET (written_in, position) = (SELECT written_in, position "
        "FROM orders.event ORDER BY written_in DESC, position DESC OFFSET 3 LIMIT 1)"
    )
    home.owner.execute("ANALYZE orders.event")
    ((seen,),) = app.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {question}", values).fetchall()
    assert 1 <= most_rows(seen[0]["Plan"]) <= 3


@pytest.mark.parametrize("question", sales.FORGET)
def test_what_nobody_bought_in_the_end_is_found_without_reading_the_day(
    app: Connection, home: Home, question: LiteralString
) -> None:
    for column, table in (("product_id", "product"), ("customer_id", "customer")):
        more, rest = (", name, quantity", ", 'x', 1") if table == "product" else ("", "")
        home.owner.execute(
            f"INSERT INTO orders.sales_of_{table} (day, {column}, currency, orders, revenue{more}) "
            f"SELECT '2026-01-02', gen_random_uuid(), 'EUR', 1, 1{rest} "
            "FROM generate_series(1, 2000)"
        )
        home.owner.execute(f"ANALYZE orders.sales_of_{table}")
    lines = Jsonb([{"product_id": str(new_id())}])
    values = {"day": date(2026, 1, 2), "customer": new_id(), "lines": lines}
    ((seen,),) = app.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {question}", values).fetchall()
    assert most_rows(seen[0]["Plan"]) <= 2


def test_what_commits_late_is_not_passed_by(app: Connection, home: Home) -> None:
    with home.connect() as slow:
        with slow.transaction():
            slow.execute("SELECT handover.enter('orders')")
            late = store.begin(slow, new_id(), wish())
            early = place(app)
            # Positions of ids, transactions: both of the late one are lower.
            assert project(home, app) == 0, "nothing is shown before what may still come"
            assert shown(home, early.id) is None
            assert projector.lag(app) > 0
        catch_up(home, app)
    assert shown(home, late.id) == shown(home, early.id) == ("placed", 1)


def test_what_is_open_in_another_database_is_not_waited_for(
    app: Connection, home: Home, operator: psycopg.Connection
) -> None:
    """Ids of transactions are the cluster's; whoever writes elsewhere writes none of our events."""
    with operator.transaction():
        operator.execute("SELECT pg_current_xact_id()")
        order = place(app)
        project(home, app)
        assert shown(home, order.id) == ("placed", 1)
        with home.connect() as slow, slow.transaction():
            slow.execute("SELECT pg_current_xact_id()")
            late = place(app)
            assert project(home, app) == 0
            assert shown(home, late.id) is None
    catch_up(home, app)
    assert shown(home, late.id) == ("placed", 1)


def test_an_old_transaction_that_writes_last_is_not_passed_by(app: Connection, home: Home) -> None:
    """Its id is old, its position is new: the mark must not stand beyond both."""
    with home.connect() as slow:
        with slow.transaction():
            slow.execute("SELECT handover.enter('orders'), pg_current_xact_id()")
            early = [place(app).id for _ in range(3)]
            project(home, app)
            late = store.begin(slow, new_id(), wish())
        catch_up(home, app)
    assert [shown(home, order_id) for order_id in (*early, late.id)] == [("placed", 1)] * 4


def test_nothing_is_lost_among_many_writers(app: Connection, home: Home) -> None:
    stop = threading.Event()

    def show() -> None:
        with home.connect() as connection:
            while not stop.is_set():
                projector.project(connection, batch=3)

    def write(seed: int) -> list[uuid.UUID]:
        chance, found = random.Random(seed), []
        with home.connect() as connection:
            for _ in range(15):
                found.append(place(connection, bears(chance.randint(1, 999))).id)
                if chance.random() < 0.5:
                    become(connection, found[-1], Status.CANCELLED)
        return found

    with ThreadPoolExecutor(5) as pool:
        showing = pool.submit(show)
        written = [order_id for found in pool.map(write, range(4)) for order_id in found]
        stop.set()
        showing.result(timeout=10)
    catch_up(home, app)
    assert len(home.rows("SELECT 1 FROM orders.history")) == len(written) == 60
    assert differences(home.url("auditor")) == []


def trade(connection: Connection, seed: int, *, count: int) -> None:
    """Place, pay, cancel, ship and refund at random, of few products on few days."""
    chance = random.Random(seed)
    products = [(uuid.UUID(int=n), f"Bear {n}") for n in range(1, 5)]
    customers = [uuid.UUID(int=n) for n in range(11, 14)]
    open_orders: dict[uuid.UUID, Status] = {}
    for _ in range(count):
        if open_orders and chance.random() < 0.6:
            order_id = chance.choice(sorted(open_orders))
            wanted = chance.choice(sorted(NEXT[open_orders[order_id]]))
            become(connection, order_id, wanted)
            if NEXT[wanted]:
                open_orders[order_id] = wanted
            else:
                del open_orders[order_id]
            continue
        lines = [
            bears(chance.randint(1, 999), name=chance.choice([name, f"{name} (new)"]), product=key)[
                0
            ]
            for key, name in chance.sample(products, chance.randint(1, 3))
        ]
        open_orders[place(connection, lines, customer=chance.choice(customers)).id] = Status.PLACED


def spread(home: Home) -> None:
    """Let the orders be of several days; all that tells of them agrees."""
    home.owner.execute(
        "ALTER TABLE orders.event DISABLE TRIGGER USER; "
        "UPDATE orders.event SET at = at - make_interval(days => get_byte(uuid_send(order_id), 15) % 3)"
        " WHERE type = 'order_placed'; "
        "UPDATE orders.purchase p SET placed_at = e.at, updated_at = CASE WHEN p.version = 1 THEN e.at "
        "ELSE p.updated_at END FROM orders.event e "
        "WHERE e.order_id = p.id AND e.version = 1; DELETE FROM orders.snapshot; "
        "ALTER TABLE orders.event ENABLE TRIGGER USER"
    )


def counted(home: Home, query: SalesQuery) -> tuple[Any, ...]:
    """The report, added up from the orders themselves, as the monolith does."""
    chosen = (
        "WITH o AS (SELECT * FROM orders.purchase WHERE status NOT IN ('cancelled', 'refunded') "
        "AND (placed_at AT TIME ZONE 'UTC')::date BETWEEN %s AND %s), "
        "l AS (SELECT o.id, l.* FROM o, jsonb_to_recordset(o.lines) AS l (product_id uuid, name text, "
        "quantity bigint, unit_amount bigint)) "
    )
    days = (query.since, query.until)
    total = home.rows(f"{chosen} SELECT count(*), coalesce(sum(total_amount), 0) FROM o", *days)
    products = home.rows(
        f"{chosen} SELECT product_id, max(name), count(DISTINCT id), sum(quantity), "
        "sum(quantity * unit_amount) FROM l GROUP BY 1 ORDER BY 5 DESC, 1 LIMIT %s",
        *days,
        query.limit,
    )
    customers = home.rows(
        f"{chosen} SELECT customer_id, count(*), sum(total_amount) FROM o GROUP BY 1 "
        "ORDER BY 3 DESC, 1 LIMIT %s",
        *days,
        query.limit,
    )
    return total[0], products, customers


def reported(readers: Database, query: SalesQuery) -> tuple[Any, ...]:
    report = sales.report(readers, query)
    revenue = sum(money.amount for money in report.revenue)
    products = [
        (p.product_id, p.name, p.orders, p.quantity, p.revenue.amount) for p in report.products
    ]
    customers = [(c.customer_id, c.orders, c.revenue.amount) for c in report.customers]
    return (report.orders, revenue), products, customers


@pytest.mark.parametrize("seed", range(3))
def test_the_sums_of_sales_are_those_of_the_orders(
    app: Connection, home: Home, readers: Database, seed: int
) -> None:
    chance = random.Random(seed)
    today = datetime.now(UTC).date()
    for number in range(3):
        trade(app, 100 * seed + number, count=25)
        project(home, app, batch=chance.randint(1, 7))
    spread(home)
    rebuild(home.url())
    trade(app, seed, count=10)
    catch_up(home, app)
    for since, until_day in ((3, 0), (2, 1), (0, 0), (9, 8)):
        query = SalesQuery(
            since=today - timedelta(days=since), until=today - timedelta(days=until_day), limit=3
        )
        assert reported(readers, query) == counted(home, query)
    assert differences(home.url("auditor")) == []


def test_a_report_may_ask_for_all_days_there_are(
    app: Connection, home: Home, readers: Database
) -> None:
    trade(app, 3, count=10)
    catch_up(home, app)
    for since, last in ((date.min, date.max), (date.min, date.min), (date.max, date.max)):
        query = SalesQuery(since=since, until=last)
        assert reported(readers, query) == counted(home, query)


def test_showing_again_and_in_any_order_changes_nothing(app: Connection, home: Home) -> None:
    trade(app, 7, count=40)
    catch_up(home, app)
    before = models(home)
    chance = random.Random(7)
    ids = [row[0] for row in home.rows("SELECT id FROM orders.purchase")]
    for order_id in chance.choices(ids, k=40):
        projector.show(app, store.load(app, order_id))
    assert models(home) == before
    app.execute("UPDATE orders.projection SET written_in = '0', position = 0")
    catch_up(home, app)
    assert models(home) == before


@pytest.mark.parametrize("at_once", [3, 1_000])
def test_a_rebuild_makes_the_same_tables(
    app: Connection, home: Home, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    trade(app, 5, count=60)
    catch_up(home, app)
    before = models(home)
    orders = home.rows("SELECT count(*) FROM orders.purchase")[0][0]
    app.execute("DELETE FROM orders.history WHERE get_byte(uuid_send(order_id), 15) % 2 = 0")
    app.execute("UPDATE orders.sales_of_day SET revenue = revenue + 1")
    app.execute("UPDATE orders.sale SET amount = amount + 7, version = 1")
    stray = (
        "INSERT INTO orders.history SELECT %s, customer_id, 1, shown FROM orders.history LIMIT 1"
    )
    app.execute(stray, (uuid.UUID(int=2**128 - 1),))
    monkeypatch.setattr("extracted.orders.rebuild.AT_ONCE", at_once)
    assert rebuild(home.url()) == orders
    assert models(home) == before


def test_a_rebuild_that_is_cut_off_has_left_nothing_half_made(
    app: Connection, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade(app, 5, count=30)
    # Some of it is not shown yet, and is by then.
    projector.project(app, batch=10)
    monkeypatch.setattr("extracted.orders.rebuild.AT_ONCE", 4)
    show, left = projector.show, list(range(6))

    def break_off(*arguments: Any) -> None:
        left.pop()
        show(*arguments)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(projector, "show", break_off)
        with pytest.raises(IndexError):
            rebuild(home.url())
    catch_up(home, app)
    assert differences(home.url("auditor")) == []
    before = models(home)
    rebuild(home.url())
    assert models(home) == before


def test_readers_do_not_wait_for_a_rebuild_and_the_projector_does(
    app: Connection, home: Home, readers: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = place(app)
    catch_up(home, app)
    halfway, go_on = threading.Event(), threading.Event()
    show = projector.show

    def slowly(*arguments: Any) -> None:
        halfway.set()
        assert go_on.wait(timeout=10)
        show(*arguments)

    with ThreadPoolExecutor(2) as pool:
        monkeypatch.setattr(projector, "show", slowly)
        rebuilding = pool.submit(rebuild, home.url())
        assert halfway.wait(timeout=10)
        monkeypatch.setattr(projector, "show", show)
        page = reading.orders_of(readers, OrderQuery(customer_id=placed.customer_id))
        assert [order.id for order in page.items] == [placed.id]
        later = place(app)
        with home.connect() as other:
            showing = pool.submit(projector.project, other)
            waiting = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted"
            until(lambda: home.rows(waiting, other.info.backend_pid))
            go_on.set()
            rebuilding.result(timeout=10)
            showing.result(timeout=10)
    catch_up(home, app)
    assert shown(home, later.id) == ("placed", 1)
    assert differences(home.url("auditor")) == []


def test_a_rebuild_while_all_goes_on_loses_nothing(app: Connection, home: Home) -> None:
    standing = Standing()

    def show() -> None:
        with home.connect() as connection:
            while not standing.stop.is_set():
                projector.project(connection, batch=5)

    def write(seed: int) -> None:
        with home.connect() as connection:
            trade(connection, seed, count=25)

    with ThreadPoolExecutor(4) as pool:
        showing = pool.submit(show)
        writing = [pool.submit(write, seed) for seed in (1, 2)]
        while not all(one.done() for one in writing):
            rebuild(home.url())
        for one in writing:
            one.result()
        standing.stop.set()
        showing.result(timeout=10)
    catch_up(home, app)
    assert differences(home.url("auditor")) == []


@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        ("UPDATE orders.purchase SET status = 'paid'", "the present state is paid 1"),
        ("UPDATE orders.purchase SET lines = '[]'", "the present state"),
        ("DELETE FROM orders.purchase", "the present state is nothing"),
        ("DELETE FROM orders.event", "there is an order and no event"),
        ("UPDATE orders.event SET data = data || '{\"total_amount\": 1}'", "the present state"),
        ('UPDATE orders.history SET shown = shown || \'{"status": "paid"}\'', "the history shows"),
        ("DELETE FROM orders.history", "the history shows"),
        ("UPDATE orders.sale SET counts = false", "the sales count"),
        ("UPDATE orders.sales_of_day SET revenue = revenue + 1", "are summed up"),
        ("DELETE FROM orders.sales_of_day", "are summed up"),
        (
            (
                'INSERT INTO orders.snapshot SELECT id, 1, to_jsonb(p) || \'{"status": "paid"}\' '
                "FROM orders.purchase p"
            ),
            "the snapshot says",
        ),
    ],
)
def test_a_check_reports_what_was_tampered_with(
    app: Connection, home: Home, tampering: str, said: str
) -> None:
    place(app)
    catch_up(home, app)
    assert differences(home.url("auditor")) == []
    home.owner.execute("ALTER TABLE orders.purchase DISABLE TRIGGER USER")
    home.owner.execute(tampering)
    home.owner.execute("ALTER TABLE orders.purchase ENABLE TRIGGER USER")
    assert any(said in line for line in differences(home.url("auditor")))


def test_what_is_not_shown_yet_is_no_difference(app: Connection, home: Home) -> None:
    place(app)
    assert differences(home.url("auditor")) == []


def test_the_commands_say_what_they_found(
    app: Connection, home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORDERS_DATABASE_URL", home.url())
    placed = place(app)
    run(["rebuild"])
    assert capsys.readouterr().out == "1 orders shown\n"
    run(["check"])
    assert capsys.readouterr().out == "the events tell it all\n"
    home.owner.execute("UPDATE orders.purchase SET total_amount = 1")
    with pytest.raises(SystemExit) as left:
        run(["check"])
    assert left.value.code == 1
    assert str(placed.id) in capsys.readouterr().out


def is_standing_by(program: Program) -> bool:
    try:
        return "another projector" in program.http.get("/readyz").text
    except httpx.TransportError:
        return False


def test_one_projector_works_and_the_next_takes_over(
    app: Connection, home: Home, start: Start
) -> None:
    command = ("-m", "extracted.orders", "projector")
    first = start(*command, **home.variables)
    second = start(*command, is_awaited=False, **home.variables)
    one = place(app)
    until(lambda: shown(home, one.id))
    until(lambda: is_standing_by(second))
    first.process.kill()
    two = place(app)
    until(lambda: shown(home, two.id))
    until(second.is_ready)
    assert second.stop() == 0
    with psycopg.connect(home.url()) as connection:
        assert projector.lag(connection) == 0
