"""Who may write at the service: the same tokens and the same words as at the monolith."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from extracted.chassis.auth import PAUSE_S, KeyRing
from extracted.contracts.identity import ISSUER, JWKS_MAX_AGE_S, JWKS_PATH, Jwk, Jwks
from extracted.contracts.problems import ProblemError
from tests.extracted.running import Program, Start

PRODUCTS = "/api/v1/products"


class Issuer(ThreadingHTTPServer):
    """The monolith, as a verifier sees it: publishes keys."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.looks = 0
        self.is_away = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def add(self, kid: str) -> None:
        self.keys[kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def published(self) -> Jwks:
        found = []
        for kid, key in self.keys.items():
            numbers = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
            found.append(Jwk(kid=kid, n=numbers["n"], e=numbers["e"]))
        return Jwks(keys=tuple(found))

    def token(self, *roles: str, kid: str = "a", **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": "shop",
            "sub": str(uuid.uuid4()),
            "roles": ["customer", *roles],
            "iat": now,
            "exp": now + 60,
        }
        head = {"kid": kid, "typ": "at+jwt"}
        key = self.keys.get(kid) or self.keys["a"]
        return jwt.encode({**claims, **changes}, key, algorithm="RS256", headers=head)


class _Answer(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        self.server.looks += self.path == JWKS_PATH
        if self.server.is_away:
            self._send(502, b"")
        else:
            self._send(200, self.server.published().model_dump_json().encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        del args


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    issuer.add("a")
    yield issuer
    issuer.shutdown()
    issuer.server_close()


@pytest.fixture
def guarded(start: Start, owning: None, issuer: Issuer) -> Iterator[Program]:
    """The catalog with the switch on."""
    program = start("-m", "extracted.catalog", "serve", AUTH_REQUIRED="on", MONOLITH_URL=issuer.url)
    yield program
    program.stop()


def create(program: Program, token: str | None) -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    body = {
        "sku": f"S-{uuid.uuid4().hex[:12]}",
        "name": "A bear",
        "category": "toys",
        "price": {"amount": 1, "currency": "EUR"},
    }
    return program.http.post(PRODUCTS, json=body, headers=headers)


def test_who_may_write_is_asked_of_the_token(guarded: Program, issuer: Issuer) -> None:
    nobody, forged = create(guarded, None), create(guarded, "x")
    buyer, merchant = create(guarded, issuer.token()), create(guarded, issuer.token("merchant"))
    old = create(guarded, issuer.token("merchant", exp=1))

    assert [answer.status_code for answer in (nobody, forged, buyer, old)] == [401, 401, 403, 401]
    assert nobody.headers["www-authenticate"] == "Bearer"
    assert forged.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert nobody.json()["type"] == "urn:problem:unauthenticated"
    assert buyer.json()["type"] == "urn:problem:forbidden"
    assert old.json()["detail"] == "The token has expired."
    assert merchant.status_code == 201
    path = merchant.headers["location"]
    key = {"Idempotency-Key": str(uuid.uuid4())}
    assert guarded.http.patch(path, json={"name": "x"}, headers=key).status_code == 401
    assert guarded.http.delete(path, headers=key).status_code == 401
    assert guarded.http.put(path, json={}).status_code == 405
    assert guarded.http.get(path, headers={"Authorization": "Bearer x"}).status_code == 200


def test_keys_are_fetched_once_and_outlive_their_issuer(guarded: Program, issuer: Issuer) -> None:
    assert {create(guarded, issuer.token("merchant")).status_code for _ in range(5)} == {201}
    assert issuer.looks == 1
    issuer.is_away = True
    assert create(guarded, issuer.token("merchant")).status_code == 201


def test_a_rotated_key_is_fetched_when_it_is_first_seen(guarded: Program, issuer: Issuer) -> None:
    create(guarded, issuer.token("merchant"))
    issuer.add("b")
    time.sleep(PAUSE_S)  # the pause itself is what is asked about
    assert create(guarded, issuer.token("merchant", kid="b")).status_code == 201
    assert issuer.looks == 2


def test_without_any_keys_a_token_can_be_neither_taken_nor_refused(
    guarded: Program, issuer: Issuer
) -> None:
    issuer.is_away = True
    answer = create(guarded, issuer.token("merchant"))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem:unavailable")
    assert create(guarded, None).status_code == 401


def test_with_the_switch_off_nobody_is_asked(catalog: Program) -> None:
    assert create(catalog, None).status_code == 201
    assert create(catalog, "x").status_code == 201


def test_a_switch_is_on_or_off(start: Start, owning: None) -> None:
    program = start("-m", "extracted.catalog", "serve", AUTH_REQUIRED="yes", is_awaited=False)
    assert program.process.wait(timeout=15) == 2
    assert "AUTH_REQUIRED" in program.log.read_text()


class TestKeyRing:
    """Without a process: when it asks, and what it does with silence."""

    @pytest.fixture
    def ring(self) -> Any:
        issuer = Issuer()
        issuer.add("a")
        issuer.now = 0.0  # type: ignore[attr-defined]

        def fetch() -> Jwks:
            issuer.looks += 1
            if issuer.is_away:
                raise httpx.ConnectError("away")
            return issuer.published()

        issuer.ring = KeyRing(fetch, clock=lambda: issuer.now)  # type: ignore[attr-defined]
        yield issuer
        issuer.shutdown()
        issuer.server_close()

    def test_old_keys_are_fetched_again_and_kept_when_nobody_answers(self, ring: Any) -> None:
        assert ring.ring("a")
        ring.now = JWKS_MAX_AGE_S + 1
        ring.is_away = True
        assert ring.ring("a")
        assert ring.ring("a")
        assert ring.looks == 2
        ring.now += 10 * JWKS_MAX_AGE_S
        assert ring.ring("a")
        assert ring.looks == 3

    def test_a_withdrawn_key_is_forgotten_at_the_next_look(self, ring: Any) -> None:
        assert ring.ring("a")
        ring.keys.clear()
        ring.now = JWKS_MAX_AGE_S + 1
        assert ring.ring("a") is None

    def test_invented_key_ids_cost_one_look_a_second(self, ring: Any) -> None:
        assert [ring.ring(str(n)) for n in range(100)] == [None] * 100
        assert ring.looks == 1

    def test_a_new_key_id_cannot_be_judged_while_nobody_answers(self, ring: Any) -> None:
        ring.ring("a")
        ring.is_away = True
        ring.now = PAUSE_S
        with pytest.raises(ProblemError, match="unavailable"):
            ring.ring("b")
        assert ring.ring("a")

    def test_nonsense_from_the_issuer_is_silence(self) -> None:
        def fetch() -> Jwks:
            return Jwks.model_validate(
                json.loads('{"keys": [{"kid": "a", "n": "!", "e": "AQAB"}]}')
            )

        with pytest.raises(ProblemError, match="unavailable"):
            KeyRing(fetch)("a")
