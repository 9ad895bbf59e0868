"""Decisions are numbered without a gap and have Nygard's four headings."""

import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

FOLDER = ROOT / "migration-plan" / "decisions"
DECISIONS = sorted(FOLDER.glob("*.md"))
HEADINGS = ["Status", "Context", "Decision", "Consequences"]


def test_decisions_are_numbered_from_one_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_number_its_date_and_the_four_headings(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {int(path.name[:4])}\. \S", text)
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_accepted_or_says_what_took_its_place(path: Path) -> None:
    status = re.search(r"## Status\n\n(.+)", path.read_text(encoding="utf-8"))
    assert status
    assert re.match(r"Accepted|Proposed|Superseded by \[decision", status[1])
