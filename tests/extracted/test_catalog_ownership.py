"""A write at the side that does not own it: passed on once, or refused when it was passed on to us."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from extracted.catalog.migrate import migrate
from stack import profile as profiles
from stack import roles, testing
from stack.profile import Kind
from tests.extracted.running import Program, Start, until

PRODUCTS = "/api/v1/products"
BODY = {
    "sku": "S-1",
    "name": "A bear",
    "category": "toys",
    "price": {"amount": 1, "currency": "EUR"},
}


class Owner(ThreadingHTTPServer):
    """The other side, as its peer sees it: notes what it is sent, answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.forget()

    def forget(self) -> None:
        self.status = 201
        self.requests: list[tuple[str, str, Mapping[str, str], bytes]] = []


class _Answer(BaseHTTPRequestHandler):
    server: Owner

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        answer = b'{"from":"the owner"}'
        self.send_response(self.server.status)
        for name, value in (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(answer))),
            ("Location", f"{PRODUCTS}/1"),
            ("ETag", '"1"'),
            ("X-Served-By", "monolith"),
            ("X-Inside", "not for clients"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        del args


@pytest.fixture(scope="module")
def one_owner() -> Iterator[Owner]:
    server = Owner()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def owner(one_owner: Owner) -> Owner:
    one_owner.forget()
    return one_owner


@pytest.fixture(scope="module")
def replica(servers: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """A catalog database that does not own its writes."""
    with testing.scratch_database("catalog") as variables:
        migrate(variables["CATALOG_OWNER_DATABASE_URL"])
        yield variables


@pytest.fixture(scope="module")
def catalog(start: Start, one_owner: Owner, replica: Mapping[str, str]) -> Iterator[Program]:
    url = f"http://127.0.0.1:{one_owner.server_port}"
    program = start("-m", "extracted.catalog", "serve", MONOLITH_URL=url, **replica)
    yield program
    program.stop()


def test_a_write_is_passed_on_to_the_owner_with_its_key(catalog: Program, owner: Owner) -> None:
    key = str(uuid.uuid4())
    headers = {"Idempotency-Key": key, "X-Correlation-ID": "abc", "Authorization": "Bearer x"}
    answer = catalog.http.post(f"{PRODUCTS}?x=1", json=BODY, headers=headers)

    assert (answer.status_code, answer.json()) == (201, {"from": "the owner"})
    assert answer.headers["x-served-by"] == "monolith"
    assert (answer.headers["location"], answer.headers["etag"]) == (f"{PRODUCTS}/1", '"1"')
    assert "x-inside" not in answer.headers
    [(method, path, sent, _)] = owner.requests
    assert (method, path) == ("POST", f"{PRODUCTS}?x=1")
    assert sent["Idempotency-Key"] == key
    assert sent["Authorization"] == "Bearer x"
    assert sent["X-Forwarded-Write"] == "1"
    assert sent["X-Correlation-ID"] == "abc"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Type", "application/json; charset=utf-8; a=é"),
        ("Authorization", "Bearer é"),
        ("traceparent", "é"),
        ("traceparent", "0" * 4_000),
    ],
)
def test_a_header_that_is_not_ascii_is_for_the_owner_to_judge(
    catalog: Program, owner: Owner, name: str, value: str
) -> None:
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
        name: value,
    }
    given = httpx.Headers(headers, encoding="latin-1")
    answer = catalog.http.post(PRODUCTS, content=json.dumps(BODY), headers=given)

    assert answer.status_code == 201
    [(_, _, sent, _)] = owner.requests
    # Nobody made such a trace, so nobody carries it on.
    assert sent.get(name) == (None if name == "traceparent" else value)


def test_a_write_that_was_passed_on_to_us_is_refused(catalog: Program, owner: Owner) -> None:
    headers = {"Idempotency-Key": str(uuid.uuid4()), "X-Forwarded-Write": "1"}
    answer = catalog.http.post(PRODUCTS, json=BODY, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (421, "urn:problem:not-owner")
    assert owner.requests == []


def test_a_bad_write_is_refused_here_without_asking_the_owner(
    catalog: Program, owner: Owner
) -> None:
    answer = catalog.http.post(PRODUCTS, json={}, headers={"Idempotency-Key": str(uuid.uuid4())})

    assert answer.status_code == 422
    assert owner.requests == []


@pytest.mark.slow
def test_a_write_that_neither_side_takes_waits_and_then_says_so(
    catalog: Program, owner: Owner
) -> None:
    owner.status = 421
    answer = catalog.http.post(PRODUCTS, json=BODY, headers={"Idempotency-Key": str(uuid.uuid4())})

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem:write-unavailable")
    assert answer.headers["retry-after"] == "1"
    assert len(owner.requests) > 20


def test_a_write_that_waits_is_taken_as_soon_as_ownership_arrives(
    catalog: Program, owner: Owner, replica: Mapping[str, str]
) -> None:
    owner.status = 421
    with ownership_arrives(replica, when=lambda: len(owner.requests) > 3):
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = catalog.http.post(PRODUCTS, json=BODY, headers=headers)

    assert (answer.status_code, answer.headers["x-served-by"]) == (201, "catalog")


def test_what_was_passed_on_waits_here_for_the_ownership_that_follows(
    catalog: Program, owner: Owner, replica: Mapping[str, str]
) -> None:
    with (
        roles.superuser(profiles.load(Kind.TEST)) as server,
        ownership_arrives(replica, when=lambda: is_looking(server, catalog)),
    ):
        headers = {"Idempotency-Key": str(uuid.uuid4()), "X-Forwarded-Write": "1"}
        answer = catalog.http.post(PRODUCTS, json=BODY | {"sku": "S-2"}, headers=headers)

    assert (answer.status_code, answer.headers["x-served-by"]) == (201, "catalog")
    assert owner.requests == []


@contextmanager
def ownership_arrives(replica: Mapping[str, str], *, when: Callable[[], bool]) -> Iterator[None]:
    """Let the catalog own its writes as soon as `when` is true; in the end it does not any more."""
    with psycopg.connect(replica["CATALOG_OWNER_DATABASE_URL"], autocommit=True) as operator:

        def take_over() -> None:
            until(when)
            with operator.transaction():
                operator.execute("UPDATE handover.ownership SET mode = 'OWNER', epoch = 2")
                operator.execute(
                    "INSERT INTO catalog.category (id, slug, name) "
                    "VALUES (gen_random_uuid(), 'toys', 'Toys') ON CONFLICT DO NOTHING"
                )

        taking = threading.Thread(target=take_over)
        taking.start()
        yield
        taking.join()
        operator.execute("UPDATE handover.ownership SET mode = 'REPLICA', epoch = 2")


def is_looking(server: psycopg.Connection, program: Program) -> bool:
    """Whether one of its sessions has asked who owns."""
    port = urlsplit(program.url).port
    found = server.execute(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND query LIKE %s",
        (f"catalog:{port}", "%mode = 'OWNER'%"),
    ).fetchone()
    return found is not None


@pytest.mark.slow
def test_an_owner_that_is_down_is_waited_for(start: Start, replica: Mapping[str, str]) -> None:
    program = start(
        "-m", "extracted.catalog", "serve", MONOLITH_URL="http://127.0.0.1:9", **replica
    )
    answer = program.http.post(PRODUCTS, json=BODY, headers={"Idempotency-Key": str(uuid.uuid4())})
    program.stop()

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem:write-unavailable")


def test_the_fence_holds_under_the_door(replica: Mapping[str, str]) -> None:
    with (
        psycopg.connect(replica["CATALOG_DATABASE_URL"]) as connection,
        pytest.raises(psycopg.Error) as refusal,
    ):
        connection.execute("DELETE FROM catalog.product")

    assert refusal.value.sqlstate == "DM001"
