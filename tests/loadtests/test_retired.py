"""The verdict where the monolith has given a copy up: only the service is asked."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from loadtests.evidence import SERVICE
from loadtests.hearing import judge_run
from loadtests.ledger import Intent, Kind, Ledger, Outcome
from loadtests.places import DOMAINS
from loadtests.witness import Databases, hear
from stack import testing
from tests.monolith.conftest import run_manage
from tests.monolith.retiring import retire

KEY, ID = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
AT_CUTOVER = "UPDATE handover.ownership SET mode = 'REPLICA', epoch = 2 WHERE domain <> 'customers'"
PRODUCT = f"""
INSERT INTO catalog.product (id, sku, name, description, category_id, amount, currency)
    VALUES ('{ID}', 'LT-1', 'P', '', '{ID}', 100, 'EUR');
INSERT INTO catalog.command (key, request_hash, aggregate_id, version, status, epoch, side)
    VALUES ('{KEY}', '', '{ID}', 1, 201, 2, 'service');
"""
CHECKOUT = f"""
INSERT INTO orders.checkout (id, key, request_hash, order_id, payment_id, reservation_id, step,
    leased_until, customer_id, card_token, lines, total_amount, total_currency)
    VALUES ('{ID}', '{KEY}', '', '{ID}', '{ID}', '{ID}', 'done', now(), '{ID}', 'x', '[]', 100, 'EUR');
"""


MOVING = tuple(domain for domain, copies in DOMAINS.items() if SERVICE in copies)


@pytest.fixture(params=[("catalog",), MOVING], ids=["one", "all"])
def urls(servers: dict[str, str], request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """All databases of the shop, at cutover; the monolith has retired some domains."""
    with ExitStack() as stack:
        urls = stack.enter_context(testing.scratch_database("monolith"))
        run_manage("migrate", "--verbosity", "0", variables=urls)
        on(urls["MONOLITH_OWNER_DATABASE_URL"], AT_CUTOVER)
        retire(urls, request.param)
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
def test_a_retired_domain_is_judged_by_its_service_alone(
    urls: dict[str, str], tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    with Ledger(ledger) as notes:
        intent = Intent(key=KEY, kind=Kind.PRODUCT_CREATE, outcome=Outcome.SENT, mark="LT-1")
        notes.sent(intent, attempt=1)
        notes.ok(KEY, aggregate=ID, version=1, status=201, served_by="catalog")
    on(urls["CATALOG_OWNER_DATABASE_URL"], PRODUCT)

    verdict = judge_run(ledger, urls, settle_s=0)
    assert verdict.clean, verdict.wrongs

    on(urls["CATALOG_OWNER_DATABASE_URL"], "DELETE FROM catalog.product")
    assert len(judge_run(ledger, urls, settle_s=0).lost) == 1


@pytest.mark.slow
def test_purchases_are_those_of_the_owner(urls: dict[str, str], tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    ledger.touch()
    on(urls["ORDERS_OWNER_DATABASE_URL"], CHECKOUT)

    verdict = judge_run(ledger, urls, settle_s=0)

    assert [finding.detail for finding in verdict.sales] == ["done, with 0 orders"]
    assert [finding.detail for finding in verdict.money] == [
        "the purchase is captured, and its payment unknown"
    ]


@pytest.mark.slow
def test_what_is_not_retired_is_asked_at_both_sides(urls: dict[str, str]) -> None:
    found = {case.domain: case for case in hear(Databases.of_environment(urls), settle_s=0)}
    assert found["catalog"].copies.keys() == {SERVICE}
    assert {case.owner for case in found.values()} == {SERVICE}
