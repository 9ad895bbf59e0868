"""One word through four folders: a domain has the same name everywhere, and all of its parts."""

import re
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pytest
import yaml

from handover import Domain, Entity
from stack.services import SERVICES, Service
from tests.architecture.tree import ROOT, folder

NAMES = [service.name for service in SERVICES]
# Those with instances that answer requests, by HTTP or by RPC only.
ANSWERING = [service.name for service in SERVICES if service.instances]
# Those of which the gateway has a part.
ROUTED = sorted(path.stem for path in (ROOT / "gateway-config" / "kong").glob("*.yaml"))
ROUTED.remove("base")
UNFENCED = {
    # What a service derives for itself, or has only heard.
    *("catalog.inbox_event", "catalog.popularity", "orders.projection", "orders.history"),
    *("orders.sale", "orders.sales_of_day", "orders.sales_of_product", "orders.sales_of_customer"),
    *("orders.customer", "notifications.notice"),
    # Written beside a row of `purchase`, which is fenced.
    *("orders.event", "orders.snapshot"),
}


def kong_file(domain: str) -> Any:
    text = (ROOT / "gateway-config" / "kong" / f"{domain}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "part",
    [
        "extracted/{}/__main__.py",
        "extracted/{}/entities.py",
        "extracted/{}/migrate.py",
        "extracted/{}/store.py",
        "extracted/contracts/{}.py",
    ],
)
def test_a_service_has_all_of_its_parts(name: str, part: str) -> None:
    assert (ROOT / part.format(name)).is_file()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_domain_is_left_in_the_monolith(name: str) -> None:
    assert not (folder("monolith") / name).exists()


@pytest.mark.parametrize("name", ANSWERING)
@pytest.mark.parametrize("part", ["service", "domain"])
def test_whatever_is_asked_by_others_can_answer(name: str, part: str) -> None:
    assert (folder("extracted") / name / f"{part}.py").is_file()


@pytest.mark.parametrize("name", ROUTED)
def test_whatever_is_asked_through_the_gateway_can_answer(name: str) -> None:
    assert name in ANSWERING
    assert (folder("extracted") / name / "api.py").is_file()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
@pytest.mark.parametrize("role", ["events", "chores"])
def test_a_process_of_a_service_has_its_module(service: Service, role: str) -> None:
    module = ROOT / "extracted" / service.name / f"{role}.py"
    assert module.is_file() is (role in service.roles)


def test_every_service_is_one_of_the_stack() -> None:
    assert {path.parent.name for path in folder("extracted").glob("*/__main__.py")} == set(NAMES)


@pytest.mark.parametrize("name", ROUTED)
def test_reads_and_writes_have_a_route_each_on_the_same_paths(name: str) -> None:
    services = {service["name"]: service for service in kong_file(name)["services"]}
    (read,), (write,) = (services[f"{name}-{what}"]["routes"] for what in ("read", "write"))
    assert read["paths"] == write["paths"]
    assert set(read["methods"]).isdisjoint(write["methods"])


@pytest.mark.parametrize("name", ROUTED)
def test_the_gateway_never_sends_a_write_twice(name: str) -> None:
    services = {service["name"]: service for service in kong_file(name)["services"]}
    assert services[f"{name}-write"]["retries"] == 0


@pytest.mark.parametrize("name", ROUTED)
def test_the_gateway_asks_only_the_service(name: str) -> None:
    (upstream,) = kong_file(name)["upstreams"]
    assert {service["host"] for service in kong_file(name)["services"]} == {upstream["name"]}
    text = (ROOT / "gateway-config" / "kong" / f"{name}.yaml").read_text(encoding="utf-8")
    assert "MONOLITH" not in text


def entities(name: str) -> Sequence[Entity]:
    domain: Domain = getattr(import_module(f"extracted.{name}.entities"), name.upper())
    return domain.entities


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        pytest.param(name, entity, id=f"{name}.{entity.name}")
        for name in NAMES
        for entity in entities(name)
    ],
)
def test_an_image_has_exactly_the_fields_of_its_contract(name: str, entity: Entity) -> None:
    language = import_module(f"extracted.contracts.{name}")
    image = getattr(language, f"{entity.name.title()}Image")
    assert [field for field, _ in entity.image_fields] == list(image.model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_every_table_that_a_service_makes_is_fenced_or_says_why_not(name: str) -> None:
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in (folder("extracted") / name / "migrations").glob("*.sql")
        if not path.name.endswith(".down.sql")
    )
    made = set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?([\w.]+)", text))
    assert made - UNFENCED == {table for entity in entities(name) for table in entity.tables}
