"""Every stage that a seam can step to has a runbook, and each has the same headings."""

import re
from pathlib import Path

import pytest

from monolith.seams.stage import Stage
from tests.docs.markdown import ROOT, inline_code
from tests.docs.test_glossary import in_the_schema, names

FOLDER = ROOT / "migration-plan" / "runbooks"
RUNBOOKS = sorted(FOLDER.glob("*.md"))
HEADINGS = ["Before", "Do", "Watch", "When it does not work", "Back"]
# Nobody can step there yet.
WITHOUT = {Stage.MONOLITH, Stage.RETIRED}


def test_every_stage_but_the_first_has_a_runbook_and_so_has_the_way_back() -> None:
    stages = {str(stage) for stage in set(Stage) - WITHOUT}
    assert {path.stem for path in RUNBOOKS} == stages | {"retreat"}


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_has_the_headings_that_one_looks_for_at_night(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_metric_or_table_that_a_runbook_names_exists(path: Path) -> None:
    named = {
        code for code in inline_code(path) if re.fullmatch(r"(handover\.)?[a-z]+(_[a-z]+)+", code)
    }
    tables = {name.removeprefix("handover.") for name in named if name.startswith("handover.")}
    assert tables <= in_the_schema()
    # PostgreSQL's own views are not ours to define.
    ours = {name for name in named if not name.startswith(("handover.", "pg_"))}
    assert ours <= names()
