"""The events as AsyncAPI 3: what is committed describes the code, and both describe the exchanges.

`asyncapi-3.0.0.schema.json` is AsyncAPI's own JSON Schema, from the npm package `@asyncapi/specs` 6.11.1
(Apache-2.0), without its white space.
"""

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extracted.chassis import asyncapi
from extracted.contracts.events import EVENTS
from extracted.orders.domain import Status, type_of
from extracted.payments import domain as payments
from handover import topology, wire
from handover.cloudevents import to_record
from tests.architecture.tree import ROOT
from tests.contracts.drawing import drawn_from

SPECIFICATION = Path(__file__).with_name("asyncapi-3.0.0.schema.json")
COMMITTED: dict[str, Any] = json.loads(asyncapi.GOLDEN.read_text(encoding="utf-8"))
FORMATS = jsonschema.FormatChecker()
SAID = [(domain, event) for domain, events in EVENTS.items() for event in events]
# Calls that say an event, and the names of their arguments which hold it.
SAYING = {"record", "with_rows", "tell", "_tell", "_said", "_say", "_change", "Effect"}
EVENT = re.compile(r"^[a-z]+_[a-z]+$")


def test_the_committed_document_describes_the_code() -> None:
    assert asyncapi.GOLDEN.read_text(encoding="utf-8") == asyncapi.text(), (
        "review, then: python -m extracted.chassis.asyncapi --write"
    )


def test_it_is_asyncapi_3() -> None:
    specification = jsonschema.Draft7Validator(json.loads(SPECIFICATION.read_text()))
    assert COMMITTED["asyncapi"] == "3.0.0"
    assert [error.message for error in specification.iter_errors(COMMITTED)] == []
    spoilt = COMMITTED | {"channels": {"orders.events": {"address": 1}}}
    assert not specification.is_valid(spoilt)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def test_every_reference_leads_somewhere() -> None:
    for reference in references(COMMITTED):
        found = COMMITTED
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


class Declared:
    """Takes what a relay or an applier declares at the broker."""

    def __init__(self) -> None:
        self.exchanges: dict[str, dict[str, Any]] = {}

    def exchange_declare(self, name: str, kind: str, *, durable: bool, auto_delete: bool) -> None:
        self.exchanges[name] = {"type": kind, "durable": durable, "autoDelete": auto_delete}

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def test_the_channels_are_the_exchanges_that_are_declared() -> None:
    declared = Declared()
    for domain in EVENTS:
        for side, receiver in topology.OTHER_SIDE.items():
            topology.declare(declared, domain=domain, side=side, receiver=receiver)
    described = {
        name: channel["bindings"]["amqp"]["exchange"]
        for name, channel in COMMITTED["channels"].items()
        if "amqp" in channel["bindings"]
    }
    assert {name: {"name": name, **kind} for name, kind in declared.exchanges.items()} == described


def saying(tree: ast.AST) -> Iterator[str]:
    """Find the words that are said: in a call that says events, or by a name that says so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = (
                node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
            )
            arguments = [*node.args, *(k.value for k in node.keywords if k.arg == "event")]
            if name in SAYING or any(k.arg == "event" for k in node.keywords):
                yield from constants(arguments)
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "EVENTS":
            yield from constants(node.value.values if isinstance(node.value, ast.Dict) else [])
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "event":
            yield from constants([node.value])
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            # What an undertaking says, with its payload.
            yield from constants(node.value.elts[:1])


def constants(nodes: list[Any]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_event_that_is_said_is_listed_and_the_other_way_round() -> None:
    # Those that are named by a state.
    said = {type_of(status) for status in Status} | set(payments._SAID.values())
    for path in (ROOT / "extracted").rglob("*.py"):
        if "contracts" not in path.parts:
            words = saying(ast.parse(path.read_text(encoding="utf-8")))
            said |= {word for word in words if EVENT.match(word)}
    assert said == {event for _, event in SAID}


def test_no_two_domains_say_the_same_word() -> None:
    assert len({event for _, event in SAID}) == len(SAID)


@pytest.mark.parametrize(("domain", "event"), SAID)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_the_relay_sends_is_what_is_described(
    domain: str, event: str, data: st.DataObject
) -> None:
    payload = COMMITTED["components"]["schemas"][EVENTS[domain][event].__name__]
    drawn = json.dumps(data.draw(drawn_from(payload, root=COMMITTED)))
    row = outbox_row(domain, event, payload=drawn)
    message = json.loads(wire.to_amqp(row, side="monolith").body)
    described = COMMITTED["components"]["messages"][f"{domain}.{event}"]["payload"]
    validator = jsonschema.Draft202012Validator(
        described | {"components": COMMITTED["components"]}, format_checker=FORMATS
    )
    validator.validate(message)
    assert not validator.is_valid(message | {"event": "something_else"})


@pytest.mark.parametrize(("domain", "event"), SAID)
@pytest.mark.parametrize("side", topology.OTHER_SIDE)
def test_what_goes_to_kafka_has_the_headers_that_are_described(
    domain: str, event: str, side: str
) -> None:
    record = to_record(outbox_row(domain, event, payload={}), side=side, prefix="shop")
    channel = COMMITTED["channels"][f"kafka.{domain}"]
    assert record.topic == channel["address"].format(prefix="shop")
    described = COMMITTED["components"]["messages"][f"kafka.{domain}.{event}"]["headers"]
    validator = jsonschema.Draft202012Validator(described, format_checker=FORMATS)
    headers = {name: value.decode() for name, value in record.headers}
    validator.validate(headers)
    assert headers.keys() <= described["properties"].keys()
    assert not validator.is_valid(headers | {"ce_type": "something.else"})


def outbox_row(domain: str, event: str, *, payload: Any) -> dict[str, Any]:
    return {
        "event_id": uuid4(),
        "event": event,
        "domain": domain,
        "kind": "fact",
        "aggregate_id": str(uuid4()),
        "stream_sequence": 1,
        "epoch": 1,
        "occurred_at": datetime(2026, 11, 28, tzinfo=UTC),
        "correlation_id": "a-request",
        "traceparent": None,
        "payload": payload,
    }
