"""A window is confirmed when every message of it is."""

from collections import defaultdict
from typing import Any

import pytest

from handover.confirms import ConfirmWindow, NotConfirmedError


class FakeChannel:
    def __init__(self) -> None:
        self.events: dict[str, set[Any]] = defaultdict(set)

    def _basic_publish(self, message, **_: object) -> None:
        return None

    def emit(self, event: str, *arguments: object) -> None:
        for callback in self.events[event]:
            callback(*arguments)


class FakeBroker:
    def __init__(self, *script) -> None:
        self.script = list(script)

    def drain_events(self, *, timeout: float) -> None:
        if not self.script:
            raise TimeoutError
        self.script.pop(0)()


def window(*script, messages: int = 3) -> ConfirmWindow:
    channel = FakeChannel()
    confirms = ConfirmWindow(FakeBroker(*((lambda e=e: channel.emit(*e)) for e in script)), channel)
    for _ in range(messages):
        confirms.publish(None, exchange="", routing_key="", mandatory=True)
    return confirms


@pytest.fixture(autouse=True)
def short_timeout(monkeypatch):
    monkeypatch.setattr("handover.confirms.CONFIRM_TIMEOUT_S", 0.05)


@pytest.mark.parametrize(
    "acks",
    [
        [("basic_ack", 3, True)],
        [("basic_ack", 3, False), ("basic_ack", 1, False), ("basic_ack", 2, False)],
        [("basic_ack", 2, True), ("basic_ack", 3, False)],
    ],
    ids=["all at once", "out of order", "mixed"],
)
def test_all_confirmed(acks):
    window(*acks).wait()


@pytest.mark.parametrize(
    "events",
    [
        [("basic_ack", 3, False), ("basic_ack", 2, False)],
        [("basic_ack", 3, False), ("basic_nack", 2, False)],
        [("basic_return", RuntimeError("NO_ROUTE")), ("basic_ack", 3, True)],
        [],
    ],
    ids=["the last tag says nothing about the first", "refused", "returned", "silence"],
)
def test_not_all_confirmed(events):
    with pytest.raises(NotConfirmedError):
        window(*events).wait()
