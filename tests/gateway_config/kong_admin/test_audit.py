"""Every write leaves two lines, whoever sends it and however it ends; secrets leave none."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kong_admin import (
    AuditLog,
    Consumer,
    GatewayFailedError,
    KeyAuth,
    KongAdmin,
    Plugin,
    Reference,
    Service,
    UnusableInputError,
    audit_of,
    set_weights,
)
from kong_admin.auditing import joined
from tests.gateway_config.kong_admin.fake_kong import FakeKong

# No secrets, but what stands for one here.
WORD = "not-to-be-seen"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log" / "audit.jsonl"


@pytest.fixture
def audited(kong: FakeKong, path: Path) -> Iterator[KongAdmin]:
    log = AuditLog(path, actor="ann@desk", command="kong_admin sync")
    with KongAdmin("http://kong", transport=kong.transport, audit=log) as admin:
        yield admin


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_write_is_noted_before_and_after(audited: KongAdmin, path: Path) -> None:
    audited.services.put("orders", Service(name="orders", host="orders.local"))
    intent, done = lines(path)
    assert (intent["phase"], intent["actor"]) == ("intent", "ann@desk")
    assert (intent["method"], intent["path"]) == ("PUT", "/services/orders")
    assert intent["body"]["host"] == "orders.local"
    assert (done["phase"], done["status"], done["id"]) == ("done", 200, intent["id"])


def test_reading_and_asking_the_schemas_is_not(audited: KongAdmin, path: Path) -> None:
    audited.ping()
    audited.services.list_all()
    audited.request("POST", "/schemas/services/validate", json={"host": "h"})
    assert not path.exists()


def test_what_was_refused_and_what_got_no_answer_is_told_apart(
    audited: KongAdmin, kong: FakeKong, path: Path
) -> None:
    kong.outage = lambda _: httpx.Response(500, text="x")
    with pytest.raises(GatewayFailedError):
        audited.services.create(Service(name="a", host="h"))

    def silence(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    kong.outage = silence
    with pytest.raises(Exception, match="no answer"):
        audited.services.create(Service(name="b", host="h"))
    first, second = joined(lines(path))
    assert (first["outcome"], first["status"]) == ("refused", 500)
    assert (second["outcome"], second["error"]) == ("failed", "UnreachableError")


def test_an_intent_without_an_outcome_is_open(audited: KongAdmin, path: Path) -> None:
    audited.services.put("orders", Service(name="orders", host="h"))
    # As a kill between the two leaves it.
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    assert joined(lines(path))[0]["outcome"] == "open"


def test_weights_are_noted_target_by_target(audited: KongAdmin, kong: FakeKong, path: Path) -> None:
    kong.add("/upstreams", {"name": "u"})
    for target, weight in (("10.0.0.1:80", 100), ("10.0.0.2:80", 0)):
        kong.add("/upstreams/u/targets", {"target": target, "weight": weight})
    set_weights(audited, "u", {"10.0.0.1:80": 50, "10.0.0.2:80": 50})
    assert [entry["body"] for entry in joined(lines(path))] == [{"weight": 50}, {"weight": 50}]


def test_no_secret_is_written(audited: KongAdmin, path: Path) -> None:
    audited.consumers.put("courier", Consumer(username="courier"))
    audited.credentials("courier", KeyAuth).create(
        KeyAuth(consumer=Reference(name="courier"), key=WORD)
    )
    hidden = {"header_name": "X", "auth": {"password": WORD}, "api_keys": [WORD]}
    audited.plugins.create(Plugin(name="correlation-id", config=hidden))
    assert WORD not in path.read_text()
    assert "courier" in path.read_text()


def test_what_cannot_be_noted_is_not_sent(kong: FakeKong, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = AuditLog(tmp_path / "file" / "audit.jsonl", actor="a", command="c")
    with (
        KongAdmin("http://kong", transport=kong.transport, audit=log) as admin,
        pytest.raises(UnusableInputError, match="cannot be written"),
    ):
        admin.services.put("orders", Service(name="orders", host="h"))
    assert kong.writes == []


def test_the_environment_names_the_log_and_who_acts(path: Path) -> None:
    log = audit_of({"KONG_AUDIT_LOG": str(path), "KONG_AUDIT_ACTOR": "pipeline-7"})
    with log.writing("DELETE", "/services/a", None) as outcome:
        outcome(204)
    assert [line.get("actor") for line in lines(path)] == ["pipeline-7", None]
    with audit_of({}).writing("DELETE", "/services/a", None) as outcome:
        outcome(204)
    assert len(lines(path)) == 2


def test_the_command_shows_it(audited: KongAdmin, path: Path) -> None:
    audited.services.put("orders", Service(name="orders", host="h"))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kong_admin", "audit", *arguments]
        environment = {**os.environ, "KONG_AUDIT_LOG": str(path)}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    shown = run().stdout
    assert "ann@desk [kong_admin sync] PUT /services/orders" in shown
    assert shown.rstrip().endswith("-> done 200")
    (entry,) = json.loads(run("--json").stdout)["entries"]
    assert (entry["outcome"], entry["body"]["name"]) == ("done", "orders")
