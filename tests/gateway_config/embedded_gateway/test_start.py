"""What a process says when it cannot start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from embedded_gateway import store
from embedded_gateway.state import State

_ROOT = Path(__file__).parents[3]


def _start(process: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "embedded_gateway", process],
        env={**kept, "PYTHONPATH": str(_ROOT / "gateway-config"), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_missing_settings_are_named() -> None:
    ended = _start("admin")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "STATE_DIR" in ended.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = _start("envoy", STATE_DIR=str(tmp_path), PORT=port)
    assert ended.returncode == 2
    assert f"127.0.0.1:{port}" in ended.stderr


def test_a_damaged_store_is_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "entities.json"
    assert store.load(path) == State()
    for damaged in ("{", '{"format": 99}', '{"format": 1, "services": [{"id": "x"}]}'):
        path.write_text(damaged)
        with pytest.raises(store.UnreadableStore):
            store.load(path)
