"""The HTTP face of the catalog: what it answers, what it refuses, and that a write happens once."""

import concurrent.futures
import socket
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
import psycopg
import pytest

from tests.extracted.running import Program

PRODUCTS = "/api/v1/products"


def product(**changes: Any) -> dict[str, Any]:
    return {
        "sku": f"S-{uuid.uuid4().hex[:12]}",
        "name": "A blue bear",
        "description": "Soft",
        "category": "toys",
        "price": {"amount": 1250, "currency": "EUR"},
        **changes,
    }


def write(
    catalog: Program, method: str, path: str, body: Any = None, *, key: str | None = None
) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return catalog.http.request(method, path, json=body, headers=headers)


def count(auditor: psycopg.Connection, table: str = "product") -> int:
    row = auditor.execute(f"SELECT count(*) FROM catalog.{table}").fetchone()
    assert row is not None
    return int(row[0])


def test_a_product_lives_and_dies(catalog: Program) -> None:
    created = write(catalog, "POST", PRODUCTS, product(name='Bär "x"\n\u2028€'))
    path = created.headers["location"]
    shown = catalog.http.get(path)
    changed = write(catalog, "PATCH", path, {"price": {"amount": 7, "currency": "EUR"}})
    deleted = write(catalog, "DELETE", path)

    assert (created.status_code, shown.status_code, changed.status_code) == (201, 200, 200)
    assert shown.content == created.content, "built in SQL and in Python, byte for byte the same"
    assert shown.headers["etag"] == created.headers["etag"] != changed.headers["etag"]
    assert changed.json()["price"]["amount"] == 7
    assert changed.json()["created_at"] == created.json()["created_at"]
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert catalog.http.get(path).status_code == 404
    assert created.headers["x-served-by"] == "catalog"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_has_it_already_gets_a_304(catalog: Program, method: str) -> None:
    created = write(catalog, "POST", PRODUCTS, product())
    for path in (created.headers["location"], PRODUCTS, "/api/v1/categories"):
        tag = catalog.http.get(path).headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = catalog.http.request(method, path, headers={"If-None-Match": known})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == tag
            assert not {"content-type", "content-length", "transfer-encoding"} & {*answer.headers}
        assert catalog.http.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_category_stands_for_all_below_it(catalog: Program, operator: psycopg.Connection) -> None:
    operator.execute(
        "INSERT INTO catalog.category (id, slug, name, parent_id) SELECT gen_random_uuid(), new, "
        "new, (SELECT id FROM catalog.category WHERE slug = above) FROM (VALUES "
        "('puppets', 'toys')) AS n (new, above) ON CONFLICT DO NOTHING"
    )
    operator.execute(
        "INSERT INTO catalog.category (id, slug, name, parent_id) SELECT gen_random_uuid(), "
        "'gloves', 'gloves', id FROM catalog.category WHERE slug = 'puppets' "
        "ON CONFLICT DO NOTHING"
    )
    mark = uuid.uuid4().hex
    made = [
        write(catalog, "POST", PRODUCTS, product(category=slug, description=mark)).json()["sku"]
        for slug in ("books", "toys", "puppets", "gloves")
    ]

    def skus(category: str) -> list[str]:
        query = {"category": category, "search": mark}
        page = catalog.http.get(PRODUCTS, params=query).json()
        return [item["sku"] for item in page["items"]]

    assert skus("toys") == made[:0:-1]
    assert skus("puppets") == made[:1:-1]
    assert skus("gloves") == made[3:]
    assert skus("books") == made[:1]
    assert skus("nowhere") == []
    shelves = catalog.http.get("/api/v1/categories").json()["items"]
    parents = {shelf["slug"]: shelf["parent"] for shelf in shelves}
    assert (parents["gloves"], parents["puppets"], parents["toys"]) == ("puppets", "toys", None)


def test_a_change_that_changes_nothing_is_a_write(catalog: Program) -> None:
    created = write(catalog, "POST", PRODUCTS, product())
    changed = write(catalog, "PATCH", created.headers["location"], {"name": "A blue bear"})

    assert changed.json()["version"] == 2


def test_a_list_is_paged_through_without_gap_or_repetition(catalog: Program) -> None:
    mark = uuid.uuid4().hex
    for amount in (5, 3, 3, 9, 1):
        body = product(description=mark, price={"amount": amount, "currency": "EUR"})
        assert write(catalog, "POST", PRODUCTS, body).status_code == 201
    for sort in ("newest", "name", "price", "-price"):
        whole = catalog.http.get(PRODUCTS, params={"search": mark, "sort": sort}).json()["items"]
        found, cursor = [], None
        while True:
            query = {
                "search": mark,
                "sort": sort,
                "limit": 2,
                **({"cursor": cursor} if cursor else {}),
            }
            page = catalog.http.get(PRODUCTS, params=query).json()
            found += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        assert found == whole
        assert len({item["id"] for item in found}) == 5
    amounts = [item["price"]["amount"] for item in found]
    assert amounts == [9, 5, 3, 3, 1]


def test_a_list_is_filtered(catalog: Program) -> None:
    mark = uuid.uuid4().hex
    body = product(name=f"Green {mark}", category="books", price={"amount": 42, "currency": "EUR"})
    write(catalog, "POST", PRODUCTS, body)

    def found(**query: Any) -> int:
        return len(catalog.http.get(PRODUCTS, params=query).json()["items"])

    assert found(search=f"green {mark}") == 1
    assert found(search=f"red {mark}") == 0
    assert found(search=mark, category="books", min_price=42, max_price=42) == 1
    assert found(search=mark, category="toys") == 0
    assert found(search=mark, min_price=43) == 0
    assert found(category="no-such-category") == 0
    assert found(search="!&|():*'") == 0


def test_a_key_used_again_replays_its_answer(catalog: Program, auditor: psycopg.Connection) -> None:
    key, body = str(uuid.uuid4()), product()
    first = write(catalog, "POST", PRODUCTS, body, key=key)
    before = count(auditor)
    again = write(catalog, "POST", PRODUCTS, body, key=key)
    other = write(catalog, "POST", PRODUCTS, product(), key=key)

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert (other.status_code, other.json()["type"]) == (422, "urn:problem:idempotency-key-reused")
    assert count(auditor) == before


def test_one_key_sent_many_times_at_once_writes_once(
    catalog: Program, auditor: psycopg.Connection
) -> None:
    key, body, before = str(uuid.uuid4()), product(), count(auditor)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: write(catalog, "POST", PRODUCTS, body, key=key), range(8))
        )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert count(auditor) == before + 1


def test_a_deletion_is_replayed_too(catalog: Program) -> None:
    path = write(catalog, "POST", PRODUCTS, product()).headers["location"]
    key = str(uuid.uuid4())

    assert write(catalog, "DELETE", path, key=key).status_code == 204
    assert write(catalog, "DELETE", path, key=key).status_code == 204
    assert write(catalog, "DELETE", path).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{", 400, "malformed-json"),
        (b"", 400, "malformed-json"),
        (b'{"sku": "\\ud800"}', 400, "malformed-json"),
        (b"\xff\xfe", 400, "malformed-json"),
        (b"[]", 422, "invalid-input"),
        (b"null", 422, "invalid-input"),
        (b"[" * 60_000, 400, "malformed-json"),
        (b'{"sku": 7}', 422, "invalid-input"),
        (b'"' + b"x" * 70_000 + b'"', 413, "body-too-large"),
        (b"x" * 1_048_576, 413, "body-too-large"),
    ],
)
def test_a_bad_body_is_refused_and_changes_nothing(
    catalog: Program, auditor: psycopg.Connection, body: bytes, status: int, kind: str
) -> None:
    before = count(auditor), count(auditor, "command")
    headers = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
    answer = catalog.http.post(PRODUCTS, content=body, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:problem:{kind}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (count(auditor), count(auditor, "command")) == before


@pytest.mark.parametrize(
    ("changes", "status", "kind"),
    [
        ({"price": {"amount": -1, "currency": "EUR"}}, 422, "invalid-input"),
        ({"price": {"amount": 1.5, "currency": "EUR"}}, 422, "invalid-input"),
        ({"price": {"amount": 10**30, "currency": "EUR"}}, 422, "invalid-input"),
        ({"name": "nul \x00"}, 422, "invalid-input"),
        ({"name": "x" * 201}, 422, "invalid-input"),
        ({"sku": "no spaces"}, 422, "invalid-input"),
        ({"unknown": 1}, 422, "invalid-input"),
        ({"category": "nowhere"}, 422, "unknown-category"),
    ],
)
def test_a_broken_rule_is_named(
    catalog: Program, changes: dict[str, Any], status: int, kind: str
) -> None:
    answer = write(catalog, "POST", PRODUCTS, product(**changes))

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:problem:{kind}")


def test_a_taken_sku_is_a_conflict(catalog: Program) -> None:
    body = product()
    write(catalog, "POST", PRODUCTS, body)
    answer = write(catalog, "POST", PRODUCTS, body)

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:problem:sku-taken")


@pytest.mark.parametrize("key", [None, "", "not-a-uuid"])
def test_a_write_without_a_key_is_refused(catalog: Program, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    assert catalog.http.post(PRODUCTS, json=product(), headers=headers).status_code == 400


def test_another_content_type_is_refused(catalog: Program) -> None:
    headers = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "text/plain"}
    answer = catalog.http.post(PRODUCTS, content=b"{}", headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (
        415,
        "urn:problem:unsupported-media-type",
    )


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "sort=up",
        "min_price=-1",
        "cursor=%00",
        "search=",
        "search=a%00b",
        "limit=1&limit=2",
        "nonsense=1",
        "cursor=bm90IGEgY3Vyc29y",
        "category=UPPER",
        "search=%ff%00",
        f"min_price={10**40}",
    ],
)
def test_a_bad_query_is_refused(catalog: Program, query: str) -> None:
    answer = catalog.http.get(f"{PRODUCTS}?{query}")

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:problem:invalid-input")


@pytest.mark.parametrize(
    "path",
    [
        f"{PRODUCTS}/",
        f"{PRODUCTS}/x",
        f"{PRODUCTS}/{uuid.uuid4()}",
        f"{PRODUCTS}/%00",
        "/%ff",
        f"{PRODUCTS}/{uuid.uuid4()}/more",
        "//api/v1/products",
    ],
)
def test_what_is_not_there_is_not_found(catalog: Program, path: str) -> None:
    assert catalog.http.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        (PRODUCTS, "GET, HEAD, POST"),
        (f"{PRODUCTS}/{uuid.uuid4()}", "DELETE, GET, HEAD, PATCH"),
        ("/api/v1/categories", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_there_is_told_what_is(
    catalog: Program, path: str, allow: str
) -> None:
    answer = catalog.http.put(path, json={})

    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


def test_head_answers_like_get_without_a_body(catalog: Program) -> None:
    whole, head = catalog.http.get(PRODUCTS), catalog.http.head(PRODUCTS)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def test_a_body_in_endless_chunks_is_cut_off(catalog: Program) -> None:
    host, port = catalog.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /api/v1/products HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Idempotency-Key: " + str(uuid.uuid4()).encode() + b"\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(20):
            connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")

        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_connections_that_broke_while_idle_cost_no_write(
    catalog: Program, database: Mapping[str, str]
) -> None:
    with concurrent.futures.ThreadPoolExecutor(4) as clients:
        list(clients.map(lambda _: write(catalog, "POST", PRODUCTS, product()), range(8)))
    with psycopg.connect(database["CATALOG_DATABASE_URL"], autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> "
            "pg_backend_pid() AND usename = current_user AND datname = current_database()"
        ).fetchall()
    assert len(ended) >= 2

    assert write(catalog, "POST", PRODUCTS, product()).status_code == 201


def test_letters_in_a_query_need_no_escape(catalog: Program) -> None:
    word = f"bär{uuid.uuid4().hex}"
    created = write(catalog, "POST", PRODUCTS, product(name=word)).json()
    address = httpx.URL(catalog.url)
    request = f"GET {PRODUCTS}?search={word} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    with socket.create_connection((address.host, address.port or 80), timeout=5) as line:
        line.sendall(request.encode())
        with line.makefile("rb") as answer:
            assert created["id"].encode() in answer.read()
