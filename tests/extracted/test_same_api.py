"""What the description says of a domain, its service answers, and nothing else."""

import json
import re
from importlib import import_module
from typing import Any

import pytest
import yaml

from extracted.chassis.http import Http
from tests.extracted.running import ROOT

SERVICES = {
    "catalog": "CatalogService",
    "inventory": "InventoryService",
    "orders": "OrdersService",
}


def described(domain: str) -> set[tuple[str, str]]:
    """Methods and paths that the gateway sends to the service of a domain."""
    document = json.loads((ROOT / "extracted" / "contracts" / "openapi.json").read_text())
    kong = yaml.safe_load((ROOT / "gateway-config" / "kong" / f"{domain}.yaml").read_text())
    routes = [route for service in kong["services"] for route in service["routes"]]
    (prefixes,) = (route["paths"] for route in routes if route["name"] == f"{domain}-read")
    return {
        (method, path)
        for path, methods in document["paths"].items()
        for method in methods
        if any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)
    }


def answered(domain: str) -> set[tuple[str, str]]:
    """Methods and paths of the service's HTTP entrypoints."""
    service: Any = getattr(import_module(f"extracted.{domain}.service"), SERVICES[domain])
    entrypoints = [
        entrypoint
        for name in dir(service)
        for entrypoint in getattr(getattr(service, name), "nameko_entrypoints", ())
        if isinstance(entrypoint, Http)
    ]
    return {
        (entrypoint.method.lower(), re.sub(r"<(\w+)>", r"{\1}", entrypoint.url))
        for entrypoint in entrypoints
        if entrypoint.url.startswith("/api/")
    }


@pytest.mark.parametrize("domain", SERVICES)
def test_a_service_answers_what_is_described_and_nothing_else(domain: str) -> None:
    wanted = described(domain)
    assert wanted
    assert answered(domain) == wanted


def test_every_service_that_people_ask_is_compared() -> None:
    files = {path.stem for path in (ROOT / "gateway-config" / "kong").glob("*.yaml")} - {"base"}
    assert files == set(SERVICES)
