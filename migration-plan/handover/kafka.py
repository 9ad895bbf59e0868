"""Kafka as a sink: its settings, and a producer that tells what the broker has acknowledged."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from handover.cloudevents import KafkaRecord

log = logging.getLogger(__name__)

PING_S = 5.0
ACKNOWLEDGED_WITHIN_S = 10.0
_SERVERS = re.compile(r"^[A-Za-z0-9._-]+:\d{1,5}(,[A-Za-z0-9._-]+:\d{1,5})*$")
# What a topic may be called, less the length of a domain's name.
_PREFIX = re.compile(r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$")
# Variable -> librdkafka's own name for it.
_SECURITY = {
    "KAFKA_SECURITY_PROTOCOL": "security.protocol",
    "KAFKA_SASL_MECHANISM": "sasl.mechanism",
    "KAFKA_SASL_USERNAME": "sasl.username",
    "KAFKA_SASL_PASSWORD": "sasl.password",
    "KAFKA_CA_FILE": "ssl.ca.location",
}
_PROTOCOLS = frozenset({"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"})


class KafkaConfigError(ValueError):
    """A variable makes no sense."""


class NotAcknowledgedError(ConnectionError):
    """The broker refused a record, or did not acknowledge all in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """Where Kafka is, what our topics begin with, and how to prove who we are."""

    bootstrap_servers: str
    topic_prefix: str = "shop"
    security: tuple[tuple[str, str], ...] = ()


def read_kafka_settings(environ: Mapping[str, str]) -> KafkaSettings:
    """Read the settings; raises KafkaConfigError, which never shows a password."""
    servers = "".join(environ.get("KAFKA_BOOTSTRAP_SERVERS", "").split())
    if not servers:
        msg = "KAFKA_BOOTSTRAP_SERVERS is not set"
        raise KafkaConfigError(msg)
    if not _SERVERS.match(servers):
        msg = f"KAFKA_BOOTSTRAP_SERVERS must be host:port, separated by commas, not {servers!r}"
        raise KafkaConfigError(msg)
    prefix = environ.get("KAFKA_TOPIC_PREFIX") or "shop"
    if not _PREFIX.match(prefix):
        msg = f"KAFKA_TOPIC_PREFIX must be letters, digits, `.`, `_` and `-`, not {prefix!r}"
        raise KafkaConfigError(msg)
    given = {name: environ[name] for name in _SECURITY if environ.get(name)}
    _check_security(given)
    return KafkaSettings(
        bootstrap_servers=servers,
        topic_prefix=prefix,
        security=tuple((_SECURITY[name], value) for name, value in given.items()),
    )


def _check_security(given: Mapping[str, str]) -> None:
    protocol = given.get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
    if protocol not in _PROTOCOLS:
        msg = f"KAFKA_SECURITY_PROTOCOL is one of {', '.join(sorted(_PROTOCOLS))}"
        raise KafkaConfigError(msg)
    if protocol.startswith("SASL") != ("KAFKA_SASL_MECHANISM" in given):
        msg = f"KAFKA_SECURITY_PROTOCOL {protocol} and KAFKA_SASL_MECHANISM do not go together"
        raise KafkaConfigError(msg)
    if "KAFKA_CA_FILE" in given and not Path(given["KAFKA_CA_FILE"]).is_file():
        msg = f"KAFKA_CA_FILE is no file: {given['KAFKA_CA_FILE']!r}"
        raise KafkaConfigError(msg)


class KafkaSink:
    """A producer of one session; after any error it is thrown away with all that it holds."""

    def __init__(self, settings: KafkaSettings, *, client_id: str) -> None:
        self._refused: str | None = None
        self._producer = Producer(_configuration(settings, client_id=client_id), logger=log)

    def ping(self) -> None:
        """Return when a broker answers; raises KafkaException."""
        self._producer.list_topics(timeout=PING_S)

    def publish(self, records: Sequence[KafkaRecord]) -> None:
        """Return when all are acknowledged by all replicas in sync; raises NotAcknowledgedError."""
        for record in records:
            try:
                self._producer.produce(
                    record.topic,
                    key=record.key,
                    value=record.value,
                    headers=list(record.headers),
                    on_delivery=self._note,
                )
            except (BufferError, KafkaException) as error:
                raise NotAcknowledgedError(str(error)) from error
        left = self._producer.flush(ACKNOWLEDGED_WITHIN_S)
        if self._refused is not None:
            raise NotAcknowledgedError(self._refused)
        if left:
            msg = f"{left} records not acknowledged in {ACKNOWLEDGED_WITHIN_S:.0f} s"
            raise NotAcknowledgedError(msg)

    def poll(self) -> None:
        """Let the client do what it has to do between two windows."""
        self._producer.poll(0)

    def close(self) -> None:
        """Forget what was not acknowledged: it will come again from the outbox."""
        self._producer.purge()
        self._producer.flush(1)

    def _note(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and self._refused is None:
            self._refused = str(error)


def _configuration(settings: KafkaSettings, *, client_id: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": settings.bootstrap_servers,
        "client.id": client_id,
        "acks": "all",
        "enable.idempotence": True,
        # A record that fails takes all that follow it along: none overtakes it.
        "enable.gapless.guarantee": True,
        # No record gives up by itself, for the same reason: we give up a whole window.
        "message.timeout.ms": 0,
        # A snapshot of many rows is one record; the broker has the last word, after compression.
        "message.max.bytes": 8_000_000,
        "compression.type": "lz4",
        "linger.ms": 5,
        **dict(settings.security),
    }
