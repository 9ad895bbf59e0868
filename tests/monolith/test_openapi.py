import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.validation import validate_schema

from monolith.web import openapi
from monolith.web.view import View


def described() -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = json.loads(openapi.GOLDEN.read_text())["paths"]
    return paths


def routes(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, Any]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        place = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, place)
        elif isinstance(pattern, URLPattern):
            yield place, pattern.callback


def methods() -> Iterator[tuple[str, str, Any]]:
    for place, callback in routes():
        view = getattr(callback, "cls", None)
        if isinstance(view, type) and issubclass(view, View):
            for method in view().allowed_methods:
                yield place, method.lower(), getattr(view, method.lower())


def test_the_committed_file_describes_the_code():
    assert openapi.GOLDEN.read_text() == openapi.text(), (
        "review, then: python -m monolith.config.openapi --write"
    )


def test_it_is_openapi_3_1():
    made = openapi.document()
    assert made["openapi"] == "3.1.0"
    validate_schema(made)


def test_every_method_of_every_view_is_described():
    assert [
        f"{method} {place}"
        for place, method, handler in methods()
        if not hasattr(handler, "kwargs")
    ] == []


def served() -> dict[str, set[str]]:
    """Our own paths, and by which methods they are asked."""
    found: dict[str, set[str]] = {}
    for place, method, _ in methods():
        found.setdefault(re.sub(r"[<{](?:\w+:)?(\w+)[>}]", r"{\1}", place), set()).add(method)
    return found


def test_every_path_of_ours_is_in_the_file_and_the_others_are_those_of_services():
    others = described().keys() - served().keys()
    assert served().keys() <= described().keys()
    assert all(place.startswith(openapi.OF_THE_SERVICES) for place in others)
    assert not any(place.startswith(openapi.OF_THE_SERVICES) for place in served())


def test_every_operation_has_a_name_of_its_own_and_an_answer():
    operations = [operation for path in described().values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(min(operation["responses"]) < "300" for operation in operations)


def test_errors_are_problems_everywhere():
    for path in described().values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if status >= "400" and status != "414":
                    assert list(answer["content"]) == ["application/problem+json"]


def test_every_unsafe_operation_asks_for_a_key():
    for path in described().values():
        for method, operation in path.items():
            asked = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert ("Idempotency-Key" in asked) == (method != "get")


@pytest.mark.django_db
def test_clients_are_told(api):
    answer = api.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"
