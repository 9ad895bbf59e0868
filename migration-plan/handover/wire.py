"""Facts as messages: from an outbox row to bytes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import amqp

# Made once: `json.dumps` with any option makes an encoder per call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_amqp(row: Mapping[str, Any], *, side: str) -> amqp.Message:
    """Build the message of an outbox row: the envelope of the contracts, in Nameko's shape.

    The row's payload is JSON text and goes into the envelope as it is: no need to read it only to
    write it again.
    """
    occurred_at = cast("datetime", row["occurred_at"]).astimezone(UTC)
    body = {
        "event_id": str(row["event_id"]),
        "event": row["event"],
        "domain": row["domain"],
        "source": side,
        "kind": row["kind"],
        "aggregate_id": row["aggregate_id"],
        "sequence": row["stream_sequence"],
        "epoch": row["epoch"],
        "occurred_at": occurred_at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "correlation_id": row["correlation_id"],
        "traceparent": row["traceparent"],
    }
    # Whatever stands under `nameko.<name>` arrives in a Nameko worker's context data as <name>.
    headers = {
        f"nameko.{name}": body[name] for name in ("correlation_id", "traceparent") if body[name]
    }
    return amqp.Message(
        f'{_ENCODER.encode(body)[:-1]},"payload":{row["payload"]}}}'.encode(),
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
        message_id=body["event_id"],
        application_headers=headers,
    )
