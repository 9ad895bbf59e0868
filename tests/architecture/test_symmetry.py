"""One word through the folders: what may leave one day has the same name everywhere, and its parts."""

import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest

from handover import Domain, Entity
from monolith.seams.stage import Stage
from tests.architecture.tree import ROOT, folder

SEAMS = sorted(path.parent.name for path in folder("monolith").glob("*/entities.py"))
NOT_MOVED = {
    # News that have no mail yet: they belong to whoever heard them.
    "public.notifications_notice",
    # The far side of the sandbox: played here, and no domain owns it.
    "public.payments_sandboxoperation",
}


def test_every_app_that_writes_facts_is_ready_to_leave() -> None:
    assert {"catalog", "inventory", "notifications", "orders", "payments"} == set(SEAMS)


@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize(
    "part", ["monolith/{}/seam.py", "monolith/{}/local.py", "extracted/contracts/{}.py"]
)
def test_whatever_may_leave_has_all_of_its_parts(seam: str, part: str) -> None:
    assert (ROOT / part.format(seam)).is_file()


def test_no_file_of_the_gateway_belongs_to_a_seam() -> None:
    files = {path.stem for path in (ROOT / "gateway-config" / "kong").glob("*.yaml")}
    assert files == {"base"}


def test_a_stage_names_one_side_of_the_handover_as_owner() -> None:
    assert [stage.owner for stage in Stage] == ["monolith"] * 3 + ["service"] * 2


def entities(seam: str) -> Sequence[Entity]:
    domain: Domain = getattr(import_module(f"monolith.{seam}.entities"), seam.upper())
    return domain.entities


@pytest.mark.parametrize(
    ("seam", "entity"),
    [
        pytest.param(seam, entity, id=f"{seam}.{entity.name}")
        for seam in SEAMS
        for entity in entities(seam)
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
    assert tables - NOT_MOVED == fenced(entities(seam))


def fenced(found: Sequence[Entity]) -> set[str]:
    return {table for entity in found for table in entity.tables}


def _creations(migrations: Path) -> str:
    texts = (path.read_text(encoding="utf-8") for path in migrations.glob("*.py"))
    return "".join(
        line for text in texts for line in re.findall(r"CreateModel\(\s*name=\"\w+\"", text)
    )
