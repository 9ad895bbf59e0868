"""What the documents say about the survey is what it says."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from strangler.survey.crossing import Kind
from strangler.survey.drawing import block, mermaid
from strangler.survey.findings import survey
from strangler.survey.settings import Choices, read_choices
from tests.docs.markdown import ROOT, transcript
from tests.docs.shell import as_pattern, typed
from tests.migration_plan.survey.invented import built

PLAN = ROOT / "migration-plan"
WORKSHEET = PLAN / "worksheet.md"
STEPS = transcript(WORKSHEET)
FETCHING = "PROJECT=$(mktemp -d)\npython -m pip install "
OURS = {"monolith", "extracted", "handover", "kong_admin", "strangler", "loadtests"}
# Apps with the names that the worksheet uses, tied in every way that it shows.
SHOP = {
    "oscar/__init__.py": "",
    "oscar/models.py": "from django.db import models\nclass Site(models.Model): ...\n",
    "oscar/catalogue/__init__.py": "",
    "oscar/catalogue/models.py": "from django.db import models\nclass Product(models.Model): ...\n",
    "oscar/wishlists/__init__.py": "",
    "oscar/wishlists/models.py": """
        from django.db import models
        class Line(models.Model):
            product = models.ForeignKey("catalogue.Product", on_delete=models.CASCADE)
    """,
}


def test_the_picture_of_our_domains_is_up_to_date() -> None:
    """When not: python -m strangler.survey monolith --into migration-plan/README.md."""
    drawn = block(mermaid(survey(ROOT / "monolith")))
    assert drawn in (PLAN / "README.md").read_text(encoding="utf-8")


def test_what_couplings_shows_is_what_the_survey_prints(tmp_path: Path) -> None:
    shown = transcript(PLAN / "couplings.md")
    assert shown
    printed = typed([step for step, _ in shown], temporary=tmp_path, timeout_s=120)
    assert printed[:-1] == [expected for _, expected in shown]


def test_the_worksheet_runs_on_a_project_of_nobody(tmp_path: Path) -> None:
    """Without the index: every step but the first, on a project with apps of the same names."""
    assert STEPS[0][0].startswith(FETCHING)
    root = built(tmp_path / "project", SHOP)
    steps = [f"PROJECT={root}", *(step for step, _ in STEPS[1:])]
    printed = typed(steps, temporary=tmp_path, timeout_s=150)
    assert len(printed) == len(steps) + 1, printed[-1]
    assert printed[1].startswith("5 to burn down: 2 apps, 2 models, 6 modules\nleft out: oscar\n")
    assert "wishlists -> catalogue 5" in printed[4]


@pytest.mark.slow
@pytest.mark.timeout(480)
def test_the_worksheet_shows_what_it_prints(tmp_path: Path) -> None:
    printed = typed([step for step, _ in STEPS], temporary=tmp_path, timeout_s=450)
    if len(printed) == 1:
        pytest.skip(f"the package index does not give django-oscar: {printed[0].splitlines()[-1]}")
    assert len(printed) == len(STEPS) + 1, printed[-1]
    wrong = [
        (step, expected, seen)
        for (step, expected), seen in zip(STEPS, printed, strict=False)
        if expected and not re.fullmatch(as_pattern(expected), seen)
    ]
    assert wrong == []


def test_no_command_of_the_worksheet_stands_where_no_test_runs_it() -> None:
    fences = set(re.findall(r"^```(\w+)$", WORKSHEET.read_text(encoding="utf-8"), re.MULTILINE))
    assert fences == {"bash", "text", "sql"}


def rows(document: Path, *, header: str) -> list[list[str]]:
    """The cells of the table with that first column."""
    text = document.read_text(encoding="utf-8")
    body = text.partition(f"\n| {header} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines()[2:]]


def test_every_kind_is_explained_with_its_weight() -> None:
    shown = {
        cells[0].strip("`"): int(cells[1]) for cells in rows(PLAN / "survey.md", header="kind")
    }
    assert shown == {str(kind): kind.weight for kind in Kind}


def test_the_choices_that_are_shown_can_be_made(tmp_path: Path) -> None:
    text = (PLAN / "survey.md").read_text(encoding="utf-8")
    table = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert table is not None
    (tmp_path / "pyproject.toml").write_text(table[1], encoding="utf-8")
    assert read_choices(tmp_path) == Choices(
        **{name: tuple(value) for name, value in tomllib.loads(table[1])["tool"]["survey"].items()}
    )


def needs(folder: Path) -> tuple[set[str], set[str]]:
    """What a folder imports from the index, and from the rest of this repository."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    tops = {name.partition(".")[0] for name in found}
    own = folder.relative_to(ROOT).as_posix().replace("/", ".")
    ours = {name for name in found if name.partition(".")[0] in OURS}
    return tops - OURS - set(sys.stdlib_module_names), {
        name for name in ours if not f"{own}.".endswith(f"{name}.") and not _is_in(name, own)
    }


def _is_in(name: str, own: str) -> bool:
    """Whether a module lies in the folder; whatever the folder's import root."""
    package = own.replace("migration-plan.", "").replace("gateway-config.", "")
    return f"{name}.".startswith(f"{package}.")


def test_what_there_is_to_lift_needs_what_is_said() -> None:
    parts = rows(WORKSHEET, header="what")
    assert len(parts) > 5
    for what, folder, index, here in parts:
        outside, ours = needs(ROOT / folder.strip("`"))
        named = set(filter(None, here.split(", ")))
        assert outside == set(index.split(", ")), what
        assert {each for each in named if not any(_is_in(name, each) for name in ours)} == set(), (
            what
        )
        assert [name for name in ours if not any(_is_in(name, each) for each in named)] == [], what
