"""Servers and the whole system for the suite: real ones, started once and left as found."""

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from stack import testing
from stack.lanes import PURE
from tests.signing_in import SignedIn

ROOT = Path(__file__).parents[1]

# Each client of httpx reads all authorities that there are, 22 ms of a processor: in the tests, which make
# thousands of clients, it is done once.
ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for no server and no system, before marks select."""
    folders = [ROOT / place for place in PURE]
    for item in items:
        asked = {"servers", "system"} & set(getattr(item, "fixturenames", ()))
        if not asked and any(folder in item.path.parents for folder in folders):
            item.add_marker(pytest.mark.pure)


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, str]]:
    with testing.servers() as variables:
        yield variables


@dataclass(frozen=True, slots=True)
class System:
    """The whole system of the test profile, and its commands as a user types them."""

    variables: dict[str, str]

    @property
    def gateway(self) -> str:
        return self.variables["KONG_PROXY_URL"]

    @property
    def monolith(self) -> str:
        return self.variables["MONOLITH_URL"]

    def instances(self, service: str) -> list[str]:
        return self.variables[f"{service.upper()}_URLS"].split(",")

    def signed_in(self, name: str) -> SignedIn:
        """`merchant` or `clerk`, as `make_identities` has made them."""
        password = self.variables["SEED_PASSWORD"]
        return SignedIn(self.monolith, f"{name}@shop.example", password)

    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.variables}

    def run(self, module: str, *arguments: str, timeout_s: float = 120) -> str:
        """Run `python -m module ...` as a user would; returns what it printed."""
        finished = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert finished.returncode == 0, f"{module} {arguments}\n{finished.stdout}{finished.stderr}"
        return finished.stdout


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """Everything running, a small shop on the shelves."""
    with testing.everything() as variables:
        system = System(variables)
        sizes = ("--products", "300", "--categories", "20", "--customers", "50", "--orders", "60")
        system.run("seeding", *sizes, "--seed", "7", "--replace")
        system.run("monolith.manage", "make_identities")
        yield system
