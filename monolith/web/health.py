"""Say whether this process is alive, and whether it can do its work."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from psycopg_pool import PoolTimeout

from extracted.contracts.problems import ProblemError
from monolith.web.answers import json_bytes, problem


def alive(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process can."""
    return json_bytes(b'{"status":"alive"}')


def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database does; writes need no broker, so it is not asked."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM handover.ownership LIMIT 1")
            cursor.fetchone()
    except (DatabaseError, PoolTimeout):
        return problem(ProblemError("unavailable", "The database does not answer."))
    return json_bytes(b'{"status":"ready"}')
