"""Say whether this process is alive, and whether it can do its work."""

from http import HTTPStatus

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from psycopg_pool import PoolTimeout

from monolith.web.answers import json_bytes

# One of ours, and not SELECT 1: a database that nobody has migrated is none.
TABLE = "catalog_category"


def alive(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process can."""
    return json_bytes(b'{"status":"alive"}')


def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 503 without the database: whoever asks for readiness sends us no requests then."""
    if not _database():
        body = b'{"status":"not ready","checks":{"database":"does not answer"}}'
        return json_bytes(body, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return json_bytes(b'{"status":"ready","checks":{"database":"ok"}}')


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {TABLE} LIMIT 1")  # noqa: S608 - a constant
            cursor.fetchone()
    except (DatabaseError, PoolTimeout):
        return False
    return True
