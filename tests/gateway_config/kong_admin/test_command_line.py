"""What a person or a pipeline sees of each command."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from kong_admin import KongAdmin, applying, options
from kong_admin.__main__ import main
from tests.gateway_config.kong_admin.declared import ENVIRON, FILES
from tests.gateway_config.kong_admin.fake_kong import FakeKong
from tests.gateway_config.kong_admin.fake_proxy import FakeProxy

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def environment(kong: FakeKong, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_fake(url: str, **settings: Any) -> KongAdmin:
        return KongAdmin(url, transport=kong.transport, **settings)

    monkeypatch.setattr(options, "KongAdmin", open_fake)
    monkeypatch.setenv("KONG_ADMIN_URL", "http://kong")
    monkeypatch.delenv("KONG_PROXY_URL", raising=False)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_diff_exits_2_while_something_differs_and_0_after_sync(capsys: Captured) -> None:
    assert run("diff", FILES) == 2
    assert "+ route catalog-read" in capsys.readouterr().out
    assert run("sync", FILES) == 0
    assert run("diff", FILES) == 0


def test_the_environment_names_the_files_where_no_argument_does(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, kong: FakeKong
) -> None:
    kong.plugins.append("ip-restriction")
    monkeypatch.setenv("KONG_FILES", f"{FILES}:{FILES.parent / 'policy' / 'admin.yaml'}")
    assert run("diff") == 2
    assert "+ route monolith-admin" in capsys.readouterr().out
    # What is named counts for itself alone.
    assert run("diff", FILES) == 2
    assert "monolith-admin" not in capsys.readouterr().out


def test_diff_as_json_has_every_change(capsys: Captured) -> None:
    run("diff", FILES, "--json")
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert {"verb": "create", "kind": "upstream", "key": "monolith", "fields": {}} in changes


@pytest.mark.parametrize("command", ["sync", "diff"])
def test_a_plugin_that_is_not_offered_is_named_before_anything_changes(
    kong: FakeKong, capsys: Captured, command: str
) -> None:
    kong.plugins.remove("cors")
    kong.plugins.remove("prometheus")
    assert run(command, FILES) == (1 if command == "diff" else 2)
    assert "the plugin cors, prometheus; take it out" in capsys.readouterr().err
    assert kong.writes == []


def test_an_optional_plugin_that_is_not_offered_is_in_every_report(
    kong: FakeKong, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "kong.yaml"
    file.write_text('{_format_version: "3.0", plugins: [{name: datadog, tags: [optional]}]}')
    for command in (["diff"], ["sync", "--dry-run"], ["sync"]):
        assert run(*command, file) == 0
        assert "! plugin datadog: this gateway does not offer" in capsys.readouterr().out
        assert run(*command, file, "--json") == 0
        assert json.loads(capsys.readouterr().out)["missing"] == ["plugin datadog"]


def test_a_dry_run_of_sync_changes_nothing(kong: FakeKong, capsys: Captured) -> None:
    assert run("sync", FILES, "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["dry_run"] is True
    assert kong.writes == []


def test_ping_tells_version_and_database(capsys: Captured) -> None:
    assert run("ping", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "version": "3.9.3",
        "database": "postgres",
        "writable": True,
    }


def test_dump_prints_what_sync_reads(tmp_path: Path, capsys: Captured) -> None:
    run("sync", FILES)
    capsys.readouterr()
    assert run("dump") == 0
    dumped = tmp_path / "dumped.yaml"
    dumped.write_text(capsys.readouterr().out)
    assert run("diff", dumped) == 0


def test_weights_are_shown_and_moved(kong: FakeKong, capsys: Captured) -> None:
    run("sync", FILES)
    capsys.readouterr()
    assert run("weights", "catalog-read", "127.0.0.1:18100=5", "--json") == 0
    assert json.loads(capsys.readouterr().out)["weights"]["127.0.0.1:18100"] == 5
    assert run("weights", "catalog-read") == 0
    assert "    5  127.0.0.1:18100" in capsys.readouterr().out


def test_a_dry_run_of_weights_changes_nothing(kong: FakeKong) -> None:
    run("sync", FILES)
    assert run("weights", "catalog-read", "127.0.0.1:18100=5", "--dry-run") == 0
    assert kong.weights("catalog-read")["127.0.0.1:18100"] == 100


def test_reset_takes_away_what_is_ours_and_nothing_else(kong: FakeKong, capsys: Captured) -> None:
    kong.add("/services", {"name": "foreign", "host": "x"})
    run("sync", FILES)
    kong.calls.clear()
    capsys.readouterr()
    assert run("reset", "--dry-run") == 0
    assert "- route catalog-read" in capsys.readouterr().out
    assert kong.writes == []
    assert run("reset", "--yes", "--json", "--select-tag", "another") == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []
    assert run("reset", "--yes", "--json") == 0
    assert {change["verb"] for change in json.loads(capsys.readouterr().out)["changes"]} == {
        "delete"
    }
    assert [service["name"] for service in kong.stored["services"].values()] == ["foreign"]


def test_reset_without_anybody_to_ask_changes_nothing(kong: FakeKong, capsys: Captured) -> None:
    run("sync", FILES)
    kong.calls.clear()
    assert run("reset") == 2
    assert "give --yes" in capsys.readouterr().err
    assert kong.writes == []


def test_sync_tells_how_long_the_proxy_took_and_how_it_was_written(
    kong: FakeKong, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    proxy = FakeProxy(kong, lag=3)
    monkeypatch.setattr(applying, "Proxy", lambda url, **how: proxy.connect())
    assert run("sync", FILES, "--proxy-url", "http://proxy") == 0
    assert re.search(
        r"applied in [\d.]+ s; all live at the proxy after \d", capsys.readouterr().out
    )
    run("reset", "--yes")
    kong.database = "off"
    capsys.readouterr()
    assert run("sync", FILES, "--proxy-url", "http://proxy", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["database"], told["live"]["by_marker"]) == ("off", True)
    kong.database = "postgres"
    run("reset", "--yes")
    kong.database = "off"
    capsys.readouterr()
    assert run("sync", FILES) == 0
    assert "as one configuration (POST /config)" in capsys.readouterr().out


UNUSABLE = [
    ["sync", "nowhere.yaml"],
    ["sync", "--unknown"],
    ["sync", FILES, "--select-tag", "a,b"],
    ["sync", FILES, "--admin-url", "ftp://x"],
    ["ping", "--header", "no-colon"],
    ["weights", "catalog-read", "127.0.0.1:1=x"],
    ["weights", "catalog-read", "127.0.0.1:1=70000"],
    ["nonsense"],
    [],
]


@pytest.mark.parametrize("arguments", UNUSABLE)
def test_unusable_input_exits_2(kong: FakeKong, capsys: Captured, arguments: list[object]) -> None:
    kong.add("/upstreams", {"name": "catalog-read"})
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1 or not arguments


@pytest.mark.parametrize("arguments", [["nowhere.yaml"], ["--unknown"], ["--admin-url", "ftp://x"]])
def test_an_error_of_diff_is_never_mistaken_for_a_difference(arguments: list[str]) -> None:
    assert run("diff", *arguments) == 1


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (httpx.Response(401, json={"message": "Unauthorized"}), "KONG_ADMIN_TOKEN"),
        (httpx.Response(500, json={"message": "An unexpected error"}), "gateway's log"),
        (httpx.Response(200, text="<html>"), "is this Kong's Admin API"),
    ],
)
def test_a_gateway_that_fails_exits_1_with_one_line_of_advice(
    kong: FakeKong, capsys: Captured, answer: httpx.Response, advice: str
) -> None:
    kong.outage = lambda request: answer
    assert run("ping") == 1
    error = capsys.readouterr().err
    assert advice in error
    assert error.count("\n") == 1


def test_without_an_address_it_says_where_to_put_one(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.delenv("KONG_ADMIN_URL")
    assert run("ping") == 2
    assert "KONG_ADMIN_URL" in capsys.readouterr().err


def test_a_token_of_the_environment_is_sent(
    kong: FakeKong, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONG_ADMIN_TOKEN", "secret")
    run("ping", "--header", "X-Team: platform")
    assert kong.headers[0]["Kong-Admin-Token"] == "secret"
    assert kong.headers[0]["X-Team"] == "platform"
