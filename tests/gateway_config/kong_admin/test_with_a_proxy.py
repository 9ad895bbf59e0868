"""The same against a real proxy: our own gateway, with Envoy in it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kong_admin import KongAdmin, Plugin, Proxy, State, load, read_state, sync, validate
from tests.gateway_config.conformance.echo import echoes
from tests.gateway_config.conformance.embedded import running
from tests.gateway_config.kong_admin.declared import ENVIRON, FILES

FILE = """
_format_version: "3.0"
upstreams: [{name: u, targets: [{target: "${TARGET}"}]}]
services:
  - name: s
    host: u
    plugins: [{name: key-auth}, {name: acl, config: {allow: [in]}}]
    routes: [{name: r, paths: [/r]}]
consumers:
  - username: alice
    keyauth_credentials: [{key: alice-key}]
    acls: [{group: in}]
  - username: bob
    keyauth_credentials: [{key: bob-key}]
"""


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with running(tmp_path_factory.mktemp("gateway")) as found:
        yield found


@pytest.fixture
def admin(urls: tuple[str, str]) -> Iterator[KongAdmin]:
    with KongAdmin(urls[0]) as client:
        yield client
        sync(client, State())


@pytest.fixture
def proxy(urls: tuple[str, str]) -> Iterator[Proxy]:
    with Proxy(urls[1]) as watched:
        yield watched


def test_our_own_files_are_live_when_sync_says_so(
    admin: KongAdmin, proxy: Proxy, urls: tuple[str, str]
) -> None:
    with echoes(1, host="127.0.0.1") as (monolith,):
        target = {"MONOLITH_TARGET": f"127.0.0.1:{monolith.server_port}"}
        desired = load([FILES], environ=ENVIRON | target)
        synced = sync(admin, desired, proxy=proxy)
        assert synced.live is not None
        assert synced.live.by_marker
        assert set(read_state(admin).by_identity()) == set(desired.by_identity())
        assert httpx.get(f"{urls[1]}/carts").json()["path"] == "/carts"
        assert sync(admin, desired, proxy=proxy).changes == ()


def test_callers_come_in_by_what_the_files_say(
    admin: KongAdmin, proxy: Proxy, urls: tuple[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "kong.yaml"
    file.write_text(FILE)

    def ask(**headers: str) -> int:
        return httpx.get(f"{urls[1]}/r", headers=headers).status_code

    with echoes(1, host="127.0.0.1") as (backend,):
        desired = load([file], environ={"TARGET": f"127.0.0.1:{backend.server_port}"})
        sync(admin, desired, proxy=proxy)
        asked = (ask(), ask(apikey="alice-key"), ask(apikey="bob-key"), ask(apikey="other"))
        assert asked == (401, 200, 403, 401)
        assert sync(admin, desired, proxy=proxy).changes == ()
        file.write_text(FILE.replace("alice-key", "another-key"))
        sync(
            admin, load([file], environ={"TARGET": f"127.0.0.1:{backend.server_port}"}), proxy=proxy
        )
        assert (ask(apikey="alice-key"), ask(apikey="another-key")) == (401, 200)


@pytest.mark.parametrize("policy", ["identity", "admin", "tracing"])
def test_our_own_gateway_would_take_all_files_of_this_repository(
    admin: KongAdmin, policy: str
) -> None:
    traces = {"OTLP_TRACES_URL": "http://127.0.0.1:4318/v1/traces"}
    files = [FILES, FILES.parent / "policy" / f"{policy}.yaml"]
    assert validate(admin, load(files, environ=ENVIRON | traces)) == ()


def test_our_own_gateway_says_what_it_would_not_take(admin: KongAdmin) -> None:
    plugin = Plugin(name="cors", config={"max_age": "x"})
    ((refused, reason),) = validate(admin, State.of([plugin]))
    assert refused == plugin
    assert reason.startswith("config.max_age: ")
