"""Say whether this process is alive, and whether it can do its work."""

import json
from http import HTTPStatus

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from psycopg_pool import PoolTimeout

from monolith.web.answers import json_bytes
from monolith.web.broker import OK, SILENT, Broker

BROKER = Broker(settings.AMQP_URL)


def alive(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process can."""
    return json_bytes(b'{"status":"alive"}')


def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 503 without the database; without the broker we are degraded, and go on.

    Decision 11 says why: only reports need the broker, and a gateway sends us none after a 503.
    """
    checks = {"database": _database(), "broker": BROKER.standing()}
    if checks["database"] == SILENT:
        return _answer("not ready", checks, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return _answer("degraded" if checks["broker"] == SILENT else "ready", checks)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM customers_signingkey LIMIT 1")
            cursor.fetchone()
    except (DatabaseError, PoolTimeout):
        return SILENT
    return OK


def _answer(
    status_text: str, checks: dict[str, str], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    body = {"status": status_text, "checks": checks}
    return json_bytes(json.dumps(body, separators=(",", ":")).encode(), status=status)
