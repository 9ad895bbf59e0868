"""What the relay deletes, it finds without reading what it keeps."""

import concurrent.futures

from handover import upkeep
from handover.upkeep import Upkeep
from tests.plans import most_rows

from .conftest import wait_until


def test_old_facts_are_found_by_the_index_and_not_by_looking_at_all_others(shop):
    with shop.connect("owner") as owner:
        # A table of a few rows is read whole, whatever its indexes.
        owner.execute("SET enable_seqscan = off")
        plan = owner.execute(
            f"EXPLAIN {upkeep.CULL}", {"retention_s": 3600, "at_once": 9}
        ).fetchall()
    lines = [line.strip() for row in plan for line in row.values()]
    assert any(line.startswith("Index Cond: (published_at < ") for line in lines), lines


def test_what_is_younger_than_the_retention_stays(shop):
    publish = (
        "INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload,"
        " stream_sequence, published_at) SELECT 'shop', 'fact', 'f', n::text, 1, '{}', n,"
        " clock_timestamp() - make_interval(secs => n * 100) FROM generate_series(1, 4) n"
    )
    with shop.connect("owner") as owner:
        owner.execute(publish)
        owner.execute(upkeep.CULL, {"retention_s": 250, "at_once": 9})
        kept = owner.execute("SELECT stream_sequence FROM handover.outbox ORDER BY 1").fetchall()
    assert [row["stream_sequence"] for row in kept] == [1, 2]


def test_what_is_sent_anew_while_the_relay_culls_stays(shop):
    with shop.connect("owner") as owner, shop.connect("relay") as relay:
        owner.execute(OLD, (3,))
        with (
            concurrent.futures.ThreadPoolExecutor(1) as aside,
            shop.connect("owner") as operator,
        ):
            with operator.transaction():
                operator.execute("SELECT handover.resend_stream('shop', 2)")
                culling = aside.submit(
                    relay.execute, upkeep.CULL, {"retention_s": 3600, "at_once": 9}
                )
                wait_until(lambda: owner.execute(WAITING).fetchone()["n"] == 1, what="the cull")
            assert culling.result(10).rowcount == 1
        kept = owner.execute("SELECT stream_sequence FROM handover.outbox ORDER BY 1").fetchall()
    assert [row["stream_sequence"] for row in kept] == [2, 3]


WAITING = "SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
OLD = (
    "INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload,"
    " stream_sequence, published_at) SELECT 'shop', 'fact', 'f', n::text, 1, '{}', n,"
    " clock_timestamp() - interval '1 day' FROM generate_series(1, %s) n"
)


def test_a_relay_culls_now_and_then_and_goes_on_while_much_is_old(shop, monkeypatch):
    monkeypatch.setattr(upkeep, "EVERY_S", 3600)
    with shop.connect("owner") as owner, shop.connect("relay") as database:

        def kept():
            return owner.execute("SELECT count(*) AS n FROM handover.outbox").fetchone()["n"]

        owner.execute(OLD, (upkeep.AT_ONCE + 10,))
        relay = Upkeep(database, retention_s=3600)
        relay.when_due()
        assert kept() == 10
        relay.when_due()
        assert kept() == 0
        owner.execute(OLD, (10,))
        relay.when_due()
        assert kept() == 10


def test_the_backlog_is_known_without_counting_it(shop):
    with shop.connect("owner") as owner, shop.connect("relay") as relay:
        owner.execute(OLD, (2000,))
        owner.execute(
            "UPDATE handover.outbox SET published_at = NULL, occurred_at = occurred_at"
            " - interval '1 day' WHERE stream_sequence > 500"
        )
        owner.execute("UPDATE handover.stream SET last_sequence = 2000 WHERE domain = 'shop'")
        for _ in range(3):
            owner.execute(
                "INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload)"
                " VALUES ('shop', 'fact', 'f', 'x', 1, '{}')"
            )
        owner.execute("ANALYZE handover.outbox")
        most = {"most": upkeep.MOST_COUNTED}
        [found] = relay.execute(upkeep.BACKLOG, most).fetchall()
        plan = relay.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {upkeep.BACKLOG}", most).fetchone()
        relay.execute("UPDATE handover.outbox SET published_at = now(), stream_sequence = -id")
        [nothing] = relay.execute(upkeep.BACKLOG, most).fetchall()
    assert (found["domain"], found["depth"]) == ("shop", 1503)
    # The oldest was written a day ago, as all that wait and have a number.
    assert 86_000 < found["lag"] < 87_000
    assert most_rows(plan["QUERY PLAN"][0]["Plan"]) <= 3
    assert (nothing["depth"], nothing["lag"]) == (0, 0)
