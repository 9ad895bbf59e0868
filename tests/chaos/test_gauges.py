"""What is read when all should have come to rest."""

import pytest

from chaos.gauges import OUTBOXES, QUEUES, Reading, read_at_rest, waiting_in


def reading(messages: float, facts: float = 0.0) -> Reading:
    return Reading(at=0, values={QUEUES: {"all queues": messages}, OUTBOXES: {"orders": facts}})


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes only while somebody sleeps."""
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(naps))
    return naps


def test_a_count_that_is_late_is_read_again(slept: list[float]) -> None:
    # RabbitMQ counts every five seconds.
    found = read_at_rest(lambda: reading(4 if sum(slept) < 5 else 0))
    assert found.is_at_rest
    assert sum(slept) == 5


@pytest.mark.parametrize(
    "stays",
    [reading(4), reading(0, facts=1), Reading(at=0, values={})],
    ids=["in a queue", "in an outbox", "unread"],
)
def test_what_stays_is_told_after_half_a_minute(slept: list[float], stays: Reading) -> None:
    found = read_at_rest(lambda: stays)
    assert (found, found.is_at_rest) == (stays, False)
    assert sum(slept) == 30


def test_a_reply_to_the_dead_waits_for_nobody() -> None:
    queues = [
        {"name": "rpc.reply-1", "messages": 1, "consumers": 0},
        {"name": "rpc.reply-2", "messages": 2, "consumers": 1},
        {"name": "catalog.service", "messages": 4, "consumers": 0},
        {"name": "new", "consumers": 0},
    ]
    assert waiting_in(queues) == 6
