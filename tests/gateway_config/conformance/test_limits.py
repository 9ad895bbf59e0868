"""rate-limiting, request-size-limiting and request-termination."""

from collections.abc import Iterator
from typing import Any

import pytest


def _refused(world: Any, case: str, **given: Any) -> Any:
    """Kong counts a request after it was answered, so one more may slip through."""
    answers: list[Any] = []

    def is_refused() -> bool:
        answers.append(world.ask(case, **given))
        return bool(answers[-1].status_code == 429)

    world.kong.until(is_refused, "nothing is too much")
    assert len(answers) <= 3
    return answers[-1]


def test_what_is_too_much_is_429_with_kongs_headers(world: Any) -> None:
    answers = [world.ask("by-address") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    refused = _refused(world, "by-address")
    first, last = answers[0].headers, refused.headers
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("3", "2")
    assert (first["X-RateLimit-Limit-Hour"], first["X-RateLimit-Remaining-Hour"]) == ("3", "2")
    assert "Retry-After" not in first
    assert last["RateLimit-Remaining"] == last["X-RateLimit-Remaining-Hour"] == "0"
    assert 0 < int(last["Retry-After"]) <= 3600
    assert refused.json()["message"] == "API rate limit exceeded"


def test_each_consumer_is_counted_alone(world: Any, callers: dict[str, Any]) -> None:
    for name in ("alice", "bob"):
        headers = {"apikey": f"{callers[name]['username']}-key"}
        codes = [world.ask("by-consumer", headers=headers).status_code for _ in range(2)]
        assert codes == [200, 200]
        _refused(world, "by-consumer", headers=headers)


def test_of_two_windows_the_tighter_is_told(world: Any) -> None:
    headers = world.ask("two-windows").headers
    assert headers["RateLimit-Limit"] == headers["X-RateLimit-Limit-Hour"] == "1000"
    assert headers["X-RateLimit-Remaining-Day"] == "1000"
    assert headers["RateLimit-Remaining"] == "999"


def test_limits_can_be_silent(world: Any) -> None:
    answers = [world.ask("silent-limit"), _refused(world, "silent-limit")]
    assert answers[0].status_code == 200
    for answer in answers:
        assert not [name for name in answer.headers if "ratelimit" in name or "gateway" in name]


def test_routes_without_limits_say_nothing_of_them(world: Any) -> None:
    headers = world.ask("plain").headers
    assert not [name for name in headers if "ratelimit" in name or "gateway" in name]


@pytest.mark.parametrize(("size", "status"), [(1024, 200), (1025, 413)])
def test_a_body_may_be_so_long_and_no_longer(world: Any, size: int, status: int) -> None:
    answer = world.ask("size", method="POST", content=b"x" * size)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["message"] == "Request size limit exceeded"


def test_a_body_of_unknown_length_is_measured(world: Any) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(3):
            yield b"x" * 512

    assert world.ask("size", method="POST", content=chunks()).status_code == 413


def test_a_terminated_request_gets_the_message(world: Any) -> None:
    answer = world.ask("ended")
    assert (answer.status_code, answer.json()) == (410, {"message": "moved away"})
    assert answer.headers["Content-Type"].startswith("application/json")


def test_a_terminated_request_may_get_a_text(world: Any) -> None:
    answer = world.ask("ended-as-text")
    assert (answer.status_code, answer.text) == (503, "down")
    assert answer.headers["Content-Type"].startswith("text/plain")
