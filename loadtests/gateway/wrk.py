"""wrk as a child: it asks as fast as it is answered, over a fixed number of connections."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

CONNECTIONS = 16
LONGEST_S = 3_600


class WrkError(Exception):
    """wrk is not there, or says something else than its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run: requests per second, the 99th percentile in ms, and everything that went wrong."""

    rate: float
    p99_ms: float
    requests: int
    failed: int


class Pressure:
    """Load that goes on until it is taken off."""

    def __init__(
        self, url: str, *, seconds: int = LONGEST_S, headers: Mapping[str, str] | None = None
    ) -> None:
        if (wrk := shutil.which("wrk")) is None:
            raise WrkError("wrk is not installed: deploy/setup --bench installs it")
        command = [wrk, "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"]
        for name, value in (headers or {}).items():
            command += ["-H", f"{name}: {value}"]
        self._process = subprocess.Popen(
            [*command, url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def take_off(self) -> Result:
        """End it early; returns what came of it."""
        # As Ctrl-C does: wrk finishes and prints its summary.
        self._process.send_signal(signal.SIGINT)
        return self.result()

    def result(self) -> Result:
        """Wait for the end."""
        text, _ = self._process.communicate(timeout=LONGEST_S)
        return parse(text)


def press(url: str, *, seconds: int, headers: Mapping[str, str] | None = None) -> Result:
    """Ask one address for so many seconds."""
    return Pressure(url, seconds=seconds, headers=headers).result()


_MS = {"us": 0.001, "ms": 1.0, "s": 1_000.0}


def parse(text: str) -> Result:
    """Read what wrk prints; raises WrkError for anything else."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    requests = re.search(r"(\d+) requests in", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", text)
    if not (rate and requests and p99):
        raise WrkError(f"wrk has no result: {text.strip()[:300]}")
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    sockets = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text
    )
    return Result(
        rate=float(rate[1]),
        p99_ms=float(p99[1]) * _MS[p99[2]],
        requests=int(requests[1]),
        failed=(int(bad[1]) if bad else 0)
        + sum(int(n) for n in (sockets.groups() if sockets else ())),
    )
