"""Weights that move while people ask: how long until a change is in force, and what it breaks."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from loadtests.gateway.rig import UPSTREAM, Rig

Progress = Callable[[], None]
GIVE_UP_S = 30.0
IN_A_ROW = 4
"""So many answers from the new side in a row, each over a connection of its own."""


class NotInForce(Exception):
    """The proxy does not follow the Admin API."""


def swap(rig: Rig, times: int, *, progress: Progress) -> list[float]:
    """Move all of the weight to the other backend, again and again; milliseconds until in force."""
    took: list[float] = []
    fresh = httpx.Limits(max_keepalive_connections=0)
    with (
        httpx.Client(base_url=rig.admin, timeout=30, trust_env=False) as admin,
        httpx.Client(base_url=rig.gateway, timeout=10, limits=fresh, trust_env=False) as proxy,
    ):
        for number in range(times):
            away, to = rig.targets[number % 2], rig.targets[1 - number % 2]
            begin = time.perf_counter()
            # Raised before lowered: never a moment in which nobody has any weight.
            for target, weight in ((to, 100), (away, 0)):
                path = f"/upstreams/{UPSTREAM}/targets/{target}"
                admin.patch(path, json={"weight": weight}).raise_for_status()
            _await(proxy, "two" if number % 2 == 0 else "one")
            took.append((time.perf_counter() - begin) * 1_000)
            progress()
    return took


def _await(proxy: httpx.Client, backend: str) -> None:
    deadline, seen = time.monotonic() + GIVE_UP_S, 0
    while seen < IN_A_ROW:
        seen = seen + 1 if proxy.get("/").headers["X-Backend"] == backend else 0
        if time.monotonic() > deadline:
            raise NotInForce(
                f"{proxy.base_url} does not answer from {backend} after {GIVE_UP_S:.0f} s"
            )


def sync_routes(rig: Rig, routes: int, *, folder: Path) -> float:
    """Let `kong_admin sync` make a service with so many routes; returns seconds, start included."""
    lines = [f'  - {{name: r{n}, paths: ["/r{n}/"]}}' for n in range(routes)]
    text = (
        '_format_version: "3.0"\nservices:\n- name: many\n  host: bench\n  routes:\n'
        + "\n".join(lines)
        + "\n"
    )
    files = folder / "many.yaml"
    files.write_text(text)
    command = [sys.executable, "-m", "kong_admin", "sync", str(files), "--admin-url", rig.admin]
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise NotInForce(f"sync of {routes} routes: {done.stderr.strip()}")
    return time.perf_counter() - begin
