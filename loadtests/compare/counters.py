"""What servers count about themselves: the databases, the broker, and whoever answers HTTP.

All of them only grow, so what a piece of the load cost is the difference of two looks. What a system
does not have (a gateway, a broker) counts nothing; one that has it and does not answer ends the
comparison with httpx.HTTPError.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
from prometheus_client.parser import text_string_to_metric_families

# PostgreSQL's column -> what we call it.
_DATABASE = {
    "xact_commit + xact_rollback": "transactions",
    "blks_hit + blks_read": "blocks looked at",
    "blks_read": "blocks read from outside of the buffers",
    "tup_inserted + tup_updated + tup_deleted": "rows written",
}
_NOBODYS = ["postgres", "template0", "template1"]
_BROKER = {"publish": "messages published", "deliver_get": "messages delivered"}
# Both sides' histogram of the requests that they answered.
_ANSWERED = ("monolith_request_seconds", "http_request_seconds")
_OF_THE_API = "api/"


def databases(environment: Mapping[str, str]) -> dict[str, float]:
    """Of every database of the system, by `<database>: <what>`."""
    if not (url := _any_database(environment)):
        return {}
    columns = ", ".join(_DATABASE)
    query = f"SELECT datname, {columns} FROM pg_stat_database WHERE datname IS NOT NULL AND datname <> ALL(%s)"  # noqa: S608 - the columns are ours
    with psycopg.connect(url, application_name="compare", connect_timeout=10) as connection:
        rows = connection.execute(query.encode(), [_NOBODYS]).fetchall()
    return {
        f"{name}: {what}": float(value)
        for name, *values in rows
        for what, value in zip(_DATABASE.values(), values, strict=True)
    }


def postgresql_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What decides how fast PostgreSQL can be, and how safe it is."""
    if not (url := _any_database(environment)):
        return {}
    names = ("shared_buffers", "max_connections", "fsync", "synchronous_commit")
    with psycopg.connect(url, connect_timeout=10) as connection:
        found = connection.execute(
            "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [[*names]]
        ).fetchall()
    return {f"PostgreSQL {name}": str(value) for name, value in found}


def _any_database(environment: Mapping[str, str]) -> str | None:
    # The server counts for all; whoever may connect to one may read it.
    names = ("AUDITOR_MONOLITH_DATABASE_URL", "MONOLITH_DATABASE_URL", "DATABASE_URL")
    return next((environment[name] for name in names if environment.get(name)), None)


def broker(environment: Mapping[str, str]) -> dict[str, float]:
    """Messages since the broker began; it adds them up every five seconds."""
    if not (url := environment.get("AMQP_MANAGEMENT_URL")):
        return {}
    stats = _asked(f"{url}/api/overview").json().get("message_stats", {})
    return {what: float(stats.get(name, 0)) for name, what in _BROKER.items()}


def answered(environment: Mapping[str, str]) -> dict[str, float]:
    """Requests to the API that each side has answered, by side; health checks do not count."""
    places = [(side, url) for side, urls in _sides(environment) for url in urls.split(",")]
    found: dict[str, float] = defaultdict(float)
    with ThreadPoolExecutor(len(places) + 1) as together:
        admin = together.submit(_at_the_gateway, environment)
        counts = together.map(lambda place: _requests(f"{place[1]}/metrics"), places)
        for (side, _), count in zip(places, counts, strict=True):
            found[side] += count
    return {**found, "gateway": admin.result()}


def _at_the_gateway(environment: Mapping[str, str]) -> float:
    url = environment.get("KONG_ADMIN_URL")
    return sum(_samples(f"{url}/metrics", "kong_http_requests_total")) if url else 0.0


def _sides(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if url := environment.get("MONOLITH_URL"):
        yield "monolith", url
    for name, urls in environment.items():
        side = name.removesuffix("_URLS")
        # Who answers nobody has an address for its health only; the trees of v7 and before say _TARGETS.
        if side != name and {f"{side}_TARGET_1", f"{side}_TARGETS"} & environment.keys():
            yield side.lower(), urls


def _requests(url: str) -> float:
    return sum(sum(_samples(url, f"{name}_count", route=_OF_THE_API)) for name in _ANSWERED)


def _samples(url: str, name: str, *, route: str = "") -> Iterator[float]:
    for family in text_string_to_metric_families(_asked(url).text):
        for sample in family.samples:
            if sample.name == name and route in sample.labels.get("route", ""):
                yield sample.value


def _asked(url: str) -> httpx.Response:
    # Whoever does not answer would have counted nothing, which looks like a number.
    return httpx.get(url, timeout=10, trust_env=False).raise_for_status()
