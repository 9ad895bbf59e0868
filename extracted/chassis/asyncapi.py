"""The events as an AsyncAPI 3 document, made from the contracts and the protocol's exchanges.

python -m extracted.chassis.asyncapi            # exit code 1 when the file is out of date
python -m extracted.chassis.asyncapi --write    # make the file anew
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from extracted.chassis.asyncapi_kafka import cloudevent, message_name, ref, topic
from extracted.contracts import golden
from extracted.contracts.envelope import Envelope
from extracted.contracts.events import EVENTS
from extracted.contracts.parser import Parser
from extracted.contracts.values import Contract
from handover import topology

GOLDEN = golden.SCHEMAS.with_name("asyncapi.json")
# What the protocol itself says on a stream; the payload is the handover's business.
PROTOCOL = {
    "stream_reset": "The sender begins anew: empty what you have of this domain.",
    "rows_snapshot": "Rows as they are now: of a backfill or a repair.",
    "ownership_granted": "Whoever applies this owns the writes of the domain from now on.",
}


def document() -> dict[str, Any]:
    """Make the document from the code."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Shop",
            "version": "1",
            "description": "Facts, each at least once; `sequence` is dense per domain and source.",
        },
        "defaultContentType": "application/json",
        "channels": dict(_channels()),
        "operations": dict(_operations()),
        "components": {
            "schemas": _schemas(),
            "messages": dict(_messages()),
        },
    }


def text() -> str:
    """Return the document as it is committed."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _channels() -> Iterator[tuple[str, dict[str, Any]]]:
    for domain in EVENTS:
        yield f"kafka.{domain}", topic(domain)
        for side in topology.OTHER_SIDE:
            exchange = topology.facts_exchange(domain, side)
            says = f"What the {side} says of {domain} while it owns the writes."
            yield exchange, _exchange(exchange, domain=domain, description=says)
        exchange = topology.events_exchange(domain)
        says = (
            f"What became true in {domain}, whoever owns the writes; the routing key is the event."
        )
        yield exchange, _exchange(exchange, domain=domain, description=says)


def _exchange(name: str, *, domain: str, description: str) -> dict[str, Any]:
    messages = [*EVENTS[domain], *PROTOCOL]
    kind = {"name": name, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": name,
        "description": description,
        "messages": {event: ref("messages", message_name(domain, event)) for event in messages},
        "bindings": {"amqp": {"is": "routingKey", "exchange": kind, "bindingVersion": "0.3.0"}},
    }


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for domain in EVENTS:
        for side in topology.OTHER_SIDE:
            exchange = topology.facts_exchange(domain, side)
            yield f"{side}-says-{domain}", _operation("send", exchange)
        yield f"hear-{domain}", _operation("receive", topology.events_exchange(domain))
        yield f"read-{domain}", _operation("receive", f"kafka.{domain}")


def _operation(action: str, channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    for domain, events in EVENTS.items():
        for event, payload in events.items():
            data = ref("schemas", payload.__name__)
            name = message_name(domain, event)
            yield name, _message(domain, event, data=data)
            yield f"kafka.{name}", cloudevent(domain, event, data=data)
        for event, says in PROTOCOL.items():
            data = {"type": "object", "description": says}
            yield message_name(domain, event), _message(domain, event, data=data)


def _message(domain: str, event: str, *, data: dict[str, Any]) -> dict[str, Any]:
    known = {"event": {"const": event}, "domain": {"const": domain}, "payload": data}
    return {
        "name": event,
        "title": f"{domain}: {event}",
        "contentType": "application/json",
        "correlationId": {"location": "$message.payload#/correlation_id"},
        "payload": {"allOf": [ref("schemas", Envelope.__name__), {"properties": known}]},
    }


def _schemas() -> dict[str, Any]:
    payloads: set[type[Contract]] = {
        payload for events in EVENTS.values() for payload in events.values()
    }
    models: set[type[Contract]] = {Envelope, *payloads}
    found: dict[str, Any] = {}
    for model in models:
        found |= _with_inner(model)
    return dict(sorted(found.items()))


def _with_inner(model: type[Contract]) -> dict[str, Any]:
    template = "#/components/schemas/{model}"
    made = model.model_json_schema(mode="serialization", ref_template=template)
    inner = made.pop("$defs", {})
    return {name: _plain(schema) for name, schema in {**inner, model.__name__: made}.items()}


def _plain(schema: Any) -> Any:
    """Drop OpenAPI's `discriminator`: AsyncAPI has another of that name, and `const` says the same."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "discriminator"}
    return [_plain(part) for part in schema] if isinstance(schema, list) else schema


def main(*, path: Path = GOLDEN) -> int:
    """Check the file, or write it; return the exit code."""
    parser = Parser(
        prog="python -m extracted.chassis.asyncapi", description="The events as AsyncAPI 3."
    )
    parser.add_argument("--write", action="store_true", help="make the file anew")
    made = text()
    if parser.parse_args().write:
        path.write_text(made, encoding="utf-8")
    if not path.exists() or path.read_text(encoding="utf-8") != made:
        print(
            "asyncapi: the file does not describe the code; review, then --write", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
