"""drift and validate look, and change nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from kong_admin import (
    KeyAuth,
    KongAdmin,
    Plugin,
    Reference,
    Route,
    State,
    Target,
    load,
    options,
    set_weights,
    sync,
    validate,
)
from kong_admin.__main__ import main
from tests.gateway_config.kong_admin.declared import ENVIRON, FILES
from tests.gateway_config.kong_admin.fake_kong import FakeKong

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def environment(kong: FakeKong, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_fake(url: str, **settings: Any) -> KongAdmin:
        return KongAdmin(url, transport=kong.transport, **settings)

    monkeypatch.setattr(options, "KongAdmin", open_fake)
    monkeypatch.setenv("KONG_ADMIN_URL", "http://kong")
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture
def synced(admin: KongAdmin, kong: FakeKong) -> KongAdmin:
    sync(admin, load([FILES], environ=ENVIRON))
    kong.calls.clear()
    return admin


def test_a_gateway_as_the_files_say_has_no_drift(synced: KongAdmin, capsys: Captured) -> None:
    assert run("drift", FILES) == 0
    assert capsys.readouterr().out == "no drift\n"


def test_weights_that_the_plan_moves_are_no_drift_and_others_are(
    synced: KongAdmin, capsys: Captured
) -> None:
    set_weights(synced, "catalog-read", {"127.0.0.1:18100": 50})
    assert run("drift", FILES) == 0
    set_weights(synced, "monolith", {"127.0.0.1:18100": 50})
    capsys.readouterr()
    assert run("drift", FILES) == 2
    said = "~ target monolith 127.0.0.1:18100: weight is 50, the files say 100\n"
    assert capsys.readouterr().out == said


def test_drift_says_what_is_live_and_what_is_not(
    synced: KongAdmin, kong: FakeKong, capsys: Captured
) -> None:
    synced.services.patch("catalog-write", {"retries": 5})
    synced.routes.delete("catalog-read")
    kong.add("/services", {"name": "old", "host": "x", "tags": ["strangler-reference"]})
    kong.calls.clear()
    assert run("drift", FILES) == 2
    assert set(capsys.readouterr().out.splitlines()) == {
        "~ service catalog-write: retries is 5, the files say 0",
        "- route catalog-read: is in the files, not at the gateway",
        "+ service old: is at the gateway, in no file",
    }
    assert run("drift", FILES, "--json") == 2
    assert len(json.loads(capsys.readouterr().out)["changes"]) == 3
    assert kong.writes == []


def test_what_others_made_is_listed_and_counts_when_asked(
    synced: KongAdmin, kong: FakeKong, capsys: Captured
) -> None:
    kong.add("/services", {"name": "foreign", "host": "x"})
    assert run("drift", FILES) == 0
    assert "? service foreign: in no file, and not ours" in capsys.readouterr().out
    assert run("drift", FILES, "--all", "--json") == 2
    assert json.loads(capsys.readouterr().out)["foreign"] == ["service foreign"]


def test_an_error_of_drift_is_never_mistaken_for_drift() -> None:
    assert run("drift", "nowhere.yaml") == 1


def test_files_that_a_gateway_would_take_are_valid(kong: FakeKong, capsys: Captured) -> None:
    assert run("validate", FILES) == 0
    count = len(list(load([FILES], environ=ENVIRON)))
    assert capsys.readouterr().out == f"{count} entities are well formed\n"
    assert len(kong.writes) == count
    assert all(call.endswith("/validate") for call in kong.writes)


def test_without_a_gateway_the_files_are_only_read(
    kong: FakeKong, monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path
) -> None:
    monkeypatch.delenv("KONG_ADMIN_URL")
    assert run("validate", FILES) == 0
    assert "no gateway was asked (set KONG_ADMIN_URL)" in capsys.readouterr().out
    assert kong.calls == []
    (tmp_path / "kong.yaml").write_text("services: []")
    assert run("validate", tmp_path) == 2


def test_every_refusal_is_told_with_its_place_and_exits_2(
    kong: FakeKong, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "kong.yaml"
    file.write_text("""
_format_version: "3.0"
services: [{name: s, host: h, routes: [{name: r, paths: [/good, bad]}]}]
plugins: [{name: cors, config: {max_age: x}}, {name: nobody}, {name: datadog, tags: [optional]}]
""")
    assert run("validate", file, "--json") == 2
    route, cors, nobody = json.loads(capsys.readouterr().out)["refused"]
    assert route == "route r: paths[1]: should start with: /"
    assert "plugin cors: config.max_age: expected a number, not x; @entity: at least" in cors
    assert nobody == "plugin nobody: the plugin nobody is not offered (KONG_PLUGINS)"


def test_owners_are_sent_as_ids_and_not_looked_for(admin: KongAdmin) -> None:
    owner = Reference(name="nobody")
    entities = [
        Route(name="r", service=owner, paths=("/r",)),
        Target(upstream=owner, target="a:1"),
        KeyAuth(consumer=owner, key="k"),
        Plugin(name="cors", route=owner),
    ]
    assert validate(admin, State.of(entities)) == ()
