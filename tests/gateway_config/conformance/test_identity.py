"""key-auth, jwt, acl and ip-restriction, as a client and a service see them."""

import sys
from typing import Any

import pytest


def _rs256(callers: dict[str, Any], **given: Any) -> dict[str, str]:
    token = sys.modules["conformance_callers"].rs256(callers, **given)
    return {"Authorization": f"Bearer {token}"}


def _hs256(callers: dict[str, Any], **given: Any) -> dict[str, str]:
    token = sys.modules["conformance_callers"].hs256(callers, **given)
    return {"Authorization": f"Bearer {token}"}


def _key(callers: dict[str, Any], name: str) -> dict[str, str]:
    return {"apikey": f"{callers[name]['username']}-key"}


def test_without_a_key_it_is_401(world: Any) -> None:
    answer = world.ask("key-auth")
    assert (answer.status_code, answer.json()["message"]) == (401, "No API key found in request")
    assert answer.headers["WWW-Authenticate"].startswith("Key")
    assert "request_id" in answer.json()


def test_an_unknown_key_is_401(world: Any) -> None:
    answer = world.ask("key-auth", headers={"apikey": "nobody's"})
    assert (answer.status_code, answer.json()["message"]) == (401, "Unauthorized")


def test_a_key_names_its_consumer_and_is_hidden(world: Any, callers: dict[str, Any]) -> None:
    spoofed = {"X-Consumer-Username": "root", "X-Consumer-Custom-ID": "root"}
    answer = world.ask("key-auth", headers={**_key(callers, "alice"), **spoofed})
    assert answer.status_code == 200, answer.text
    seen = answer.json()["headers"]
    alice = callers["alice"]
    assert seen["x-consumer-id"] == alice["id"]
    assert seen["x-consumer-username"] == alice["username"]
    assert seen["x-consumer-custom-id"] == alice["custom_id"]
    assert seen["x-consumer-groups"] == "in"
    assert seen["x-credential-identifier"]
    assert "apikey" not in seen


def test_a_key_may_stand_in_the_query(world: Any, callers: dict[str, Any]) -> None:
    answer = world.ask("key-auth", params=_key(callers, "alice"))
    assert answer.status_code == 200
    assert "apikey" not in answer.json()["path"]


@pytest.mark.parametrize(("case", "blocked"), [("key-auth", "bob"), ("denied", "alice")])
def test_a_group_decides_who_comes_in(
    world: Any, callers: dict[str, Any], case: str, blocked: str
) -> None:
    answer = world.ask(case, headers=_key(callers, blocked))
    assert answer.status_code == 403
    assert answer.json()["message"] == "You cannot consume this service"
    other = "alice" if blocked == "bob" else "bob"
    assert world.ask(case, headers=_key(callers, other)).status_code == 200


def test_a_token_names_its_consumer(world: Any, callers: dict[str, Any]) -> None:
    for headers in (_rs256(callers), _hs256(callers)):
        answer = world.ask("jwt", headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["headers"]["x-consumer-id"] == callers["alice"]["id"]
    assert answer.json()["headers"]["x-credential-identifier"] == callers["hmac"]


def test_without_a_token_it_is_401(world: Any) -> None:
    answer = world.ask("jwt")
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_that_is_wrong_is_401_and_says_why(world: Any, callers: dict[str, Any]) -> None:
    unknown = _rs256(callers, claims={"iss": "nobody"})
    for headers, body in (
        (_hs256(callers, secret="another secret, just as long as it"), "Invalid signature"),
        (unknown, "No credentials found for given 'iss'"),
    ):
        answer = world.ask("jwt", headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"message": body})
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_that_has_expired_is_401_by_claim(world: Any, callers: dict[str, Any]) -> None:
    answer = world.ask("jwt", headers=_rs256(callers, expires_in=-10))
    assert (answer.status_code, answer.json()) == (401, {"exp": "token expired"})


def test_a_key_may_be_named_in_the_header_of_a_token(world: Any, callers: dict[str, Any]) -> None:
    named = _rs256(callers, headers={"kid": callers["rsa"]}, claims={"iss": "monolith"})
    answer = world.ask("jwt-kid", headers=named)
    assert answer.status_code == 200, answer.text
    assert answer.json()["headers"]["x-consumer-id"] == callers["alice"]["id"]
    assert answer.json()["headers"]["x-credential-identifier"] == callers["rsa"]


def test_a_token_that_names_no_key_is_401(world: Any, callers: dict[str, Any]) -> None:
    answer = world.ask("jwt-kid", headers=_rs256(callers))
    assert (answer.status_code, answer.json()) == (
        401,
        {"message": "No mandatory 'kid' in claims"},
    )
    unknown = _rs256(callers, headers={"kid": "nobody"})
    answer = world.ask("jwt-kid", headers=unknown)
    assert (answer.status_code, answer.json()) == (
        401,
        {"message": "No credentials found for given 'kid'"},
    )


def test_an_address_that_is_not_allowed_is_403(world: Any) -> None:
    answer = world.ask("shut-out")
    assert answer.status_code == 403
    assert answer.json()["message"].startswith("IP address not allowed: ")
    assert world.ask("let-in").status_code == 200
