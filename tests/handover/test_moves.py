"""The writes change sides under load, in both directions, and come back when the token is late."""

import threading
import time
from uuid import uuid4

import psycopg
import pytest

from handover.moves import BusyError, HandoverError, ReclaimedError, StuckError, hand_over
from handover.operator import lag
from handover.reconcile import reconcile

from .conftest import DOMAIN, Shop, wait_until


@pytest.fixture
def moving(shop: Shop) -> Shop:
    """Capture on, everything running, replica equal."""
    shop.start_all()
    with shop.monolith.hand() as giver, shop.service.hand() as taker:
        giver.start_capture(DOMAIN)
        giver.snapshot_chunk(DOMAIN, "thing", 100)
        wait_until(lambda: lag(giver, taker, DOMAIN).total == 0)
    return shop


def put_anywhere(shop, connections, key, label):
    """Write where the writes are accepted; a refusal means: ask the other side."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for side in (shop.monolith, shop.service):
            try:
                return side.put(connections[side.name], key, label)
            except psycopg.Error as error:
                if error.sqlstate != "DM001":
                    raise
    raise AssertionError("nobody accepted the write")


def test_every_acknowledged_write_is_there_once_after_moves_in_both_directions(moving):
    acknowledged: list[tuple[object, int]] = []
    stop = threading.Event()

    def write() -> None:
        mine = [uuid4() for _ in range(5)]
        with moving.monolith.connect() as m, moving.service.connect() as s:
            connections = {"monolith": m, "service": s}
            number = 0
            while not stop.is_set():
                key = mine[number % 5]
                version = put_anywhere(moving, connections, key, f"{mine[0]} {number}")
                acknowledged.append((key, version))
                number += 1

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        with moving.monolith.hand() as m, moving.service.hand() as s:
            for giver, taker in ((m, s), (s, m)) * 3:
                handed = hand_over(giver, taker, DOMAIN)
                assert handed.pause_ms is not None
                seen = len(acknowledged)
                wait_until(lambda seen=seen: len(acknowledged) > seen + 20)
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    with moving.monolith.hand() as m, moving.service.hand() as s:
        wait_until(lambda: lag(m, s, DOMAIN).total == 0 and lag(s, m, DOMAIN).total == 0)
        assert m.ownership(DOMAIN).epoch == 7
    assert moving.monolith.rows() == moving.service.rows()
    last = {key: version for key, (_, version) in moving.monolith.rows().items()}
    # Each acknowledged write made one version: none is missing, none was made twice.
    for key, version in last.items():
        assert sorted(v for k, v in acknowledged if k == key) == list(range(1, version + 1))


def test_a_handover_that_was_done_is_not_done_again(moving):
    with moving.monolith.hand() as m, moving.service.hand() as s:
        first = hand_over(m, s, DOMAIN)
        again = hand_over(m, s, DOMAIN)
        assert first.epoch == again.epoch == s.ownership(DOMAIN).epoch == 2
        assert again.pause_ms is None


def test_a_token_in_flight_is_awaited_not_released_twice(moving):
    with moving.monolith.hand() as m, moving.service.hand() as s:
        m.release(DOMAIN, epoch=1, lock_timeout_ms=500)
        assert hand_over(m, s, DOMAIN).epoch == 2


def test_a_token_that_travels_the_other_way_is_no_success(moving):
    with moving.monolith.hand() as m, moving.service.hand() as s:
        hand_over(m, s, DOMAIN)
        # Both sides have released now: the way back was begun and has not arrived.
        moving.kill("service-relay")
        s.release(DOMAIN, epoch=2, lock_timeout_ms=500)
        with pytest.raises(StuckError, match="service has released"):
            hand_over(m, s, DOMAIN, token_timeout_s=0.1)
        moving.start("service-relay")
        assert hand_over(s, m, DOMAIN).epoch == 3


def test_a_late_token_is_taken_back_and_refused_when_it_arrives(moving):
    moving.kill("monolith-relay")
    with moving.monolith.hand() as m, moving.service.hand() as s:
        with pytest.raises(ReclaimedError, match="late"):
            hand_over(m, s, DOMAIN, token_timeout_s=0.2)
        assert (m.ownership(DOMAIN).mode, m.ownership(DOMAIN).epoch) == ("OWNER", 3)
        assert (s.ownership(DOMAIN).mode, s.ownership(DOMAIN).epoch) == ("BURNED", 3)
        moving.start("monolith-relay")
        wait_until(lambda: lag(m, s, DOMAIN).total == 0)
        assert s.ownership(DOMAIN).mode == "BURNED"
        assert s.refused_grants(DOMAIN)[0]["reason"] == "burned or stale"
        with moving.monolith.connect() as connection:
            moving.monolith.put(connection, uuid4(), "still here")
        assert hand_over(m, s, DOMAIN).epoch == 4


def test_no_token_leaves_for_a_copy_of_another_epoch(moving):
    """It could neither be accepted nor burned, nor taken back."""
    with moving.monolith.hand() as m, moving.service.hand() as s:
        with moving.service.connect("owner") as owner:
            owner.execute("UPDATE handover.ownership SET mode = 'BURNED', epoch = 3")
        with pytest.raises(HandoverError, match="restored from before"):
            hand_over(m, s, DOMAIN)
        assert (m.ownership(DOMAIN).mode, m.ownership(DOMAIN).epoch) == ("OWNER", 1)


def test_a_receiver_that_differs_refuses_the_token(moving):
    with moving.monolith.connect() as connection, moving.monolith.hand() as m:
        key = uuid4()
        moving.monolith.put(connection, key, "a")
        with moving.service.hand() as s:
            wait_until(lambda: lag(m, s, DOMAIN).total == 0)
            with moving.service.connect("applier") as rogue:
                rogue.execute("UPDATE shop.thing SET title = 'tampered' WHERE id = %s", (key,))
            with pytest.raises(ReclaimedError, match="digest differs"):
                hand_over(m, s, DOMAIN)
            assert m.ownership(DOMAIN).mode == "OWNER"
            assert m.resend_rows(DOMAIN, "thing", [key]) == 1


def test_a_long_transaction_leaves_everything_as_it_was(moving):
    with (
        moving.monolith.connect() as writer,
        moving.monolith.hand() as m,
        moving.service.hand() as s,
    ):
        with writer.transaction():
            writer.execute("SELECT handover.enter('shop')")
            with pytest.raises(BusyError, match="still owns"):
                hand_over(m, s, DOMAIN, lock_timeout_ms=20, tries=2)
        assert m.ownership(DOMAIN).epoch == 1


def test_reconcile_finds_what_is_missing_added_and_changed(moving):
    keys = [uuid4() for _ in range(50)]
    with moving.monolith.connect() as connection:
        for key in keys:
            moving.monolith.put(connection, key, str(key))
    with moving.monolith.hand() as m, moving.service.hand() as s:
        wait_until(lambda: lag(m, s, DOMAIN).total == 0)
        arguments = {"entities": ["thing"], "range_rows": 7, "settle_s": 0.3}
        report = reconcile(m.connection, s.connection, DOMAIN, **arguments)
        assert report.clean
        assert report.entities[0].rows_a == report.entities[0].rows_b == 50

        extra = uuid4()
        with moving.service.connect("applier") as rogue:
            rogue.execute("DELETE FROM shop.thing WHERE id = %s", (keys[0],))
            rogue.execute("UPDATE shop.thing SET title = 'x' WHERE id = %s", (keys[1],))
            rogue.execute("INSERT INTO shop.thing VALUES (%s, 'extra', 9, now())", (extra,))
        report = reconcile(m.connection, s.connection, DOMAIN, **arguments)
        found = {d.key: (d.version_a, d.version_b) for d in report.entities[0].differences}
        assert found == {keys[0]: (1, None), keys[1]: (1, 1), extra: (None, 9)}

        m.resend_rows(DOMAIN, "thing", list(found))
        wait_until(lambda: lag(m, s, DOMAIN).total == 0)
        assert reconcile(m.connection, s.connection, DOMAIN, **arguments).clean


def test_a_repair_takes_a_row_away_before_another_gets_its_name(moving):
    old, new = uuid4(), uuid4()
    with moving.monolith.connect() as connection:
        moving.monolith.put(connection, new, "the name")
    with moving.monolith.hand() as m, moving.service.hand() as s:
        wait_until(lambda: lag(m, s, DOMAIN).total == 0)
        with moving.service.connect("applier") as rogue:
            rogue.execute("DELETE FROM shop.thing")
            rogue.execute("INSERT INTO shop.thing VALUES (%s, 'the name', 1, now())", (old,))
        m.resend_rows(DOMAIN, "thing", [new, old])
        wait_until(lambda: lag(m, s, DOMAIN).total == 0)
    assert moving.service.rows() == moving.monolith.rows()
