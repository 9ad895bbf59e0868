"""Whoever listens understands all that may be said: each listener against the document of events."""

import contextlib
import json
from collections.abc import Iterator
from importlib import import_module
from inspect import getmembers, isclass, isfunction
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extracted.chassis import asyncapi
from extracted.chassis.events import EventHandler, Reject
from extracted.contracts.events import EVENTS
from tests.architecture.tree import ROOT
from tests.contracts.drawing import drawn_from

COMMITTED: dict[str, Any] = json.loads(asyncapi.GOLDEN.read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = COMMITTED["components"]["schemas"]
patient = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def listeners() -> Iterator[tuple[str, str, str, Any, str]]:
    """Service, domain, event, class and method of every event handler there is."""
    for path in sorted((ROOT / "extracted").glob("*/events.py")):
        module = import_module(f"extracted.{path.parent.name}.events")
        for _, kind in getmembers(module, isclass):
            if kind.__module__ == module.__name__:
                for name, method in getmembers(kind, isfunction):
                    for handler in getattr(method, "nameko_entrypoints", ()):
                        if isinstance(handler, EventHandler):
                            heard = (handler.source_service, handler.event_type)
                            yield (path.parent.name, *heard, kind, name)


HEARD = sorted(
    (heard for heard in listeners() if heard[0] != "chassis"), key=lambda heard: heard[:3]
)


class Recorder:
    """Stands for a database: takes every statement, and remembers its values."""

    def __init__(self) -> None:
        self.values: list[str] = []

    @contextlib.contextmanager
    def transaction(self) -> Iterator["Recorder"]:
        yield self

    def execute(self, _statement: object, values: Any = ()) -> Any:
        self.values.append(repr(values))
        return SimpleNamespace(rowcount=1, fetchone=lambda: None, fetchall=list)


def message(domain: str, event: str, payload: Any) -> dict[str, Any]:
    return {
        "event_id": str(uuid4()),
        "event": event,
        "domain": domain,
        "source": "monolith",
        "kind": "fact",
        "aggregate_id": str(uuid4()),
        "sequence": 1,
        "epoch": 1,
        "occurred_at": "2026-11-28T10:00:00.000000Z",
        "payload": payload,
    }


def hear(kind: Any, method: str, said: dict[str, Any]) -> Recorder:
    service = kind()
    service.database = Recorder()
    getattr(service, method)(said)
    return service.database  # type: ignore[no-any-return]


def test_somebody_listens() -> None:
    assert {"catalog", "notifications"} <= {service for service, *_ in HEARD}


@pytest.mark.parametrize(
    ("domain", "event", "kind", "method"),
    [heard[1:] for heard in HEARD],
    ids=["-".join(heard[:3]) for heard in HEARD],
)
@patient
@given(st.data())
def test_a_listener_understands_whatever_its_producer_may_say(
    domain: str, event: str, kind: Any, method: str, data: st.DataObject
) -> None:
    assert event in EVENTS[domain], "nobody says this"
    schema = SCHEMAS[EVENTS[domain][event].__name__]
    payload = data.draw(drawn_from(schema, root=COMMITTED))
    hear(kind, method, message(domain, event, payload))


@pytest.mark.parametrize(
    ("domain", "event", "kind", "method"),
    [heard[1:] for heard in HEARD],
    ids=["-".join(heard[:3]) for heard in HEARD],
)
@patient
@given(st.data())
def test_a_listener_misses_what_its_producer_promises(
    domain: str, event: str, kind: Any, method: str, data: st.DataObject
) -> None:
    schema = SCHEMAS[EVENTS[domain][event].__name__]
    payload = data.draw(drawn_from(schema, root=COMMITTED))
    promised = data.draw(st.sampled_from(schema["required"]))
    without = {name: value for name, value in payload.items() if name != promised}
    with pytest.raises(Reject):
        hear(kind, method, message(domain, event, without))
