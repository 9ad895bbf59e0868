"""The HTTP face of catalog."""

from collections.abc import Callable
from functools import partial
from typing import Any

from extracted.catalog import reading, writing
from extracted.chassis.database import Connection, Database
from extracted.chassis.messages import Request, Response
from extracted.chassis.writes import Answer, Command, Effect, write_once
from extracted.contracts.catalog import (
    DOMAIN,
    ChangeProduct,
    CreateProduct,
    Product,
    ProductQuery,
)
from extracted.contracts.http import (
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    IF_NONE_MATCH,
    entity_tag,
    is_known,
    parse_body,
    parse_id,
    parse_key,
    parse_query,
    request_hash,
)
from extracted.contracts.problems import ProblemError

PRODUCTS = "/api/v1/products"
PRODUCT = f"{PRODUCTS}/<product_id>"
CATEGORIES = "/api/v1/categories"

Write = Callable[[], Response]


def list_products(database: Database, request: Request) -> Response:
    """Answer GET /api/v1/products."""
    query = parse_query(ProductQuery, request.query)
    return _read(request, reading.product_page_json(database, query))


def show_product(database: Database, request: Request, product_id: str) -> Response:
    """Answer GET /api/v1/products/<id>."""
    body = reading.product_json(database, parse_id(product_id, kind="product"))
    if body is None:
        raise ProblemError("product-not-found")
    return _read(request, body)


def list_categories(database: Database, request: Request) -> Response:
    """Answer GET /api/v1/categories."""
    return _read(request, reading.categories_json(database))


def create_product(database: Database, request: Request) -> Write:
    """Check POST /api/v1/products; return the write."""
    command = _command(request, body=request.json_body)
    asked = parse_body(CreateProduct, request.raw_body)
    return _write(database, command, partial(writing.create, command=asked))


def change_product(database: Database, request: Request, product_id: str) -> Write:
    """Check PATCH /api/v1/products/<id>; return the write."""
    command = _command(request, body=request.json_body)
    asked = parse_body(ChangeProduct, request.raw_body)
    key = parse_id(product_id, kind="product")
    return _write(database, command, partial(writing.change, command=asked, product_id=key))


def delete_product(database: Database, request: Request, product_id: str) -> Write:
    """Check DELETE /api/v1/products/<id>; return the write."""
    command = _command(request, body=lambda: b"")
    key = parse_id(product_id, kind="product")
    return _write(database, command, partial(writing.delete, product_id=key))


def _read(request: Request, body: bytes) -> Response:
    tag = entity_tag(body)
    if is_known(request.header(IF_NONE_MATCH), tag=tag):
        return Response(status=304, headers={"ETag": tag})
    return Response(body=body, headers={"ETag": tag})


def _command(request: Request, *, body: Callable[[], bytes]) -> Command:
    # The key first, then the body: all services name the same fault of a request that has several.
    key = parse_key(request.header(IDEMPOTENCY_KEY))
    return Command(
        domain=DOMAIN,
        key=key,
        request_hash=_fingerprint(request, body()),
        traceparent=request.header("traceparent"),
    )


def _fingerprint(request: Request, body: bytes) -> str:
    try:
        return request_hash(method=request.method, path=request.path, body=body)
    except ValueError:
        # Not JSON: parse_body is about to say so, in its own words.
        return ""


def _write(database: Database, command: Command, execute: Callable[[Connection], Effect]) -> Write:
    def write() -> Response:
        return _answered(write_once(database, command, execute))

    return write


def _answered(answer: Answer) -> Response:
    headers = {IDEMPOTENCY_REPLAYED: "true"} if answer.is_replay else {}
    if answer.response is None:
        return Response(status=answer.status, headers=headers)
    body = _body(answer.response)
    headers["ETag"] = entity_tag(body)
    if answer.status == 201:
        headers["Location"] = f"{PRODUCTS}/{answer.aggregate_id}"
    return Response(status=answer.status, body=body, headers=headers)


def _body(response: dict[str, Any]) -> bytes:
    # Through the contract: jsonb has forgotten the order of the keys.
    return Product.model_validate(response).model_dump_json().encode()
