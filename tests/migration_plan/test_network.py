"""Handovers there and back over a bad network, slow disks and clocks that differ, while somebody writes.

Between strangler, relay and applier on one hand and the broker and the service's database on the other stands a
proxy that delays, loses and cuts. Whatever becomes of the run, `resume` ends it, one side owns, and every
acknowledged write is there with its version. A run may fail; a write may not be lost.

Both databases of these tests live in one server, whose disk and clock are good. A disk that is slow to flush is
played by a trigger that sleeps in the commit, where locks are still held; the clock of one side by functions of the
same names, which stand before the server's own.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.handover.conftest import DOMAIN, SideOfShop, wait_until
from tests.migration_plan.stage import Stage, reader, set_search_path, stage
from tests.migration_plan.test_crash import _write

__all__ = ["reader", "stage"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@contextmanager
def writing(stage: Stage) -> Iterator[dict[UUID, int]]:
    """Somebody writes all the while, where writes are accepted; yields what was acknowledged."""
    written: dict[UUID, int] = {}
    stop = threading.Event()
    writer = threading.Thread(target=_write, args=(stage.walkable, written, stop))
    writer.start()
    try:
        wait_until(lambda: written, what="the first write")
        yield written
    finally:
        stop.set()
        writer.join(30)


def move(stage: Stage, verb: str, goal: str, meanwhile: Callable[[], object]) -> None:
    """Move; let the network do what it does; mend it, and finish what was begun."""
    process = stage.walkable.start(verb, DOMAIN, "--to", goal)
    step = "check that nothing forbids it"
    query = "SELECT count(*) AS n FROM handover.journal WHERE step = %s AND phase = 'done'"
    with stage.walkable.operator() as operator:
        before = operator.execute(query, (step,)).fetchone()
        while process.poll() is None and operator.execute(query, (step,)).fetchone() == before:
            pass
    meanwhile()
    process.communicate(timeout=120)
    stage.up()
    status = stage.walkable.run("status", DOMAIN)
    if status["latest_run"]["state"] != "done":
        stage.walkable.run("resume", DOMAIN)
    stage.walkable.run(verb, DOMAIN, "--to", goal)


def slow(stage: Stage) -> None:
    stage.broker.delay_s = stage.database.delay_s = 0.01


def lossy(stage: Stage) -> None:
    stage.broker.is_silent = True
    with stage.shop.service.hand() as hand:
        mode = hand.ownership(DOMAIN).mode
        # What was swallowed is not sent again on this connection: the token is late, or had come.
        wait_until(lambda: hand.ownership(DOMAIN).mode != mode, what="a change of owner")


def cut(stage: Stage) -> None:
    stage.broker.drop()
    stage.database.drop()


@pytest.mark.parametrize("fault", [slow, lossy, cut])
def test_no_acknowledged_write_is_lost_over_a_bad_network(
    stage: Stage, fault: Callable[[Stage], None]
) -> None:
    there_and_back(stage, meanwhile=lambda: fault(stage))


def there_and_back(stage: Stage, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    """What is written is there in the end, whatever happens `meanwhile`."""
    with writing(stage) as written:
        move(stage, "advance", "cutover", meanwhile)
        move(stage, "retreat", "canary-100", meanwhile)
    stage.walkable.is_consistent(owner="monolith")
    rows = stage.shop.monolith.rows()
    assert {key: rows[key][1] for key in written} == written


FLUSH_S = 0.1
# Once per transaction, however many rows it has changed.
SLOW_FLUSH = f"""
CREATE FUNCTION public.flush_slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('test.flushed', true) IS DISTINCT FROM txid_current()::text THEN
        PERFORM set_config('test.flushed', txid_current()::text, true), pg_sleep({FLUSH_S});
    END IF;
    RETURN NULL;
END $$;
"""
AT_COMMIT = (
    "CREATE CONSTRAINT TRIGGER flush_slowly AFTER INSERT OR UPDATE ON handover.{table} "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.flush_slowly()"
)


def test_no_acknowledged_write_is_lost_on_slow_disks(stage: Stage) -> None:
    for side in (stage.shop.monolith, stage.shop.service):
        with side.connect("owner") as owner:
            owner.execute(SLOW_FLUSH)
            for table in ("outbox", "inbox", "ownership"):
                owner.execute(AT_COMMIT.format(table=table))
    with stage.shop.monolith.connect() as connection:
        began = time.monotonic()
        stage.shop.monolith.put(connection, uuid4(), "slow")
        assert time.monotonic() - began > FLUSH_S
    there_and_back(stage)


CLOCKS = ("clock_timestamp", "statement_timestamp", "transaction_timestamp", "now")
OTHER_CLOCK = (
    "CREATE FUNCTION skewed.{clock}() RETURNS timestamptz LANGUAGE sql "
    "AS $$ SELECT pg_catalog.{clock}() + interval '{skew_s} seconds' $$"
)
ITS_FUNCTIONS = """
SELECT pg_get_functiondef(oid) AS source FROM pg_proc
 WHERE pronamespace = 'handover'::regnamespace AND prosrc LIKE '%clock_timestamp()%'
"""
ITS_DEFAULTS = """
SELECT attrelid::regclass::text AS table, attname AS column
  FROM pg_attrdef JOIN pg_attribute ON adrelid = attrelid AND adnum = attnum
  JOIN pg_class ON pg_class.oid = attrelid
 WHERE relnamespace = 'handover'::regnamespace
   AND pg_get_expr(adbin, adrelid) LIKE '%clock_timestamp()%'
"""


def set_clock(side: SideOfShop, skew: timedelta) -> None:
    """Let this side's database tell another time, in its own functions and to whoever asks it."""
    with side.connect("owner") as owner:
        owner.execute("CREATE SCHEMA skewed; GRANT USAGE ON SCHEMA skewed TO PUBLIC")
        for clock in CLOCKS:
            owner.execute(OTHER_CLOCK.format(clock=clock, skew_s=skew.total_seconds()))
        functions = owner.execute(ITS_FUNCTIONS).fetchall()
        for function in functions:
            source = str(function["source"])
            owner.execute(
                source.replace("pg_catalog.clock_timestamp()", "skewed.clock_timestamp()")
            )
        for default in owner.execute(ITS_DEFAULTS).fetchall():
            owner.execute(
                f"ALTER TABLE {default['table']} ALTER COLUMN {default['column']} "
                "SET DEFAULT skewed.clock_timestamp()"
            )
    assert functions
    set_search_path(side, "skewed", "pg_catalog", "public")


@pytest.mark.parametrize("hours", [pytest.param(1, id="ahead"), pytest.param(-1, id="behind")])
@pytest.mark.parametrize("name", ["monolith", "service"])
def test_no_acknowledged_write_is_lost_where_clocks_differ(
    stage: Stage, name: str, hours: int
) -> None:
    skew = timedelta(hours=hours)
    side: SideOfShop = getattr(stage.shop, name)
    set_clock(side, skew)
    # Whoever is connected knows the old time.
    for process in list(stage.shop.processes):
        stage.shop.kill(process)
    stage.up()
    there_and_back(stage)
    with side.hand() as hand:
        told = hand.ownership(DOMAIN).changed_at - datetime.now(UTC)
    assert abs(told - skew) < timedelta(minutes=5)
