"""What the applier makes of deliveries, whatever comes while it is busy with others."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from handover import topology
from handover.apply import Outcome, _next_in_order
from handover.consumer import Consumer
from handover.wire import StreamMessage


class Broker:
    """A connection on which frames wait; None is a pause longer than a batch is waited for."""

    def __init__(self) -> None:
        self.frames: list[Callable[[], None] | None] = []

    def drain_events(self, timeout: float) -> None:
        assert timeout > 0
        frame = self.frames.pop(0) if self.frames else None
        if frame is None:
            raise TimeoutError
        frame()

    def heartbeat_tick(self) -> None:
        pass


class Channel:
    """As py-amqp's: who waits for the answer to a question is given what stands before it."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.collect: list[Callable[[Any], None]] = []
        self.acknowledged: set[int] = set()

    def basic_qos(self, **_: Any) -> None:
        waiting, self.broker.frames = self.broker.frames, []
        for frame in filter(None, waiting):
            frame()

    def basic_consume(self, _queue: str, callback: Callable[[Any], None]) -> None:
        self.collect.append(callback)

    def basic_ack(self, tag: int, multiple: bool = False) -> None:
        self.acknowledged |= set(range(1, tag + 1)) if multiple else {tag}


class Database:
    """Says what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.closed = False

    def execute(self, _statement: str, values: Any = None) -> None:
        self.asked.append(values)


class Applier:
    """Applies in order, unless it fails."""

    def __init__(self, domain: str, *, last: int = 0) -> None:
        self.domain = domain
        self.last = last
        self.error: Exception | None = None
        self.tries = 0

    def apply(self, _database: Database, messages: list[StreamMessage]) -> Outcome:
        self.tries += 1
        if self.error:
            raise self.error
        chosen, gap = _next_in_order(messages, start=self.last)
        self.last += len(chosen)
        return Outcome(last_sequence=self.last, applied=len(chosen), dropped=0, gap=gap)


class Scene:
    """A consumer of some domains, each with an applier."""

    def __init__(self, *appliers: Applier) -> None:
        self.broker, self.database = Broker(), Database()
        self.channel = Channel(self.broker)
        self.appliers = appliers
        self.consumer = Consumer(
            database=self.database,  # type: ignore[arg-type]
            broker=self.broker,
            channel=self.channel,
            side="monolith",
        )
        for applier in appliers:
            self.consumer.subscribe(applier)  # type: ignore[arg-type]
        self.tags = 0

    def deliver(self, place: int, *sequences: int) -> None:
        for sequence in sequences:
            self.tags += 1
            delivery = Delivery(self.tags, self.appliers[place].domain, sequence)
            self.broker.frames.append(lambda d=delivery: self.channel.collect[place](d))  # type: ignore[misc]


class Delivery:
    def __init__(self, tag: int, domain: str, sequence: int) -> None:
        self.delivery_tag = tag
        content = {"domain": domain, "source": "service", "kind": "fact", "sequence": sequence}
        self.body = json.dumps({**content, "epoch": 1, "payload": {"rows": []}})


@pytest.fixture(autouse=True)
def _no_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topology, "declare", lambda *_, **__: None)


def test_what_comes_while_a_gap_is_seen_is_not_forgotten() -> None:
    # The queue was lost; what is missing comes behind later messages, after a pause.
    applier = Applier("catalog", last=50)
    scene = Scene(applier)
    scene.deliver(0, *range(101, 121))
    scene.broker.frames.append(None)
    scene.deliver(0, *range(121, 151), *range(51, 101))
    for _ in range(3):
        scene.consumer.take()
    assert applier.last == 100
    assert scene.consumer.is_over, "those behind the gap are delivered again to the next session"


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.UniqueViolation("it is there"),
        psycopg.errors.UndefinedColumn("no such column"),
        psycopg.errors.RaiseException("said by a trigger"),
        TypeError("not a row"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_domain_that_fails_rests_while_others_go_on(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    poisoned, other = Applier("catalog"), Applier("orders")
    scene = Scene(poisoned, other)
    poisoned.error = error
    scene.deliver(0, 1)
    scene.deliver(1, 1)
    scene.consumer.take()
    assert scene.channel.acknowledged == {2}
    said = f"{type(error).__name__}: {error}"
    assert scene.consumer.trouble == f"catalog: {said}"
    assert (said, "catalog") in scene.database.asked, "operators read it in the inbox"

    scene.deliver(1, 2)
    scene.consumer.take()
    assert (other.last, poisoned.last) == (2, 0)
    poisoned.error = None
    scene.deliver(0, 2)
    now[0] += 1
    scene.consumer.take()
    assert poisoned.last == 2
    assert scene.consumer.trouble is None
    assert scene.channel.acknowledged == {1, 2, 3, 4}


def test_a_domain_that_fails_again_rests_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    applier = Applier("catalog")
    applier.error = LookupError("no")
    scene = Scene(applier)
    scene.deliver(0, 1)
    while now[0] < 30:
        scene.consumer.take()
        now[0] += 0.01
    assert 8 < applier.tries < 20, "doubling, and at most about five seconds"


def test_without_its_database_the_session_ends() -> None:
    applier = Applier("catalog")
    applier.error = psycopg.OperationalError("gone")
    scene = Scene(applier)
    scene.database.closed = True
    scene.deliver(0, 1)
    with pytest.raises(psycopg.OperationalError, match="gone"):
        scene.consumer.take()


def test_a_round_reads_only_so_many_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handover.consumer.ROUND_CHARACTERS", 150)
    applier = Applier("catalog")
    scene = Scene(applier)
    scene.deliver(0, 1, 2, 3, 4, 5)
    scene.consumer.take()
    assert (applier.last, len(scene.broker.frames)) == (2, 3), "of some 90 each"
    scene.consumer.take()
    scene.consumer.take()
    assert applier.last == 5
    assert scene.channel.acknowledged == {1, 2, 3, 4, 5}
