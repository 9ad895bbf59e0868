"""What is sent again, what is not, and what is said at the end."""

import httpx
import pytest

from kong_admin import (
    GatewayFailedError,
    KongAdmin,
    NotAuthorizedError,
    NotWritableError,
    RefusedError,
    Service,
    UnexpectedAnswerError,
    UnreachableError,
)
from tests.gateway_config.kong_admin.fake_kong import FakeKong


def orders() -> Service:
    return Service(name="orders", host="orders.local")


def fails(times: int, failure: httpx.Response | Exception, kong: FakeKong) -> None:
    left = iter(range(times))

    def outage(request: httpx.Request) -> httpx.Response | None:
        if next(left, None) is None:
            return None
        if isinstance(failure, Exception):
            raise failure
        return failure

    kong.outage = outage


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), httpx.Response(503, text="x")])
def test_an_idempotent_call_is_repeated(
    admin: KongAdmin, kong: FakeKong, failure: httpx.Response | Exception
) -> None:
    fails(2, failure, kong)
    admin.services.put("orders", orders())
    assert len(kong.calls) == 3


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), httpx.Response(500, text="x")])
def test_a_post_and_a_plain_patch_are_sent_once(
    admin: KongAdmin, kong: FakeKong, failure: httpx.Response | Exception
) -> None:
    fails(9, failure, kong)
    with pytest.raises((UnreachableError, GatewayFailedError)):
        admin.services.create(orders())
    with pytest.raises((UnreachableError, GatewayFailedError)):
        admin.services.patch("orders", {"port": 1})
    assert kong.calls == ["POST /services", "PATCH /services/orders"]


def test_a_refusal_is_not_repeated(admin: KongAdmin, kong: FakeKong) -> None:
    kong.database = "off"
    with pytest.raises(NotWritableError):
        admin.services.put("orders", orders())
    assert len(kong.calls) == 1


def test_after_the_last_try_the_error_says_where_it_knocked(
    admin: KongAdmin, kong: FakeKong
) -> None:
    fails(99, httpx.ConnectError("connection refused"), kong)
    with pytest.raises(UnreachableError, match=r"http://kong .*is the gateway running"):
        admin.ping()


@pytest.mark.parametrize("body", ["<html>", "[]", '{"data": 7}'])
def test_an_answer_that_is_not_kongs_is_named(admin: KongAdmin, kong: FakeKong, body: str) -> None:
    kong.outage = lambda request: httpx.Response(200, text=body)
    with pytest.raises(UnexpectedAnswerError):
        admin.services.list_all()


@pytest.mark.parametrize(("status", "error"), [(401, NotAuthorizedError), (415, RefusedError)])
def test_a_refusal_in_html_still_has_its_class(
    admin: KongAdmin, kong: FakeKong, status: int, error: type[RefusedError]
) -> None:
    kong.outage = lambda request: httpx.Response(status, html="<h1>no</h1>")
    with pytest.raises(error) as refused:
        admin.ping()
    assert refused.value.status == status


def test_headers_are_asked_for_every_request(kong: FakeKong) -> None:
    tokens = iter(["first", "second"])
    with KongAdmin(
        "http://kong", transport=kong.transport, headers=lambda: {"Kong-Admin-Token": next(tokens)}
    ) as admin:
        admin.ping()
        admin.ping()
    assert [headers["Kong-Admin-Token"] for headers in kong.headers] == ["first", "second"]


def test_an_admin_api_below_a_path_is_paged_below_it(kong: FakeKong) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        following = None if "offset" in request.url.params else "/services?offset=1"
        return httpx.Response(200, json={"data": [], "next": following})

    with KongAdmin("http://kong/admin", transport=httpx.MockTransport(answer)) as admin:
        admin.services.list_all()
    assert asked == ["/admin/services", "/admin/services"]
