"""The verdict where the monolith has given a copy up: only the service is asked."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from loadtests.evidence import SERVICE
from loadtests.places import DOMAINS
from loadtests.witness import Databases, hear
from stack import testing
from tests.monolith.conftest import run_manage
from tests.monolith.retiring import retire

AT_CUTOVER = "UPDATE handover.ownership SET mode = 'REPLICA', epoch = 2 WHERE domain IN ('{}')"
# Those that have a service.
MOVING = tuple(domain for domain, sides in DOMAINS.items() if SERVICE in sides)


@pytest.fixture
def urls(servers: dict[str, str]) -> Iterator[dict[str, str]]:
    """All databases of the shop, at cutover; the monolith has retired what moved."""
    with ExitStack() as stack:
        urls = stack.enter_context(testing.scratch_database("monolith"))
        run_manage("migrate", "--verbosity", "0", variables=urls)
        at_cutover = AT_CUTOVER.format("', '".join(MOVING))
        on(urls["MONOLITH_OWNER_DATABASE_URL"], at_cutover)
        retire(urls, MOVING)
        for domain in MOVING:
            urls |= stack.enter_context(testing.scratch_database(domain))
            url = urls[f"{domain.upper()}_OWNER_DATABASE_URL"]
            importlib.import_module(f"extracted.{domain}.migrate").migrate(url)
            on(url, "UPDATE handover.ownership SET mode = 'OWNER', epoch = 2")
        yield urls


def on(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


@pytest.mark.slow
def test_what_is_retired_is_asked_of_its_service_alone(urls: dict[str, str]) -> None:
    found = {case.domain: case for case in hear(Databases.of_environment(urls), settle_s=0)}
    assert found["notifications"].copies.keys() == {SERVICE}
    assert {case.owner for case in found.values() if case.domain in MOVING} == {SERVICE}
