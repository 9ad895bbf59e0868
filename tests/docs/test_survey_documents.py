"""What the documents say about the survey is what it says."""

import re
import tomllib
from pathlib import Path

from strangler.survey.crossing import Kind
from strangler.survey.drawing import block, mermaid
from strangler.survey.findings import survey
from strangler.survey.settings import Choices, read_choices
from tests.docs.markdown import ROOT

PLAN = ROOT / "migration-plan"


def test_the_picture_of_our_domains_is_up_to_date() -> None:
    """When not: python -m strangler.survey monolith --into migration-plan/README.md."""
    drawn = block(mermaid(survey(ROOT / "monolith")))
    assert drawn in (PLAN / "README.md").read_text(encoding="utf-8")


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
