import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from extracted.contracts.http import WRITE_DEADLINE_S
from extracted.contracts.problems import ProblemError
from monolith.catalog import forward as catalog_forward
from monolith.outbox.once import Attempt
from monolith.seams.arrival import Arrival
from monolith.seams.fence import NotOwner
from monolith.seams.forward import Patience, settle
from monolith.seams.peers import Peers
from monolith.seams.writes import Write


class Clock:
    """Time that passes only while somebody sleeps or asks a peer."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    @property
    def patience(self) -> Patience:
        return Patience(clock=lambda: self.now, sleep=self.sleep)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def write(*, is_forwarded: bool = False) -> Write:
    return Write(
        method="PATCH",
        path="/api/v1/products/1",
        body=b'{"name":"New"}',
        attempt=Attempt(key=uuid.UUID(int=7), request_hash="x"),
        is_forwarded=is_forwarded,
    )


def refuse():
    raise NotOwner("catalog")


def peers(answer) -> Peers:
    return Peers(("http://one", "http://two"), transport=httpx.MockTransport(answer))


pytestmark = pytest.mark.django_db


def test_the_owner_answers_without_asking_anybody(clock):
    asked = []
    answer = settle(write(), local=lambda: "mine", peers=peers(asked.append))
    assert (answer, asked) == ("mine", [])


def test_a_refused_write_is_done_once_by_the_other_side_under_the_same_key(clock):
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(
            201,
            json={"id": 1},
            headers={
                "X-Served-By": "catalog",
                "Location": "/x",
                "Idempotency-Replayed": "true",
                "Set-Cookie": "no",
            },
        )

    got = settle(write(), local=refuse, peers=peers(answer), patience=clock.patience)
    assert (got.status_code, json.loads(got.content)) == (201, {"id": 1})
    assert got["X-Served-By"] == "catalog"
    assert got["Location"] == "/x"
    assert got["Idempotency-Replayed"] == "true"
    assert "Set-Cookie" not in got
    (request,) = seen
    assert request.headers["X-Forwarded-Write"] == "1"
    assert request.headers["Idempotency-Key"] == str(uuid.UUID(int=7))
    assert (request.method, request.content) == ("PATCH", b'{"name":"New"}')


def test_whose_write_it_is_travels_along(clock):
    seen = []

    def answer(request):
        seen.append(request.headers.get("Authorization"))
        return httpx.Response(401, headers={"WWW-Authenticate": "Bearer"})

    signed = replace(write(), authorization="Bearer abc")
    got = settle(signed, local=refuse, peers=peers(answer), patience=clock.patience)
    settle(write(), local=refuse, peers=peers(answer), patience=clock.patience)
    assert seen == ["Bearer abc", None]
    assert (got.status_code, got["WWW-Authenticate"]) == (401, "Bearer")


def test_while_both_refuse_the_two_sides_are_asked_in_turn_with_growing_pauses(clock):
    tried = []

    def local():
        tried.append("here")
        if len(tried) > 12:
            return "mine"
        raise NotOwner("catalog")

    def answer(request):
        tried.append(request.url.host)
        return httpx.Response(421)

    assert settle(write(), local=local, peers=peers(answer), patience=clock.patience) == "mine"
    assert tried[:6] == ["here", "one", "here", "two", "here", "one"]
    assert clock.pauses[:4] == [0.003, 0.006, 0.012, 0.024]
    assert max(clock.pauses) == 0.025


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_what_the_owner_says_is_passed_on_whatever_it_is(clock, status):
    got = settle(
        write(),
        local=refuse,
        peers=peers(lambda _: httpx.Response(status, json={"status": status})),
        patience=clock.patience,
    )
    assert got.status_code == status


def test_when_nobody_takes_it_in_time_the_client_may_try_again(clock):
    def unreachable(request):
        raise httpx.ConnectError("no", request=request)

    with pytest.raises(ProblemError) as given_up:
        settle(write(), local=refuse, peers=peers(unreachable), patience=clock.patience)
    assert given_up.value.kind == "write-unavailable"
    assert given_up.value.headers["Retry-After"] == "1"
    assert WRITE_DEADLINE_S - 0.1 < clock.now <= WRITE_DEADLINE_S


def test_a_forwarded_write_is_tried_here_only(clock):
    with pytest.raises(ProblemError) as refused:
        settle(write(is_forwarded=True), local=refuse, peers=peers(pytest.fail))
    assert refused.value.status == 421


def test_a_forwarded_write_waits_for_the_ownership_that_follows_it(set_mode):
    set_mode("REPLICA")
    tried = []

    def local():
        tried.append("here")
        if len(tried) > 1:
            return "mine"
        threading.Timer(0.05, set_mode, ["OWNER"]).start()
        raise NotOwner("catalog")

    assert settle(write(is_forwarded=True), local=local, peers=peers(pytest.fail)) == "mine"
    assert len(tried) == 2


def test_not_all_threads_wait_for_an_ownership(monkeypatch):
    arrival = Arrival("catalog", at_once=1)
    waiting = threading.Event()

    def look():
        waiting.set()
        return False

    monkeypatch.setattr(arrival, "_is_here", look)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(arrival.within, 0.3)
        assert waiting.wait(5)
        assert not arrival.within(60)
        assert not first.result()


def test_a_released_monolith_passes_writes_of_the_api_on(api, make_product, set_mode, monkeypatch):
    made = make_product()

    def answer(request):
        return httpx.Response(200, json={"by": "service"}, headers={"X-Served-By": "catalog"})

    monkeypatch.setattr(catalog_forward, "PEERS", peers(answer))
    set_mode("REPLICA")
    passed = api.patch(f"/products/{made['id']}", {"name": "New"})
    assert (passed.json(), passed["X-Served-By"]) == ({"by": "service"}, "catalog")
    refused = api.delete(f"/products/{made['id']}", headers={"X-Forwarded-Write": "1"})
    assert (refused.status_code, refused.json()["type"]) == (421, "urn:problem:not-owner")
    assert refused["X-Served-By"] == "monolith"
    assert api.get(f"/products/{made['id']}").json() == made
