"""What the monolith tells those who run it, asked by a stranger: the files at a running gateway."""

from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest

from extracted.contracts.problems import PROBLEM_CONTENT_TYPE, ProblemError
from kong_admin import KongAdmin, load, sync
from tests.gateway_config.kong_admin.declared import ENVIRON, FILES

OPERATIONS = ("/healthz", "/readyz", "/metrics")
# What a server behind the gateway reads as /metrics.
DISGUISED = (
    "/metrics?x=1",
    "/%6Detrics",
    "/./metrics",
    "/x/../metrics",
    "http://shop.example/metrics",
)
PUBLIC = (
    "/.well-known/jwks.json",
    "/api/v1/openapi.json",
    "/probes/orders",
    "/metrics-of-the-shop",
    "/metrics/of/the/shop",
    "/api/v1/metrics",
)


@pytest.fixture(scope="module")
def gateway(live: Any, backends: list[Any]) -> Any:
    """It has the files' first one, and a backend is the monolith."""
    environ = ENVIRON | {"MONOLITH_TARGET": backends[0].target}
    with KongAdmin(f"http://127.0.0.1:{live.admin_port}") as admin:
        sync(admin, load([FILES / "base.yaml"], environ=environ))
    return live


@pytest.fixture
def line(gateway: Any) -> Iterator[HTTPConnection]:
    """Paths as they are written: httpx would tidy them up."""
    connection = HTTPConnection("127.0.0.1", gateway.proxy_port, timeout=10)
    yield connection
    connection.close()


def _ask(line: HTTPConnection, path: str, *, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    line.request(method, path)
    answer = line.getresponse()
    return answer, answer.read()


@pytest.mark.parametrize("path", [*OPERATIONS, *DISGUISED])
def test_what_is_for_operators_is_nowhere_at_the_gateway(line: HTTPConnection, path: str) -> None:
    answer, body = _ask(line, path)
    assert (answer.status, answer.headers["X-Backend"]) == (404, None)
    assert answer.headers["Content-Type"] == PROBLEM_CONTENT_TYPE
    assert body == ProblemError("not-found").problem.to_json(), "it tells them from other paths"
    assert answer.headers["X-Correlation-ID"]


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_no_method_opens_it(line: HTTPConnection, method: str) -> None:
    answer, _ = _ask(line, "/metrics", method=method)
    assert (answer.status, answer.headers["X-Backend"]) == (404, None)


def test_nothing_after_the_path_opens_it(line: HTTPConnection) -> None:
    """gunicorn leaves a fragment out; Kong does not, this gateway takes none."""
    answer, _ = _ask(line, "/metrics#x")
    assert answer.headers["X-Backend"] is None
    assert answer.status in {400, 404}


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_is_the_monoliths_to_answer(
    line: HTTPConnection, backends: list[Any], path: str
) -> None:
    answer, _ = _ask(line, path)
    assert (answer.status, answer.headers["X-Backend"]) == (200, str(backends[0].port))
