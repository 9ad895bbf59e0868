"""Every stage that a seam can step to has a runbook, and so has each move of an operator."""

import re
from pathlib import Path

import pytest

from monolith.seams.stage import Stage
from tests.docs.markdown import ROOT, commands, inline_code
from tests.docs.test_glossary import names

FOLDER = ROOT / "migration-plan" / "runbooks"
RUNBOOKS = sorted(FOLDER.glob("*.md"))
# Nobody can step there yet.
WITHOUT = {Stage.MONOLITH}


MOVES = {"advance", "retreat", "resume"}
# What may be done at any stage.
BESIDE = {"scale"}
# What may go wrong; tests/migration_plan/test_stuck.py and test_runbooks_followed.py follow them.
TROUBLE = {"stuck", "dead-letters", "rogue-writer", "broker-down", "restore"}


def test_every_stage_but_the_first_and_every_move_has_a_runbook() -> None:
    stages = {str(stage) for stage in set(Stage) - WITHOUT}
    assert {path.stem for path in RUNBOOKS} == stages | MOVES | BESIDE | TROUBLE


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_says_what_to_type(path: Path) -> None:
    assert any(words[0] == "strangler" for words in commands(path))


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_metric_a_table_or_a_limit_that_a_runbook_names_exists(path: Path) -> None:
    words = {
        code for code in inline_code(path) if re.fullmatch(r"([a-z]+\.)?[a-z]+(_[a-z]+)+", code)
    }
    # PostgreSQL's own views are not ours to define.
    ours = {word.rpartition(".")[2] for word in words if not word.startswith("pg_")}
    assert ours <= names()
