"""Facts arrive once and in order, whatever dies on the way."""

import json
import threading
from contextlib import closing
from uuid import uuid4

import amqp
import pytest

from handover import relay, topology
from handover.apply import DomainApplier, UnknownKindError
from handover.operator import lag
from handover.process import Standing, connect_broker
from handover.wire import StreamMessage

from .conftest import DOMAIN, wait_until


def capture(shop):
    with shop.monolith.hand() as hand:
        assert hand.start_capture(DOMAIN)


def drained(shop):
    with shop.monolith.hand() as giver, shop.service.hand() as taker:
        return lag(giver, taker, DOMAIN).total == 0


def both_agree(shop):
    return drained(shop) and shop.monolith.rows() == shop.service.rows()


def test_nothing_is_recorded_before_capture_begins(shop):
    with shop.monolith.connect() as connection, shop.monolith.hand() as hand:
        shop.monolith.put(connection, uuid4(), "a")
        assert hand.outbox_depth(DOMAIN) == 0
        assert hand.start_capture(DOMAIN)
        assert not hand.start_capture(DOMAIN)
        shop.monolith.put(connection, uuid4(), "b")
        assert hand.outbox_depth(DOMAIN) == 2


def test_a_fact_is_only_there_when_its_transaction_is(shop):
    capture(shop)
    with shop.monolith.connect() as connection, shop.monolith.hand() as hand:
        with connection.transaction(force_rollback=True):
            shop.monolith.put(connection, uuid4(), "never")
        assert hand.outbox_depth(DOMAIN) == 1


def test_changes_and_deletions_reach_the_other_side(shop, keys):
    capture(shop)
    shop.start("monolith-relay", "service-applier")
    with shop.monolith.connect() as connection:
        for number, key in enumerate(keys):
            shop.monolith.put(connection, key, f"label {number}")
        shop.monolith.put(connection, keys[0], "changed")
        shop.monolith.delete(connection, keys[1])
        # A unique label that a deletion has freed is taken again at once.
        shop.monolith.put(connection, uuid4(), "label 1")
    wait_until(lambda: both_agree(shop))
    assert len(shop.service.rows()) == len(keys)


def test_nothing_is_lost_or_doubled_when_relay_and_applier_are_killed(shop):
    capture(shop)
    shop.start("monolith-relay", "service-applier")
    stop = threading.Event()

    def write() -> None:
        mine = [uuid4() for _ in range(10)]
        with shop.monolith.connect() as connection:
            number = 0
            while not stop.is_set():
                number += 1
                shop.monolith.put(connection, mine[number % 10], f"{mine[0]} {number}")

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for name in ("monolith-relay", "service-applier") * 2:
            before = len(shop.service.rows())
            wait_until(lambda before=before: len(shop.service.rows()) >= before, what="work")
            shop.kill(name)
            shop.start(name)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    wait_until(lambda: both_agree(shop))
    versions = [version for _, version in shop.service.rows().values()]
    assert sum(versions) > 20


def test_a_second_relay_stands_by_and_takes_over(shop, keys):
    capture(shop)
    shop.start("monolith-relay", "service-applier")
    first = shop.processes.pop("monolith-relay")
    shop.start("monolith-relay")
    first.kill()
    with shop.monolith.connect() as connection:
        for key in keys:
            shop.monolith.put(connection, key, str(key))
    wait_until(lambda: both_agree(shop))


def test_a_message_that_is_missing_stops_the_applier_until_it_is_sent_again(shop, keys):
    capture(shop)
    shop.start("monolith-relay")
    queue = topology.stream_queue(DOMAIN, "service")
    with shop.monolith.connect() as connection:
        shop.monolith.put(connection, keys[0], "a")
        with shop.monolith.hand() as hand:
            wait_until(lambda: hand.outbox_depth(DOMAIN) == 0)
            # Lose what the broker holds, as a purge by mistake would.
            with closing(connect_broker(shop.monolith.amqp_url)) as broker:
                assert broker.channel().queue_purge(queue) == 2
            shop.monolith.put(connection, keys[1], "b")
            shop.start("service-applier")
            wait_until(lambda: hand.outbox_depth(DOMAIN) == 0)
            assert shop.service.rows() == {}

            assert hand.resend_stream(DOMAIN, since_sequence=1) == 3
    wait_until(lambda: both_agree(shop))


def test_a_kind_of_message_from_a_newer_sender_is_not_skipped(shop):
    applier = DomainApplier(DOMAIN, (shop.service.entity,))
    news = StreamMessage(
        domain=DOMAIN, source="monolith", kind="merge", sequence=1, epoch=1, payload={}
    )
    with (
        shop.service.connect("applier") as database,
        pytest.raises(UnknownKindError, match="merge"),
    ):
        applier.apply(database, [news])
    with shop.service.hand() as hand:
        assert hand.inbox_sequence(DOMAIN) == 0


@pytest.mark.parametrize("windows", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_whole_windows_before_what_comes_earlier_hold_up_nobody(shop, windows):
    # The queue was lost, and was filled again before anybody had it sent anew, by one window or by
    # more than the applier is given at once; the relay has read the next one ahead.
    capture(shop)
    settings = shop.monolith.settings()["relay"]
    with (
        shop.monolith.connect("relay") as database,
        closing(connect_broker(settings.amqp_url)) as broker,
        shop.monolith.hand() as hand,
    ):
        channel = broker.channel()
        channel.confirm_select()
        relay._declare(channel, database, side="monolith")
        carrier = relay.Relay(database=database, broker=broker, channel=channel, side="monolith")
        write(shop, relay.WINDOW - 1)  # and the reset before them
        assert carrier.carry() == relay.WINDOW
        assert channel.queue_purge(topology.stream_queue(DOMAIN, "service")) == relay.WINDOW
        write(shop, (windows + 1) * relay.WINDOW)
        assert [carrier.carry() for _ in range(windows)] == [relay.WINDOW] * windows
        hand.resend_stream(DOMAIN, since_sequence=1)
        while carrier.carry():
            pass
    shop.start("service-applier")
    wait_until(lambda: both_agree(shop), what="all that was sent again")


def test_what_gets_another_number_while_it_is_sent_is_not_marked(shop, monkeypatch):
    # A migration begins the numbers of a stream anew: under the new one nobody has it yet.
    capture(shop)
    settings = shop.monolith.settings()["relay"]
    with (
        shop.monolith.connect("relay") as database,
        shop.monolith.connect("owner") as owner,
        closing(connect_broker(settings.amqp_url)) as broker,
        shop.monolith.hand() as hand,
    ):
        channel = broker.channel()
        channel.confirm_select()
        relay._declare(channel, database, side="monolith")
        carrier = relay.Relay(database=database, broker=broker, channel=channel, side="monolith")
        write(shop, 2)  # and the reset before them
        send = carrier._publish

        def send_and_renumber(row):
            send(row)
            owner.execute("UPDATE handover.outbox SET stream_sequence = stream_sequence + 100")

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(carrier, "_publish", send_and_renumber)
            assert carrier.carry() == 3
        assert hand.outbox_depth(DOMAIN) == 3
        assert carrier.carry() == 3
        assert hand.outbox_depth(DOMAIN) == 0


def write(shop, number):
    with shop.monolith.connect() as connection:
        for _ in range(number):
            shop.monolith.put(connection, key := uuid4(), str(key))


def test_a_relay_that_stands_by_listens_to_nothing(shop, monkeypatch):
    # psycopg keeps every notification until somebody reads it, and a relay that waits reads none.
    def stand_by(database, _standing, **_):
        heard.extend(database.execute("SELECT pg_listening_channels()").fetchall())
        return False

    heard: list[object] = []
    monkeypatch.setattr(relay, "become_active", stand_by)
    relay._session(shop.monolith.settings()["relay"], Standing())
    assert heard == []


@pytest.mark.parametrize(
    ("version", "is_repair", "label"),
    [
        pytest.param(2, False, "here", id="a copy of history leaves the same version alone"),
        pytest.param(2, True, "there", id="a repair replaces it"),
        pytest.param(1, True, "here", id="a repair that is older than what is here"),
        pytest.param(3, False, "there", id="a copy that is newer"),
    ],
)
def test_what_an_image_replaces(shop, version, is_repair, label):
    applier = DomainApplier(DOMAIN, (shop.service.entity,))
    key = uuid4()

    def copy(number, **image):
        image = {"id": str(key), "updated_at": "2026-11-28T10:00:00Z"} | image
        payload = {"entity": "thing", "images": [image], "gone": []}
        return StreamMessage(
            domain=DOMAIN,
            source="monolith",
            kind="snapshot",
            sequence=number,
            epoch=1,
            payload=payload | ({"repair": True} if is_repair and number == 2 else {}),
        )

    with shop.service.connect("applier") as database:
        applier.apply(database, [copy(1, label="here", version=2)])
        applier.apply(database, [copy(2, label="there", version=version)])
    assert shop.service.rows()[key] == (label, max(2, version))


def test_garbage_in_the_stream_queue_is_put_aside(shop, keys):
    capture(shop)
    shop.start("monolith-relay", "service-applier")
    queue = topology.stream_queue(DOMAIN, "service")
    wait_until(lambda: drained(shop))
    with closing(connect_broker(shop.monolith.amqp_url)) as broker:
        channel = broker.channel()
        for body in (b"\xff", b"{}", json.dumps({"sequence": "1"}).encode()):
            channel.basic_publish(amqp.Message(body), exchange="", routing_key=queue)
        with shop.monolith.connect() as connection:
            shop.monolith.put(connection, keys[0], "a")
        wait_until(lambda: both_agree(shop))
        dead = f"{queue}.dead"
        wait_until(lambda: channel.queue_declare(dead, passive=True).message_count == 3)


def test_a_plain_event_reaches_whoever_listens_on_namekos_exchange(shop, keys):
    capture(shop)
    with closing(connect_broker(shop.monolith.amqp_url)) as broker:
        channel = broker.channel()
        topology.declare(channel, domain=DOMAIN, side="monolith", receiver="service")
        listener = channel.queue_declare("", exclusive=True).queue
        channel.queue_bind(listener, topology.events_exchange(DOMAIN), "thing_changed")
        shop.start("monolith-relay")
        with shop.monolith.connect() as connection:
            shop.monolith.put(connection, keys[0], "a")
        received = []
        channel.basic_consume(listener, callback=received.append, no_ack=True)
        wait_until(lambda: broker.drain_events(timeout=5) or received)
        body = json.loads(received[0].body)
        assert body["event"] == "thing_changed"
        assert body["aggregate_id"] == str(keys[0])
        assert body["sequence"] == 2


def test_history_and_live_changes_commute(shop):
    """Backfill while others write and delete: nothing missing, stale or risen from the dead."""
    known = [uuid4() for _ in range(300)]
    with shop.monolith.connect() as connection:
        for key in known:
            shop.monolith.put(connection, key, str(key))
    capture(shop)
    shop.start("monolith-relay", "service-applier")
    done = threading.Event()

    def disturb() -> None:
        with shop.monolith.connect() as connection:
            for number, key in enumerate(known):
                if number % 3 == 0:
                    shop.monolith.delete(connection, key)
                elif number % 3 == 1:
                    shop.monolith.put(connection, key, f"changed {number}")
                    shop.monolith.put(connection, uuid4(), f"new {number}")
        done.set()

    writer = threading.Thread(target=disturb)
    writer.start()
    with shop.monolith.hand() as hand:
        while not hand.snapshot_chunk(DOMAIN, "thing", 7).finished:
            pass
        assert hand.backfill_progress(DOMAIN)["thing"]["finished_at"] is not None
    writer.join()
    assert done.is_set()
    wait_until(lambda: both_agree(shop))
    assert len(shop.service.rows()) == 300


def test_a_new_capture_empties_the_replica_first(shop, keys):
    capture(shop)
    shop.start("monolith-relay", "service-applier")
    with shop.monolith.connect() as connection, shop.monolith.hand() as hand:
        shop.monolith.put(connection, keys[0], "a")
        wait_until(lambda: both_agree(shop))
        assert hand.stop_capture(DOMAIN)
        with connection.transaction():
            connection.execute("DELETE FROM public.shop_thing")
        assert shop.service.rows() != {}
        assert hand.start_capture(DOMAIN)
    wait_until(lambda: drained(shop))
    assert shop.service.rows() == {}


def test_the_applier_never_empties_tables_its_side_owns(shop):
    with shop.service.connect("owner") as connection:
        connection.execute("UPDATE handover.ownership SET mode = 'OWNER', epoch = 2")
    with shop.service.connect() as connection:
        shop.service.put(connection, uuid4(), "mine")
    capture(shop)
    shop.start("monolith-relay", "service-applier")
    with shop.monolith.hand() as hand:
        wait_until(lambda: hand.outbox_depth(DOMAIN) == 0)
    # The applier tries again and again, on purpose: what matters is that it never got past.
    with shop.service.connect("auditor") as connection:
        refused = "SELECT 1 FROM pg_stat_database WHERE datname = current_database() "
        wait_until(lambda: connection.execute(refused + "AND xact_rollback > 2").fetchone())
        position = connection.execute("SELECT last_sequence FROM handover.inbox").fetchone()
    assert position == {"last_sequence": 0}
    assert len(shop.service.rows()) == 1
