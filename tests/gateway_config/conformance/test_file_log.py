"""What file-log writes down: the facts by which a canary is judged."""

import json
import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest


@pytest.fixture
def folder(kong: Any, tmp_path: Path) -> Path:
    """A folder in which the gateway writes and we read."""
    if kong.is_embedded:
        return tmp_path
    shared = os.environ.get("KONG_LOG_FOLDER")
    if not shared:
        pytest.skip("KONG_LOG_FOLDER names a folder that this Kong and this machine share")
    return Path(shared)


def _logged(kong: Any, path: Path, *, target: str, retries: int = 0) -> str:
    """A service of one target that writes to the file; returns the path of its route."""
    name = kong.name(path.stem)
    kong.make("/upstreams", name=name)
    kong.make(f"/upstreams/{name}/targets", target=target)
    service = kong.make("/services", name=name, host=name, retries=retries)
    kong.make(f"/services/{service['id']}/routes", name=name, paths=[f"/{name}"])
    kong.make(f"/services/{service['id']}/plugins", name="file-log", config={"path": str(path)})
    kong.settle()
    return f"/{name}"


def _status(kong: Any, path: str) -> int:
    # Over a new connection: a kept one may still live under what was in force before.
    with httpx.Client(base_url=kong.proxy.base_url, timeout=15) as fresh:
        return fresh.get(path).status_code


def _entry(kong: Any, path: Path) -> dict[str, Any]:
    kong.until(lambda: path.exists() and path.read_text().endswith("\n"), "nothing is written")
    entry: dict[str, Any] = json.loads(path.read_text().splitlines()[0])
    return entry


def test_an_entry_says_what_was_answered_by_which_target_when_and_how_fast(
    kong: Any, backends: list[Any], folder: Path
) -> None:
    path = folder / f"{kong.prefix}-answered.jsonl"
    port = backends[0].server_port
    asked = _logged(kong, path, target=f"{kong.upstream_host}:{port}")
    before = time.time() * 1000
    assert _status(kong, f"{asked}/status/503") == 503
    entry = _entry(kong, path)
    assert entry["service"]["name"] == entry["route"]["name"] == kong.name(path.stem)
    assert entry["response"]["status"] == 503
    assert before - 1000 <= float(entry["started_at"]) <= time.time() * 1000 + 1000
    assert 0 <= entry["latencies"]["proxy"] <= entry["latencies"]["request"]
    assert [attempt["port"] for attempt in entry["tries"]] == [port]
    assert entry["tries"][0]["ip"]


def test_a_target_that_gives_no_answer_is_named(kong: Any, folder: Path) -> None:
    path = folder / f"{kong.prefix}-gone.jsonl"
    # The discard port: nobody listens there.
    asked = _logged(kong, path, target=f"{kong.upstream_host}:9")
    assert _status(kong, asked) == 502
    entry = _entry(kong, path)
    assert entry["response"]["status"] == 502
    assert entry["tries"][-1]["port"] == 9
