"""The look at each answer can say no."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.strangling.description import complaint

PRODUCT = "/api/v1/products/0190a1b2-0000-7000-8000-000000000001"
PROBLEM = {
    "type": "urn:problem:not-found",
    "title": "There is nothing here",
    "status": 404,
    "detail": "No such product.",
}


def answer(
    status: int, body: Any, *, path: str = PRODUCT, method: str = "GET", kind: str | None = None
) -> httpx.Response:
    kind = kind or ("application/json" if status < 400 else "application/problem+json")
    request = httpx.Request(method, f"http://shop{path}")
    content = body if isinstance(body, str) else json.dumps(body)
    return httpx.Response(status, text=content, headers={"Content-Type": kind}, request=request)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (answer(404, PROBLEM), None),
        (answer(405, "", method="PUT"), None),
        (answer(200, {}, path="/probes/catalog"), None),
        (answer(418, PROBLEM), "status 418 is not described"),
        # Only who passes a write on is told who does not own.
        (answer(421, PROBLEM), "status 421 is not described"),
        (answer(200, {}, method="PUT"), "put is not described"),
        (answer(404, PROBLEM, kind="text/html"), "'text/html' is not described"),
        (answer(404, PROBLEM | {"title": 7}), r"\$\.title: 7 is not"),
        (answer(200, {"id": "x"}), "is a required property"),
        (
            answer(200, {"items": [{}], "next_cursor": None}, path="/api/v1/products"),
            r"\$\.items\[0\]",
        ),
    ],
)
def test_what_is_not_as_described_is_told(given: httpx.Response, said: str | None) -> None:
    found = complaint(given)
    assert found is None if said is None else re.search(said, found or "")
