"""One word through six folders: what moves has the same name everywhere, and all of its parts."""

import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.utils.module_loading import import_string

from handover import Domain, Entity
from monolith.seams.stage import Stage as MonolithStage
from stack.services import SERVICES, Service
from strangler.plan import Stage as PlanStage
from tests.architecture.tree import ROOT, folder

SEAMS = sorted(path.stem for path in (ROOT / "migration-plan" / "seams").glob("*.yaml"))
# Those of which the gateway has a part.
ROUTED = [
    seam
    for seam in SEAMS
    if "gateway" in yaml.safe_load((ROOT / "migration-plan" / "seams" / f"{seam}.yaml").read_text())
]
# Those with instances that answer requests, by HTTP or by RPC only.
ANSWERING = [service.name for service in SERVICES if service.instances]
NOT_MOVED = {
    # What only the service derives for itself; it is rebuilt, not moved.
    "catalog.inbox_event",
    "catalog.popularity",
    "orders.projection",
    "orders.history",
    "orders.sale",
    "orders.sales_of_day",
    "orders.sales_of_product",
    "orders.sales_of_customer",
    "orders.customer",
    # The truth at the service: it begins with what comes over, and is emptied with it.
    "orders.event",
    "orders.snapshot",
    # What each side heard itself and has no mail yet.
    "notifications.notice",
    "public.notifications_notice",
    # The far side of a rehearsal; no domain's, and asked no more where payments move.
    "public.payments_sandboxoperation",
}


def kong_file(seam: str) -> Any:
    text = (ROOT / "gateway-config" / "kong" / f"{seam}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def test_what_moves_today_is_planned() -> None:
    assert {"catalog", "inventory", "notifications", "payments"} <= set(SEAMS)
    assert {"catalog", "inventory"} <= set(ROUTED) < set(ANSWERING) < set(SEAMS)


@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize(
    "part",
    [
        "monolith/{}/seam.py",
        "monolith/{}/local.py",
        "monolith/{}/entities.py",
        "extracted/{}/__main__.py",
        "extracted/{}/entities.py",
        "extracted/{}/migrate.py",
        "extracted/{}/store.py",
        "extracted/contracts/{}.py",
        "migration-plan/seams/{}.yaml",
    ],
)
def test_whatever_moves_has_all_of_its_parts(seam: str, part: str) -> None:
    assert (ROOT / part.format(seam)).is_file()


@pytest.mark.parametrize("seam", ANSWERING)
@pytest.mark.parametrize(
    "part", ["monolith/{}/remote.py", "extracted/{}/service.py", "extracted/{}/domain.py"]
)
def test_whatever_is_asked_by_others_can_answer(seam: str, part: str) -> None:
    assert (ROOT / part.format(seam)).is_file()


@pytest.mark.parametrize("seam", ROUTED)
@pytest.mark.parametrize(
    "part", ["monolith/{}/api.py", "extracted/{}/api.py", "gateway-config/kong/{}.yaml"]
)
def test_whatever_is_asked_through_the_gateway_can_answer(seam: str, part: str) -> None:
    assert (ROOT / part.format(seam)).is_file()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
@pytest.mark.parametrize("role", ["events", "chores"])
def test_a_process_of_a_service_has_its_module(service: Service, role: str) -> None:
    module = ROOT / "extracted" / service.name / f"{role}.py"
    assert module.is_file() is (role in service.roles)


def test_every_service_is_planned_and_every_gateway_file_belongs_to_a_seam() -> None:
    services = {path.parent.name for path in folder("extracted").glob("*/__main__.py")}
    files = {path.stem for path in (ROOT / "gateway-config" / "kong").glob("*.yaml")} - {"base"}
    assert services == set(SEAMS)
    assert files == set(ROUTED)


def test_every_seam_is_a_service_of_the_stack_and_a_domain_of_the_monolith() -> None:
    assert {service.name for service in SERVICES} == set(SEAMS)
    moving = [import_string(path) for path in settings.MOVING_DOMAINS]
    assert {domain.name for domain in moving} == set(SEAMS)


@pytest.mark.parametrize("seam", ROUTED)
def test_reads_and_writes_have_a_route_each_on_the_same_paths(seam: str) -> None:
    routes = {
        route["name"]: route
        for service in kong_file(seam)["services"]
        for route in service["routes"]
    }
    read, write = routes[f"{seam}-read"], routes[f"{seam}-write"]
    assert read["paths"] == write["paths"]
    assert set(read["methods"]).isdisjoint(write["methods"])


@pytest.mark.parametrize("seam", ROUTED)
def test_the_gateway_never_sends_a_write_twice(seam: str) -> None:
    services = {service["name"]: service for service in kong_file(seam)["services"]}
    assert services[f"{seam}-write"]["retries"] == 0


def test_the_plan_and_the_monolith_name_the_same_stages_in_the_same_order() -> None:
    # The plan may not import the monolith, so it has stages of its own.
    assert [str(stage) for stage in PlanStage] == [str(stage) for stage in MonolithStage]


def test_a_stage_names_one_side_of_the_handover_as_owner() -> None:
    assert [stage.owner for stage in MonolithStage] == ["monolith"] * 3 + ["service"] * 2


@pytest.mark.parametrize("seam", SEAMS)
def test_both_sides_speak_of_the_same_entities_with_the_same_fields(seam: str) -> None:
    monolith, service = (entities(side, seam) for side in ("monolith", "extracted"))
    assert [shape(entity) for entity in monolith] == [shape(entity) for entity in service]


def entities(side: str, seam: str) -> Sequence[Entity]:
    domain: Domain = getattr(import_module(f"{side}.{seam}.entities"), seam.upper())
    return domain.entities


def shape(entity: Entity) -> tuple[Any, ...]:
    traits = entity.name, entity.key, entity.version, entity.changed_at, entity.immutable
    return *traits, entity.image_fields


@pytest.mark.parametrize(
    ("seam", "entity"),
    [
        pytest.param(seam, entity, id=f"{seam}.{entity.name}")
        for seam in SEAMS
        for entity in entities("monolith", seam)
    ],
)
def test_an_image_has_exactly_the_fields_of_its_contract(seam: str, entity: Entity) -> None:
    language = import_module(f"extracted.contracts.{seam}")
    image = getattr(language, f"{entity.name.title()}Image")
    assert [name for name, _ in entity.image_fields] == list(image.model_fields)


@pytest.mark.parametrize("seam", SEAMS)
def test_every_table_that_the_monolith_makes_for_a_seam_is_fenced_or_says_why_not(
    seam: str,
) -> None:
    made = re.findall(r'name="(\w+)"', _creations(folder("monolith") / seam / "migrations"))
    tables = {f"public.{seam}_{name.lower()}" for name in made}
    assert tables - NOT_MOVED == fenced(entities("monolith", seam))


@pytest.mark.parametrize("seam", SEAMS)
def test_every_table_that_the_service_makes_is_fenced_or_says_why_not(seam: str) -> None:
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in (folder("extracted") / seam / "migrations").glob("*.sql")
        if not path.name.endswith(".down.sql")
    )
    made = set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?([\w.]+)", text))
    assert made - NOT_MOVED == fenced(entities("extracted", seam))


def fenced(found: Sequence[Entity]) -> set[str]:
    return {table for entity in found for table in entity.tables}


def _creations(migrations: Path) -> str:
    texts = (path.read_text(encoding="utf-8") for path in migrations.glob("*.py"))
    return "".join(
        line for text in texts for line in re.findall(r"CreateModel\(\s*name=\"\w+\"", text)
    )
