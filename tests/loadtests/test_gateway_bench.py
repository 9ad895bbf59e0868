"""What the benchmark of the gateway reads, and what it calls wrong."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from loadtests.gateway import changes, wrk
from loadtests.gateway.rig import RigError, assembled

CLEAN = """Running 5s test @ http://127.0.0.1:1/
  1 threads and 16 connections
  Latency Distribution
     50%  512.00us
     75%    0.90ms
     90%    1.20ms
     99%    3.53ms
  161185 requests in 5.00s, 120.00MB read
Requests/sec:  32237.00
Transfer/sec:     24.00MB
"""


def test_a_clean_run_is_read() -> None:
    found = wrk.parse(CLEAN)
    assert (found.rate, found.p99_ms, found.requests, found.failed) == (32237.0, 3.53, 161185, 0)


@pytest.mark.parametrize(("shown", "ms"), [("99%  812.00us", 0.812), ("99%    1.50s", 1500.0)])
def test_every_unit_of_wrk_is_a_time_in_ms(shown: str, ms: float) -> None:
    assert wrk.parse(CLEAN.replace("99%    3.53ms", shown)).p99_ms == pytest.approx(ms)


def test_bad_answers_and_broken_connections_are_failures() -> None:
    text = CLEAN + "  Socket errors: connect 1, read 2, write 3, timeout 4\n"
    text += "  Non-2xx or 3xx responses: 30\n"
    assert wrk.parse(text).failed == 40


def test_anything_else_is_no_result() -> None:
    with pytest.raises(wrk.WrkError, match="unable to connect"):
        wrk.parse("unable to connect to 127.0.0.1:1 Connection refused")


def test_without_nginx_the_next_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loadtests.gateway.rig.shutil.which", lambda *_, **__: None)
    with pytest.raises(RigError, match="make bench-gateway"), assembled(tmp_path):
        pass


def test_a_proxy_that_does_not_follow_is_not_waited_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck = httpx.MockTransport(lambda _: httpx.Response(200, headers={"X-Backend": "one"}))
    monkeypatch.setattr(changes, "GIVE_UP_S", 0.05)
    with pytest.raises(changes.NotInForce, match="from two"):
        changes._await(httpx.Client(base_url="http://proxy", transport=stuck), "two")


def test_help_says_what_is_measured() -> None:
    command = [sys.executable, "-m", "loadtests.gateway", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "beside no gateway and a bare nginx" in " ".join(done.stdout.split())
