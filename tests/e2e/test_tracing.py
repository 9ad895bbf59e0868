"""One request is one trace: from the monolith over RPC, the outbox and the broker to the service."""

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

from handover.operator import Hand
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
    "applier": ("extracted.catalog", "applier"),
    "relay": ("monolith.manage", "relay"),
    "monolith": GUNICORN,
}
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
        with psycopg.connect(self.variables["MONOLITH_OWNER_DATABASE_URL"]) as database:
            row = database.execute(query).fetchone()
        assert row
        return str(row[0])

    def monolith(self) -> Hand:
        return Hand.connect(self.variables["STRANGLER_MONOLITH_DATABASE_URL"], side="monolith")


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
    """The monolith and the catalog beside it, with empty databases and a broker of their own."""
    with ExitStack() as stack:
        collector = stack.enter_context(collecting())
        at = {name: PROFILE.port(910 + place) for place, name in enumerate(PROCESSES)}
        assert all(ports.is_free(port) for port in at.values())
        url = f"http://127.0.0.1:{at['monolith']}"
        variables = {
            **servers,
            **stack.enter_context(testing.scratch_database("monolith")),
            **stack.enter_context(testing.scratch_database("catalog")),
            **stack.enter_context(testing.scratch_vhost()),
            "STATE_DIR": str(tmp_path_factory.mktemp("state")),
            "DJANGO_SETTINGS_MODULE": "monolith.config.settings.dev",
            "AUTH_REQUIRED": "off",
            "MONOLITH_URL": url,
            "CATALOG_URLS": f"http://127.0.0.1:{at['catalog']}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        owner = {"MONOLITH_DATABASE_URL": variables["MONOLITH_OWNER_DATABASE_URL"]}
        do(variables | owner, "monolith.manage", "migrate", "--no-input")
        do(variables, "extracted.catalog", "migrate")
        sizes = ("--products", "3", "--categories", "1", "--customers", "1", "--orders", "0")
        do(variables, "monolith.manage", "seed", *sizes)
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


def test_a_change_of_a_product_is_followed_into_the_tables_of_the_service(shop: Shop) -> None:
    with shop.monolith() as monolith:
        assert monolith.start_capture("catalog", lock_timeout_ms=2000)
    product = shop.one("SELECT min(id::text) FROM catalog_product")
    price = {"price": {"amount": 777, "currency": "EUR"}}
    answer = shop.write("PATCH", f"/api/v1/products/{product}", price, trace=TRACE)
    assert answer.status_code == 200, answer.text

    spans = seen(shop, TRACE, of={"monolith", "monolith-relay", "catalog-applier"})
    last = next(span for span in spans if span.process == "catalog-applier")
    way = [("monolith", SERVER), ("monolith-relay", PRODUCER), ("catalog-applier", CONSUMER)]
    assert chain(spans, last) == way


def test_a_purchase_is_one_trace_over_rpc_and_events(shop: Shop) -> None:
    trace = uuid4().hex
    with shop.monolith() as monolith:
        # The service quotes from now on; it knows what the test above has changed.
        monolith.place_seam("catalog", stage="cutover", read_weight=100)
    product = shop.one("SELECT id FROM catalog_product WHERE price_amount = 777")
    customer = shop.one("SELECT id FROM customers_customer")
    body = {"customer_id": customer, "lines": [{"product_id": product, "quantity": 1}]}

    def is_asked_remotely() -> bool:
        text = httpx.get(f"{shop.url}/metrics", trust_env=False).text
        return 'quotes_total{answered_by="remote"}' in text

    def bought() -> bool:
        answer = shop.write("POST", "/api/v1/orders", body, trace=trace)
        assert answer.status_code == 201, answer.text
        return is_asked_remotely()

    # The monolith looks twice a second where the seam stands.
    assert waiting.until(bought, timeout_s=20)
    spans = seen(shop, trace, of={"monolith", "monolith-relay", "catalog"})

    assert waiting.until(lambda: _handler(shop, trace) is not None, timeout_s=30)
    spans = shop.collector.trace(trace)
    asked = next(s for s in spans if s.process == "catalog" and s.kind == SERVER)
    assert chain(spans, asked) == [("monolith", SERVER), ("monolith", CLIENT), ("catalog", SERVER)]
    heard = _handler(shop, trace)
    assert heard
    way = [("monolith", SERVER), ("monolith-relay", PRODUCER), ("catalog", CONSUMER)]
    assert chain(spans, heard) == way


def _handler(shop: Shop, trace: str) -> Seen | None:
    spans = shop.collector.trace(trace)
    return next((s for s in spans if s.process == "catalog" and s.kind == CONSUMER), None)


def test_machines_that_ask_every_second_make_no_trace(shop: Shop) -> None:
    trace = uuid4().hex
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    for path in ("/readyz", "/metrics"):
        httpx.get(shop.url + path, headers=headers, trust_env=False)
    product = shop.one("SELECT min(id::text) FROM catalog_product")
    httpx.get(f"{shop.url}/api/v1/products/{product}", headers=headers, trust_env=False)
    assert [span.name for span in seen(shop, trace, of={"monolith"})] == [
        "GET api/v1/products/<str:product_id>"
    ]
