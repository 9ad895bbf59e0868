"""Changes that need no order among themselves go at once; the others wait for their turn."""

import threading

import httpx
import pytest

from kong_admin import Change, GatewayFailedError, KongAdmin, Reference, Route, Service, State, sync
from tests.gateway_config.kong_admin.fake_kong import FakeKong

_MANY = State(
    services=tuple(Service(name=f"s{n:02}", host="h") for n in range(20)),
    routes=tuple(
        Route(name=f"r{n:02}", paths=(f"/r{n:02}",), service=Reference(name=f"s{n:02}"))
        for n in range(20)
    ),
)


def test_those_of_one_turn_are_in_flight_together(admin: KongAdmin, kong: FakeKong) -> None:
    # Nobody passes until all twenty are there: one after the other, this would never end.
    together = threading.Barrier(20, timeout=10)

    def meet(request: httpx.Request) -> None:
        if request.method == "PUT":
            together.wait()

    kong.on_arrival = meet
    sync(admin, _MANY, parallel=20)
    assert len(kong.stored["routes"]) == 20


def test_no_route_is_made_before_the_last_service(admin: KongAdmin, kong: FakeKong) -> None:
    sync(admin, _MANY)
    kinds = [call.split("/")[1] for call in kong.writes]
    assert kinds == ["services"] * 20 + ["routes"] * 20


def test_no_more_are_in_flight_than_are_allowed(admin: KongAdmin, kong: FakeKong) -> None:
    flying: set[int] = set()
    most = 0

    def count(request: httpx.Request) -> None:
        nonlocal most
        flying.add(threading.get_ident())
        most = max(most, len(flying))

    kong.on_arrival = count
    sync(admin, _MANY, parallel=1)
    # The thread that asked first, for what is live, and one more.
    assert most == 2


def test_after_a_failure_nothing_more_is_begun(admin: KongAdmin, kong: FakeKong) -> None:
    told: list[Change] = []

    def outage(request: httpx.Request) -> httpx.Response | None:
        failing = request.url.path == "/services/s03" and request.method == "PUT"
        return httpx.Response(500, text="x") if failing else None

    kong.outage = outage
    with pytest.raises(GatewayFailedError):
        sync(admin, _MANY, on_change=lambda change, *_: told.append(change))
    assert kong.stored["routes"] == {}
    assert {change.entity.kind for change in told} <= {"service"}
    kong.outage = lambda _: None
    sync(admin, _MANY)
    assert len(kong.stored["routes"]) == 20


def test_a_kong_with_postgresql_is_asked_less_at_once(admin: KongAdmin, kong: FakeKong) -> None:
    assert admin.ping().calls_at_once == 24
    kong.database = "embedded"
    assert admin.ping().calls_at_once == 100
