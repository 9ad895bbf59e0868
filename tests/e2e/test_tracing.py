"""One request is one trace: from a service over RPC, the outbox and the broker to another."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx
import psycopg
import pytest

from stack import ports, testing, waiting
from stack import profile as profiles
from stack.profile import ROOT
from tests.e2e.collector import Collector, Seen, collecting

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PROFILE = profiles.load(profiles.Kind.TEST)
TRACE = "0af7651916cd43dd8448eb211c80319c"
GUNICORN = ("gunicorn", "-c", "monolith/gunicorn.conf.py", "monolith.config.wsgi")
PROCESSES = {
    "catalog": ("extracted.catalog", "serve"),
    "events": ("extracted.catalog", "events"),
    "orders": ("extracted.orders", "serve"),
    "relay": ("extracted.orders", "relay"),
    "monolith": GUNICORN,
}
SERVICES = ("catalog", "inventory", "notifications", "orders", "payments")
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Shop:
    variables: dict[str, str]
    url: str
    collector: Collector

    def write(self, method: str, path: str, body: object, *, trace: str) -> httpx.Response:
        headers = {
            "Idempotency-Key": str(uuid4()),
            "traceparent": f"00-{trace}-b7ad6b7169203331-01",
        }
        return httpx.request(
            method, self.url + path, json=body, headers=headers, trust_env=False, timeout=20
        )

    def one(self, query: str) -> str:
        side = query.split(" FROM ")[1].split(".", maxsplit=1)[0]
        owner = f"{'MONOLITH' if side == 'public' else side.upper()}_OWNER_DATABASE_URL"
        with psycopg.connect(self.variables[owner]) as database:
            row = database.execute(query).fetchone()
        assert row
        return str(row[0])


def do(variables: dict[str, str], *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@contextmanager
def running(words: tuple[str, ...], variables: dict[str, str], *, port: int) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, **variables, "PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert waiting.until(lambda: is_ready(port), timeout_s=90), words
        yield
    finally:
        process.terminate()
        process.wait(45)


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def shop(servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Orders, the catalog and the monolith, with databases and a broker of their own."""
    with ExitStack() as stack:
        collector = stack.enter_context(collecting())
        at = {name: PROFILE.port(910 + place) for place, name in enumerate(PROCESSES)}
        assert all(ports.is_free(port) for port in at.values())
        url, monolith = (f"http://127.0.0.1:{at[name]}" for name in ("orders", "monolith"))
        variables = {
            **servers,
            **{
                name: value
                for side in ("monolith", *SERVICES)
                for name, value in stack.enter_context(testing.scratch_database(side)).items()
            },
            **stack.enter_context(testing.scratch_vhost()),
            "STATE_DIR": str(tmp_path_factory.mktemp("state")),
            "DJANGO_SETTINGS_MODULE": "monolith.config.settings.dev",
            "AUTH_REQUIRED": "off",
            "MONOLITH_URL": monolith,
            # What orders ask through the gateway is the monolith's here: who buys.
            "SHOP_URL": monolith,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        owner = {"MONOLITH_DATABASE_URL": variables["MONOLITH_OWNER_DATABASE_URL"]}
        do(variables | owner, "monolith.manage", "migrate", "--no-input")
        for service in SERVICES:
            do(variables, f"extracted.{service}", "migrate")
        sizes = ("--products", "3", "--categories", "1", "--customers", "1", "--orders", "0")
        do(variables, "seeding", *sizes)
        for name, words in PROCESSES.items():
            stack.enter_context(running(words, variables, port=at[name]))
        yield Shop(variables, url, collector)


def seen(shop: Shop, trace: str, *, of: set[str]) -> list[Seen]:
    """The spans of a trace, once there is one by each of these processes and each is attached."""

    def is_whole() -> bool:
        spans = shop.collector.trace(trace)
        known = {span.span for span in spans} | {"b7ad6b7169203331"}
        return of <= {span.process for span in spans} and {s.parent for s in spans} <= known

    assert waiting.until(is_whole, timeout_s=60), shop.collector.trace(trace)
    return shop.collector.trace(trace)


def chain(spans: list[Seen], last: Seen) -> list[tuple[str, int]]:
    """From the request to a span: who and what kind."""
    by_id = {span.span: span for span in spans}
    found = [last]
    while found[0].parent in by_id:
        found.insert(0, by_id[found[0].parent])
    return [(span.process, span.kind) for span in found]


def test_an_order_is_one_trace_over_rpc_and_events(shop: Shop) -> None:
    product = shop.one("SELECT min(id::text) FROM catalog.product")
    customer = shop.one("SELECT id FROM public.customers_customer")
    body = {"customer_id": customer, "lines": [{"product_id": product, "quantity": 1}]}
    answer = shop.write("POST", "/api/v1/orders", body, trace=TRACE)
    assert answer.status_code == 201, answer.text
    seen(shop, TRACE, of={"orders", "orders-relay", "catalog", "monolith"})

    assert waiting.until(lambda: _handler(shop, TRACE) is not None, timeout_s=30)
    spans = shop.collector.trace(TRACE)
    asked = next(s for s in spans if s.process == "catalog" and s.kind == SERVER)
    assert chain(spans, asked) == [("orders", SERVER), ("orders", CLIENT), ("catalog", SERVER)]
    heard = _handler(shop, TRACE)
    assert heard
    way = [("orders", SERVER), ("orders-relay", PRODUCER), ("catalog", CONSUMER)]
    assert chain(spans, heard) == way


def _handler(shop: Shop, trace: str) -> Seen | None:
    spans = shop.collector.trace(trace)
    return next((s for s in spans if s.process == "catalog" and s.kind == CONSUMER), None)


def test_machines_that_ask_every_second_make_no_trace(shop: Shop) -> None:
    trace = uuid4().hex
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    monolith = shop.variables["MONOLITH_URL"]
    for path in ("/readyz", "/metrics", "/api/v1/customers"):
        httpx.get(monolith + path, headers=headers, trust_env=False)
    assert [s.name for s in seen(shop, trace, of={"monolith"})] == ["GET api/v1/customers"]
