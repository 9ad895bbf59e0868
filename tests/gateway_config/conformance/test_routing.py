"""Which route a request meets, and what its service sees of it."""

from typing import Any

import pytest


def _service(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


def _prefix(world: Any, name: str) -> Any:
    return _service(world.ask(name, "/x"))["headers"].get("x-forwarded-prefix")


def test_a_path_is_a_plain_string_prefix_and_is_stripped(world: Any) -> None:
    assert _service(world.ask("plain", "/x?q=1"))["path"] == "/x?q=1"
    assert _service(world.ask("plain"))["path"] == "/"
    assert _service(world.ask("plain", "er/x"))["path"] == "/er/x"


def test_the_longer_path_wins(world: Any) -> None:
    assert _prefix(world, "longer") == world.path("longer")
    assert _prefix(world, "plain") == world.path("plain")


def test_a_path_is_kept_when_the_route_says_so(world: Any) -> None:
    assert _service(world.ask("kept", "/x"))["path"] == world.path("kept", "/x")


def test_the_path_of_the_service_comes_first(world: Any) -> None:
    assert _service(world.ask("based", "/x"))["path"] == "/base/x"


def test_the_host_is_kept_when_the_route_says_so(world: Any) -> None:
    given = {"Host": "shop.example"}
    kept = _service(world.ask("host-kept", headers=given))["headers"]
    assert kept["host"] == "shop.example"
    replaced = _service(world.ask("plain", headers=given))["headers"]
    assert replaced["host"].startswith(world.kong.upstream_host)


def test_a_regex_with_the_higher_priority_wins_and_dollar_ends_it(world: Any) -> None:
    exact = world.asked("/regex/12")
    other = world.asked("/regex/12/x")
    assert _service(exact)["path"] == "/number" + world.below("/regex/12")
    assert _service(other)["path"] == world.below("/regex/12/x")


def test_a_method_that_no_route_takes_is_404(world: Any) -> None:
    assert world.ask("by-method", method="POST").status_code == 200
    assert world.ask("by-method").status_code == 404


@pytest.mark.parametrize(
    ("host", "path"),
    [("a.example.com", "/exact/x"), ("b.example.com:80", "/wildcard/x"), ("other.test", "/x")],
)
def test_an_exact_host_wins_over_a_wildcard_and_that_over_none(
    world: Any, host: str, path: str
) -> None:
    assert _service(world.asked("/hosts/x", headers={"Host": host}))["path"] == path


def test_a_header_selects_by_value_whatever_its_case(world: Any) -> None:
    for value, path in (("always", "/canary/x"), ("ON", "/canary/x"), ("never", "/x")):
        assert _service(world.asked("/headers/x", headers={"X-Canary": value}))["path"] == path


def test_a_header_selects_by_an_expression_found_anywhere_in_it(world: Any) -> None:
    for cookie, path in (
        ("wrote=1", "/wrote/x"),
        ("a=b; WROTE=1; c=d", "/wrote/x"),
        ("wrote=12", "/x"),
        ("rewrote=1", "/x"),
    ):
        assert _service(world.asked("/header-regex/x", headers={"Cookie": cookie}))["path"] == path


def test_more_criteria_win_over_a_longer_path(world: Any) -> None:
    seen = _service(world.asked("/both/longer"))
    assert seen["headers"]["x-forwarded-prefix"] == world.path("two-criteria")
    seen = _service(world.asked("/both/longer", method="POST"))
    assert seen["headers"]["x-forwarded-prefix"] == world.path("one-criterion")


def test_the_service_learns_who_asked_for_what(world: Any) -> None:
    headers = _service(world.ask("plain", "/x", headers={"X-Forwarded-For": "192.0.2.9"}))[
        "headers"
    ]
    forwarded = headers["x-forwarded-for"].replace(" ", "").split(",")
    assert forwarded[0] == "192.0.2.9"
    assert len(forwarded) == 2
    assert headers["x-forwarded-path"] == world.path("plain", "/x")
    assert headers["x-forwarded-proto"] == "http"


def test_no_route_is_kongs_404(world: Any) -> None:
    answer = world.asked("/nowhere")
    assert answer.status_code == 404
    body = answer.json()
    assert body["message"] == "no Route matched with those values"
    assert set(body) == {"message", "request_id"}


def test_an_answer_tells_how_long_it_took(world: Any) -> None:
    headers = world.ask("plain").headers
    for name in ("X-Kong-Upstream-Latency", "X-Kong-Proxy-Latency"):
        assert headers[name].isdigit()
    assert headers["X-Kong-Request-Id"]
