"""A fact as a CloudEvent 1.0 for Kafka, in binary mode.

Binary, not structured: the value is the payload as the contracts describe it, so whoever knows nothing
of CloudEvents reads it as well; and who routes, filters or drops repetitions looks at headers only.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

# As wide as PostgreSQL's bigint: the extension `sequence` is ordered as text.
_DIGITS = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaRecord:
    """What is produced: the key decides the partition, and so what keeps its order."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def topic_of(domain: str, *, prefix: str) -> str:
    """Return the topic of a domain's facts."""
    return f"{prefix}.{domain}"


def to_record(row: Mapping[str, Any], *, side: str, prefix: str) -> KafkaRecord:
    """Build the record of an outbox row; all facts of an aggregate have one key."""
    attributes = {name: value for name, value in _attributes(row, side=side).items() if value}
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return KafkaRecord(
        topic=topic_of(row["domain"], prefix=prefix),
        key=row["aggregate_id"].encode(),
        value=json.dumps(row["payload"], ensure_ascii=False, separators=(",", ":")).encode(),
        headers=(("content-type", b"application/json"), *headers),
    )


def _attributes(row: Mapping[str, Any], *, side: str) -> dict[str, str | None]:
    occurred_at = cast("datetime", row["occurred_at"]).astimezone(UTC)
    return {
        "specversion": "1.0",
        "id": str(row["event_id"]),
        "source": f"/{side}/{row['domain']}",
        "type": f"{row['domain']}.{row['event']}",
        "subject": row["aggregate_id"],
        "time": occurred_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        # Extensions that CloudEvents documents, then ours.
        "partitionkey": row["aggregate_id"],
        "sequence": str(row["stream_sequence"]).zfill(_DIGITS),
        "traceparent": row["traceparent"],
        "correlationid": row["correlation_id"],
        "epoch": str(row["epoch"]),
        "kind": row["kind"],
    }
