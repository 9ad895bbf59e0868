"""How a request is read: each piece of bad input has one answer, and none of them is a 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extracted.contracts.catalog import ChangeProduct, CreateProduct, ProductQuery
from extracted.contracts.http import (
    MAX_BODY_BYTES,
    check_body,
    is_known,
    parse_body,
    parse_id,
    parse_key,
    parse_query,
    request_hash,
)
from extracted.contracts.orders import PlaceOrder
from extracted.contracts.problems import ProblemError

LAMP: dict[str, Any] = {
    "sku": "LAMP-1",
    "name": "Lamp",
    "category": "lamps",
    "price": {"amount": 1999, "currency": "EUR"},
}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)

# A busy machine is no fault of ours.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def refused(body: bytes, model: type[Any] = CreateProduct) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        parse_body(model, body)
    return caught.value


def status_of(model: type[Any], body: bytes) -> int | None:
    try:
        parse_body(model, body)
    except ProblemError as problem:
        return problem.status
    return None


def test_a_good_body_becomes_a_command() -> None:
    command = parse_body(CreateProduct, json.dumps(LAMP).encode())
    assert (command.sku, command.price.amount, command.description) == ("LAMP-1", 1999, "")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nul", b'{"sku": }', b"\xff\xfe", b'{"sku": "\\ud800"}', b"[" * 10_000],
    ids=["empty", "cut off", "no word", "no value", "no UTF-8", "lone surrogate", "too deep"],
)
def test_what_is_not_json_is_a_400(body: bytes) -> None:
    assert (refused(body).kind, refused(body).status) == ("malformed-json", 400)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": {"amount": -1, "currency": "EUR"}}, "price.amount"),
        ({"price": {"amount": 10**30, "currency": "EUR"}}, "price.amount"),
        ({"price": {"amount": 1.5, "currency": "EUR"}}, "price.amount"),
        ({"price": {"amount": "1999", "currency": "EUR"}}, "price.amount"),
        ({"price": {"amount": True, "currency": "EUR"}}, "price.amount"),
        ({"price": {"amount": 1, "currency": "XXX"}}, "price.currency"),
        ({"price": None}, "price"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "La\x00mp"}, "name"),
        ({"description": "\x00"}, "description"),
        ({"sku": "LAMP\x00"}, "sku"),
        ({"sku": "no spaces"}, "sku"),
        ({"category": "Lamps"}, "category"),
        ({"colour": "red"}, "colour"),
    ],
    ids=repr,
)
def test_a_broken_rule_is_a_422_that_names_the_field(change: dict[str, Any], field: str) -> None:
    problem = refused(json.dumps(LAMP | change).encode())
    assert (problem.kind, problem.status) == ("invalid-input", 422)
    assert [error.field for error in problem.errors or ()] == [field]


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"lamp"'])
def test_json_that_is_no_object_is_a_422(body: bytes) -> None:
    assert refused(body).kind == "invalid-input"


@patient
@given(JSON_VALUES)
def test_no_json_at_all_is_worse_than_a_422(value: object) -> None:
    for model in (CreateProduct, ChangeProduct, PlaceOrder):
        assert status_of(model, json.dumps(value).encode()) in {None, 422}


@pytest.mark.parametrize("body", [b"{}", b'{"name": null}'])
def test_a_change_names_at_least_one_field_and_none_of_them_is_null(body: bytes) -> None:
    assert refused(body, ChangeProduct).kind == "invalid-input"


def test_an_order_names_each_product_once() -> None:
    product = {"product_id": "00000000-0000-0000-0000-000000000001", "quantity": 1}
    order = {"customer_id": product["product_id"], "lines": [product, product]}
    assert refused(json.dumps(order).encode(), PlaceOrder).kind == "invalid-input"


@pytest.mark.parametrize(
    "query",
    [
        {"limit": ["0"]},
        {"limit": ["101"]},
        {"limit": ["many"]},
        {"limit": ["1", "2"]},
        {"sort": ["color"]},
        {"search": [""]},
        {"search": ["\x00"]},
        {"category": ["../etc"]},
        {"min_price": ["-1"]},
        {"max_price": ["9" * 40]},
        {"cursor": ["not ours"]},
        {"surprise": ["1"]},
    ],
    ids=repr,
)
def test_a_bad_query_parameter_is_a_422(query: dict[str, list[str]]) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_query(ProductQuery, query)
    assert caught.value.status == 422


def test_a_key_is_a_uuid() -> None:
    for value in (None, "", "1", "zz" * 16):
        with pytest.raises(ProblemError) as caught:
            parse_key(value)
        assert caught.value.status == 400


def test_an_id_that_cannot_be_one_is_a_404() -> None:
    with pytest.raises(ProblemError) as caught:
        parse_id("lamp", kind="product")
    assert (caught.value.kind, caught.value.status) == ("product-not-found", 404)


def test_a_body_is_refused_by_its_headers() -> None:
    check_body(content_type="Application/JSON; charset=utf-8", length=MAX_BODY_BYTES)
    for content_type, length, status in (
        ("application/json", MAX_BODY_BYTES + 1, 413),
        ("text/plain", 2, 415),
        (None, 2, 415),
    ):
        with pytest.raises(ProblemError) as caught:
            check_body(content_type=content_type, length=length)
        assert caught.value.status == status


def hash_of(body: bytes, *, method: str = "POST", path: str = "/api/v1/products") -> str:
    return request_hash(method=method, path=path, body=body)


@pytest.mark.slow
@patient
@given(st.dictionaries(st.text(max_size=5), JSON_VALUES, min_size=2))
def test_the_order_of_keys_and_white_space_do_not_make_another_request(value: object) -> None:
    assert isinstance(value, dict)
    backwards = {key: value[key] for key in reversed(list(value))}
    loose = json.dumps(backwards, indent=3).encode()
    assert hash_of(json.dumps(value).encode()) == hash_of(loose)


def test_method_path_body_and_order_of_items_make_another_request() -> None:
    hashes = {
        hash_of(b"[1, 2]"),
        hash_of(b"[2, 1]"),
        hash_of(b""),
        hash_of(b"[1, 2]", method="PATCH"),
        hash_of(b"[1, 2]", path="/api/v1/orders"),
    }
    assert len(hashes) == 5


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        (None, False),
        ("", False),
        ("*", True),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ('"b"', False),
        ("a", False),
        ('"b,"a"', False),
    ],
)
def test_if_none_match_is_compared_weakly(sent: str | None, *, known: bool) -> None:
    assert is_known(sent, tag='"a"') is known


@pytest.mark.parametrize(
    "odd",
    [
        "0123456789abcdef0123456789abcde\n",
        " 123456789abcdef0123456789abcdef",
        "0_23456789abcdef0123456789abcdef",
        "\u0661123456789abcdef0123456789abcdef"[:32],
    ],
    ids=["line end", "space", "underscore", "other digits"],
)
def test_what_only_python_takes_for_a_uuid_is_none(odd: str) -> None:
    assert len(odd) == 32
    with pytest.raises(ProblemError, match="product-not-found"):
        parse_id(odd, kind="product")
    with pytest.raises(ProblemError, match="invalid-idempotency-key"):
        parse_key(odd)
