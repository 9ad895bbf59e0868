"""The part of the AsyncAPI document that is about Kafka: a topic per domain, and CloudEvents in it."""

from typing import Any

from extracted.contracts.events import EVENTS
from handover import topology
from handover.cloudevents import topic_of


def topic(domain: str) -> dict[str, Any]:
    """Describe the topic of a domain."""
    messages = {
        event: ref("messages", f"kafka.{message_name(domain, event)}") for event in EVENTS[domain]
    }
    return {
        "address": topic_of(domain, prefix="{prefix}"),
        "description": f"The same facts of {domain} on Kafka, where that is switched on.",
        "parameters": {"prefix": {"description": "KAFKA_TOPIC_PREFIX", "default": "shop"}},
        "messages": messages,
        "bindings": {"kafka": {"bindingVersion": "0.5.0"}},
    }


def cloudevent(domain: str, event: str, *, data: dict[str, Any]) -> dict[str, Any]:
    """Describe an event as it is on Kafka: attributes in headers, the payload as the value."""
    text, number = {"type": "string"}, {"type": "string", "pattern": "^[0-9]+$"}
    headers = {
        "ce_specversion": {"const": "1.0"},
        "ce_id": text | {"format": "uuid"},
        "ce_source": {"enum": [f"/{side}/{domain}" for side in topology.OTHER_SIDE]},
        "ce_type": {"const": f"{domain}.{event}"},
        "ce_subject": text,
        "ce_time": text | {"format": "date-time"},
        "ce_partitionkey": text,
        "ce_sequence": number,
        "ce_epoch": number,
        "ce_kind": {"const": "fact"},
        "content-type": {"const": "application/json"},
    }
    optional = {"ce_traceparent": text, "ce_correlationid": text}
    return {
        "name": event,
        "title": f"{domain}: {event}, as a CloudEvent in binary mode",
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "required": list(headers),
            "properties": headers | optional,
        },
        "payload": data,
        "bindings": {"kafka": {"key": text, "bindingVersion": "0.5.0"}},
    }


def message_name(domain: str, event: str) -> str:
    """Name a message of a domain."""
    return f"{domain}.{event}"


def ref(kind: str, name: str) -> dict[str, str]:
    """Refer to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}
