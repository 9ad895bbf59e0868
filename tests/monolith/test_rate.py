import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from monolith.web.rate import KNOWN_CLIENTS, Buckets, throttled


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buckets(clock: Clock) -> Buckets:
    return Buckets(per_second=2, burst=4, clock=clock)


def test_a_burst_passes_and_then_tokens_come_back_with_time(buckets, clock):
    assert [buckets.wait_s("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    clock.now = 0.5
    assert buckets.wait_s("a") == 0
    assert buckets.wait_s("a") == 0.5


def test_one_client_does_not_pay_for_another(buckets):
    for _ in range(5):
        buckets.wait_s("greedy")
    assert buckets.wait_s("patient") == 0


def test_a_full_bucket_gets_no_fuller(buckets, clock):
    buckets.wait_s("a")
    clock.now = 1000.0
    assert [buckets.wait_s("a") for _ in range(5)][-1] > 0


def test_no_more_clients_are_remembered_than_there_is_room_for(buckets):
    for number in range(KNOWN_CLIENTS + 10):
        buckets.wait_s(str(number))
    assert len(buckets._left) == KNOWN_CLIENTS


def answers(path: str, times: int, **headers: str) -> list[HttpResponse]:
    with override_settings(RATE_LIMIT_PER_S=1):
        middleware = throttled(lambda _: HttpResponse())
        return [middleware(RequestFactory().get(path, headers=headers)) for _ in range(times)]


def test_who_asks_too_fast_is_told_when_to_come_back():
    first, second, third = answers("/api/v1/products", 3)
    assert (first.status_code, second.status_code, third.status_code) == (200, 200, 429)
    assert third["Retry-After"] == "1"
    assert third["Content-Type"] == "application/problem+json"
    assert b"urn:problem:too-many-requests" in third.content


def test_health_is_always_answered():
    assert {answer.status_code for answer in answers("/readyz", 9)} == {200}


def test_a_client_cannot_choose_its_name():
    # What comes before the last comma was sent by the client; our gateway appends what it saw.
    with override_settings(RATE_LIMIT_PER_S=1):
        middleware = throttled(lambda _: HttpResponse())
        last = [
            middleware(
                RequestFactory().get("/api/", headers={"X-Forwarded-For": f"{n}.0.0.1, 9.9.9.9"})
            )
            for n in range(3)
        ][-1]
    assert last.status_code == 429


def test_no_limit_costs_nothing():
    def view(_: object) -> HttpResponse:
        return HttpResponse()

    with override_settings(RATE_LIMIT_PER_S=0):
        assert throttled(view) is view
