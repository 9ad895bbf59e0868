"""Logs as JSON lines, each with the correlation id of the work it belongs to."""

import logging
import sys
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.json import JsonFormatter

# Greenlets carry their own context, so this follows a request and never leaks into the next.
correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)

# py-amqp and kombu report a closed socket at ERROR although the consumer reconnects by itself.
_TALKATIVE = ("amqp", "kombu", "httpx", "httpcore", "psycopg.pool", "nameko")


class _Lines(JsonFormatter):
    def __init__(self, *, service: str) -> None:
        super().__init__(
            "%(message)s %(name)s %(levelname)s",
            rename_fields={"name": "logger", "levelname": "level"},
            timestamp="at",
            json_ensure_ascii=False,
        )
        self._service = service

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        super().add_fields(log_data, record, message_dict)
        log_data["service"] = self._service
        if (current := correlation_id.get()) is not None:
            log_data["correlation_id"] = current


def configure(*, service: str, level: str) -> None:
    """Send every log of the process to standard error, one JSON object per line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(service=service))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
