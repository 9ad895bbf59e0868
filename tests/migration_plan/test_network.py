"""Handovers there and back over a bad network, while somebody writes.

Between strangler, relay and applier on one hand and the broker and the service's database on the other stands a
proxy that delays, loses and cuts. Whatever becomes of the run, `resume` ends it, one side owns, and every
acknowledged write is there with its version. A run may fail; a write may not be lost.

Not tried: clocks that differ. Both databases of these tests live in one server. No decision compares the clocks of
two sides: the digest's moment is compared with times that travel with the rows, and epochs order the rest. What skew
does falsify is `pause_ms`.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest

from tests.handover.conftest import DOMAIN, wait_until
from tests.migration_plan.stage import Stage, reader, stage
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
    with writing(stage) as written:
        move(stage, "advance", "cutover", lambda: fault(stage))
        move(stage, "retreat", "canary-100", lambda: fault(stage))
    stage.walkable.is_consistent(owner="monolith")
    rows = stage.shop.monolith.rows()
    assert {key: rows[key][1] for key in written} == written
