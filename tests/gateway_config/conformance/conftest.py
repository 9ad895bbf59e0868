"""The gateway under test: a real Kong by KONG_ADMIN_URL and KONG_PROXY_URL, else our own.

KONG_UPSTREAM_HOST is where the gateway reaches this machine's backends (a Kong in a container:
the host's address), KONG_UPSTREAM_BIND where they listen.
"""

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _beside(name: str) -> ModuleType:
    """Test folders are no packages; what they share is loaded by its place."""
    full = f"conformance_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
        assert spec
        assert spec.loader
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


@pytest.fixture(scope="session")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    given = os.environ.get("KONG_ADMIN_URL"), os.environ.get("KONG_PROXY_URL")
    if given[0] and given[1]:
        yield given[0], given[1]
        return
    with _beside("embedded").running(tmp_path_factory.mktemp("conformance")) as running:
        yield running


@pytest.fixture(scope="session")
def kong(urls: tuple[str, str]) -> Iterator[Any]:
    host = os.environ.get("KONG_UPSTREAM_HOST", "127.0.0.1")
    gateway = _beside("kong").Gateway(*urls, upstream_host=host)
    try:
        yield gateway
    finally:
        gateway.forget()


@pytest.fixture(scope="session")
def backends() -> Iterator[list[Any]]:
    bind = os.environ.get("KONG_UPSTREAM_BIND", "127.0.0.1")
    with _beside("echo").echoes(2, host=bind) as servers:
        yield servers


@pytest.fixture(scope="session")
def callers(kong: Any) -> dict[str, Any]:
    """Alice is in the group `in`, Bob in `out`; each has a key, Alice signs tokens."""
    return _beside("callers").make(kong)  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def world(kong: Any, backends: list[Any], callers: dict[str, Any]) -> Any:
    """All cases of `world`, in force; `world.get(case, rest)` asks one."""
    return _beside("asking").World.build(kong, backends[0], _beside("world").CASES)
