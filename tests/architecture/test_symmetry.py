"""One word through six folders: what moves has the same name everywhere, and all of its parts."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from extracted.catalog.entities import ENTITIES as SERVICE_ENTITIES
from extracted.contracts import catalog as language
from handover.entities import Entity
from monolith.catalog.entities import CATALOG as MONOLITH_CATALOG
from monolith.seams.stage import Stage as MonolithStage
from strangler.plan import Stage as PlanStage
from tests.architecture.tree import ROOT, folder

SEAMS = sorted(path.stem for path in (ROOT / "migration-plan" / "seams").glob("*.yaml"))


def kong_file(seam: str) -> Any:
    text = (ROOT / "gateway-config" / "kong" / f"{seam}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def test_at_least_the_catalog_is_planned() -> None:
    assert "catalog" in SEAMS


@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize(
    "part",
    [
        "monolith/{}/seam.py",
        "monolith/{}/local.py",
        "monolith/{}/remote.py",
        "monolith/{}/api.py",
        "extracted/{}/service.py",
        "extracted/{}/api.py",
        "extracted/{}/domain.py",
        "extracted/contracts/{}.py",
        "gateway-config/kong/{}.yaml",
        "migration-plan/seams/{}.yaml",
    ],
)
def test_whatever_moves_has_all_of_its_parts(seam: str, part: str) -> None:
    assert (ROOT / part.format(seam)).is_file()


def test_every_service_is_planned_and_every_gateway_file_belongs_to_a_seam() -> None:
    services = {path.parent.name for path in folder("extracted").glob("*/service.py")}
    files = {path.stem for path in (ROOT / "gateway-config" / "kong").glob("*.yaml")} - {"base"}
    assert services == files == set(SEAMS)


@pytest.mark.parametrize("seam", SEAMS)
def test_reads_and_writes_have_a_route_each_on_the_same_paths(seam: str) -> None:
    routes = {
        route["name"]: route
        for service in kong_file(seam)["services"]
        for route in service["routes"]
    }
    read, write = routes[f"{seam}-read"], routes[f"{seam}-write"]
    assert read["paths"] == write["paths"]
    assert set(read["methods"]).isdisjoint(write["methods"])


@pytest.mark.parametrize("seam", SEAMS)
def test_the_gateway_never_sends_a_write_twice(seam: str) -> None:
    services = {service["name"]: service for service in kong_file(seam)["services"]}
    assert services[f"{seam}-write"]["retries"] == 0


def test_the_plan_and_the_monolith_name_the_same_stages_in_the_same_order() -> None:
    # The plan may not import the monolith, so it has stages of its own.
    assert [str(stage) for stage in PlanStage] == [str(stage) for stage in MonolithStage]


def test_a_stage_names_one_side_of_the_handover_as_owner() -> None:
    assert [stage.owner for stage in MonolithStage] == ["monolith"] * 3 + ["service"] * 2


def test_both_sides_speak_of_the_same_entities_with_the_same_fields() -> None:
    assert [shape(entity) for entity in MONOLITH_CATALOG.entities] == [
        shape(entity) for entity in SERVICE_ENTITIES
    ]


def shape(entity: Entity) -> tuple[Any, ...]:
    fields = tuple((field.name, field.type) for field in entity.fields)
    return entity.name, entity.key, entity.version, entity.changed_at, entity.immutable, fields


@pytest.mark.parametrize("entity", MONOLITH_CATALOG.entities, ids=lambda entity: entity.name)
def test_an_image_has_exactly_the_fields_of_its_contract(entity: Entity) -> None:
    image = getattr(language, f"{entity.name.title()}Image")
    assert [field.name for field in entity.fields] == list(image.model_fields)


def test_every_table_that_the_monoliths_catalog_makes_is_fenced() -> None:
    made = re.findall(r'name="(\w+)"', _creations(folder("monolith") / "catalog" / "migrations"))
    tables = {f"public.catalog_{name.lower()}" for name in made}
    assert tables == fenced(MONOLITH_CATALOG.entities)


def test_every_table_that_the_service_makes_is_fenced_or_says_why_not() -> None:
    # What only the service derives for itself; it is rebuilt, not moved.
    not_moved = {"catalog.inbox_event", "catalog.popularity"}
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in (folder("extracted") / "catalog" / "migrations").glob("*.sql")
        if not path.name.endswith(".down.sql")
    )
    made = set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?([\w.]+)", text))
    assert made - not_moved == fenced(SERVICE_ENTITIES)


def fenced(entities: Any) -> set[str]:
    return {entity.table for entity in entities}


def _creations(migrations: Path) -> str:
    texts = (path.read_text(encoding="utf-8") for path in migrations.glob("*.py"))
    return "".join(
        line for text in texts for line in re.findall(r"CreateModel\(\s*name=\"\w+\"", text)
    )
