"""A key set becomes the credentials that verify its tokens, and is rotated under load."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from kong_admin import (
    KongAdmin,
    NotLiveError,
    State,
    UnexpectedAnswerError,
    UnreachableError,
    jwks,
    keys_state,
    load,
    sync,
)
from kong_admin.__main__ import main
from tests.gateway_config.conformance.echo import echoes
from tests.gateway_config.conformance.embedded import running
from tests.gateway_config.kong_admin.declared import ENVIRON, FILES
from tests.gateway_config.kong_admin.fake_kong import FakeKong
from tests.gateway_config.kong_admin.fake_proxy import FakeProxy
from tests.gateway_config.kong_admin.issuer import Issuer, serving

Ask = Callable[..., int]
POLICY = FILES.parent / "policy" / "identity.yaml"


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with running(tmp_path_factory.mktemp("gateway")) as urls:
        yield urls


@pytest.fixture
def environment(gateway: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The whole gateway of this repository, tokens asked for; the proxy's address."""
    monkeypatch.setenv("KONG_ADMIN_URL", gateway[0])
    monkeypatch.setenv("KONG_PROXY_URL", gateway[1])
    with echoes(1, host="127.0.0.1") as (monolith,):
        monolith_target = {"MONOLITH_TARGET": f"127.0.0.1:{monolith.server_port}"}
        for name, value in (ENVIRON | monolith_target).items():
            monkeypatch.setenv(name, value)
        with KongAdmin(gateway[0]) as admin:
            sync(admin, load([FILES, POLICY]))
            yield gateway[1]
            sync(admin, State(), select_tag="kong-admin-keys")
            sync(admin, State())


@pytest.fixture
def asking(environment: str, issuer: Issuer) -> Iterator[Callable[[], Ask]]:
    """Callers with connections of their own, who present a token and tell how it went."""
    with ExitStack() as open_clients:

        def asker() -> Ask:
            http = open_clients.enter_context(httpx.Client(base_url=environment, timeout=10))

            def ask(token: str | None = None) -> int:
                headers = {"Authorization": f"Bearer {token or issuer.token()}"}
                return http.get("/api/v1/orders", headers=headers).status_code

            return ask

        yield asker


def test_a_key_is_the_same_as_cryptography_writes_it(issuer: Issuer) -> None:
    for _ in range(3):
        issuer.publish()
    found = jwks.read(issuer.document())
    assert [key.kid for key in found.keys] == issuer.published
    assert [f"{key.pem}\n" for key in found.keys] == [issuer.pem(kid) for kid in issuer.published]


def test_keys_that_verify_no_signature_of_ours_are_told_or_passed_over(issuer: Issuer) -> None:
    (good,) = issuer.document()["keys"]
    others = [
        {"kty": "EC", "kid": "ec"},
        {"kty": "RSA", "kid": "enc", "use": "enc"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        good | {"kid": "pss", "alg": "PS256"},
    ]
    found = jwks.read({"keys": [good, *others]})
    assert [key.kid for key in found.keys] == [good["kid"]]
    assert found.ignored == ("ec", "?", "pss")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text="x"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"keys": []}),
        httpx.Response(200, json={"keys": [{"kty": "RSA", "kid": "a", "n": "!", "e": "AQAB"}]}),
        httpx.Response(200, json={"keys": [{"kty": "RSA", "kid": "a", "e": "AQAB"}]}),
    ],
)
def test_an_answer_without_keys_never_takes_any_away(answer: httpx.Response) -> None:
    transport = httpx.MockTransport(lambda request: answer)
    with pytest.raises(UnexpectedAnswerError, match="the gateway keeps"):
        jwks.fetch("http://issuer/jwks", transport=transport)


def test_an_issuer_that_does_not_answer_takes_no_key_away() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(UnreachableError, match="the gateway keeps those it has"):
        jwks.fetch("http://issuer/jwks", transport=httpx.MockTransport(fail))


def test_nobody_comes_in_before_the_keys_are_there_and_files_leave_them_alone(
    asking: Callable[[], Ask], issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = asking()
    assert ask() == 401
    with serving(issuer.document) as url:
        assert main(["keys", "sync", "--jwks", url, "--dry-run", "--json"]) == 0
        changes = json.loads(capsys.readouterr().out)["changes"]
        assert [change["kind"] for change in changes] == ["consumer", "jwt"]
        assert ask() == 401
        assert main(["keys", "sync", "--jwks", url]) == 0
        assert "all live at the proxy" in capsys.readouterr().out
        assert ask() == 200
        assert main(["keys", "sync", "--jwks", url]) == 0
        assert capsys.readouterr().out == "nothing to change\n"
    assert main(["sync", str(FILES), str(POLICY)]) == 0
    assert ask() == 200


@pytest.mark.slow
def test_a_withdrawn_key_is_refused_once_the_command_has_returned(
    asking: Callable[[], Ask], issuer: Issuer
) -> None:
    with serving(issuer.document) as url:
        main(["keys", "sync", "--jwks", url])
        known = issuer.token()
        issuer.published.clear()
        issuer.signs_with = issuer.publish()
        main(["keys", "sync", "--jwks", url])
    assert asking()(known) == 401
    assert asking()() == 200


@pytest.mark.slow
def test_keys_are_rotated_under_load_without_a_failed_request(
    asking: Callable[[], Ask], issuer: Issuer
) -> None:
    stop = threading.Event()
    seen = [Counter[tuple[str, int]]() for _ in range(4)]

    def knock(mine: Counter[tuple[str, int]]) -> None:
        ask = asking()
        while not stop.is_set():
            kid = issuer.signs_with
            mine[kid, ask(issuer.token(kid=kid))] += 1

    with serving(issuer.document) as url, ThreadPoolExecutor(4) as pool:
        main(["keys", "sync", "--jwks", url])
        knocking = [pool.submit(knock, mine) for mine in seen]
        try:
            for _ in range(3):
                old, new = issuer.signs_with, issuer.publish()
                main(["keys", "sync", "--jwks", url])
                issuer.signs_with = new
                # Every caller has moved to the new key: the old one has nothing left to verify.
                until_all_use(new, seen)
                issuer.published.remove(old)
                main(["keys", "sync", "--jwks", url])
        finally:
            stop.set()
        for thread in knocking:
            thread.result(10)
    total = sum(seen, Counter())
    assert {status for _, status in total} == {200}, total
    assert {kid for kid, _ in total} == {"key-0", "key-1", "key-2", "key-3"}


def until_all_use(kid: str, seen: list[Counter[tuple[str, int]]]) -> None:
    deadline = time.monotonic() + 30
    while not all(sum(mine[kid, status] for status in (200, 401)) >= 10 for mine in seen):
        assert time.monotonic() < deadline, "nobody is answered"
        time.sleep(0.01)


def test_new_keys_are_live_before_the_gone_ones_leave(
    admin: KongAdmin, kong: FakeKong, issuer: Issuer
) -> None:
    old = keys_state(jwks.read(issuer.document()))
    sync(admin, old, select_tag="kong-admin-keys")
    issuer.published.clear()
    issuer.publish()
    new = keys_state(jwks.read(issuer.document()))
    with pytest.raises(NotLiveError):
        sync(admin, new, select_tag="kong-admin-keys", proxy=FakeProxy(kong, lag=10_000).connect())
    assert {stored["key"] for stored in kong.stored["jwts"].values()} == {"key-0", "key-1"}
    sync(admin, new, select_tag="kong-admin-keys", proxy=FakeProxy(kong, lag=3).connect())
    assert {stored["key"] for stored in kong.stored["jwts"].values()} == {"key-1"}


def test_a_key_that_was_replaced_under_its_name_is_replaced(
    admin: KongAdmin, kong: FakeKong
) -> None:
    for _ in range(2):
        issuer = Issuer()
        state = keys_state(jwks.read(issuer.document()))
        changes = sync(admin, state, select_tag="kong-admin-keys").changes
    assert [str(change) for change in changes] == ["update jwt access-tokens key-0"]
    (stored,) = kong.stored["jwts"].values()
    assert f"{stored['rsa_public_key']}\n" == issuer.pem("key-0")
