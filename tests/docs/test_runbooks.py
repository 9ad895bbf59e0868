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


# Which test types what a document of the plan shows in its shell blocks: of the runbooks of moves and of
# scaling every line, of the others the sections that a test can bring about.
FOLLOWED = {
    "runbooks/advance.md": "tests/e2e/test_runbooks_typed.py",
    "runbooks/canary.md": "tests/e2e/test_runbooks_typed.py",
    "runbooks/cutover.md": "tests/e2e/test_runbooks_typed.py",
    "runbooks/resume.md": "tests/e2e/test_runbooks_typed.py",
    "runbooks/retreat.md": "tests/e2e/test_runbooks_typed.py",
    "runbooks/shadow.md": "tests/e2e/test_runbooks_typed.py",
    "README.md": "tests/e2e/test_runbooks_typed.py",
    "runbooks/scale.md": "tests/e2e/test_scaling.py",
    "runbooks/broker-down.md": "tests/migration_plan/test_runbooks_followed.py",
    "runbooks/dead-letters.md": "tests/migration_plan/test_runbooks_followed.py",
    "runbooks/restore.md": "tests/migration_plan/test_runbooks_followed.py",
    "runbooks/retired.md": "tests/migration_plan/test_runbooks_followed.py",
    "runbooks/rogue-writer.md": "tests/migration_plan/test_runbooks_followed.py",
    "runbooks/stuck.md": "tests/migration_plan/test_stuck.py",
    "survey.md": "tests/docs/test_survey_documents.py",
}
# What takes an hour, or for ever; `make chaos`, `make soak` and `make model` are these commands.
TOO_LONG = {"chaos.md", "soak.md", "proof.md"}
# Its bash blocks are run as a whole. The one beside them retires five seams, for good and after half an
# hour each, which no test does on the whole system.
UNTYPED = {"stages/07-retired.md"}


def test_each_document_with_commands_is_typed_by_a_test_or_said_not_to_be() -> None:
    plan = ROOT / "migration-plan"
    told = {path.relative_to(plan).as_posix() for path in plan.rglob("*.md") if any(commands(path))}
    told = {name for name in told if "```sh" in (plan / name).read_text(encoding="utf-8")}
    assert told == FOLLOWED.keys() | TOO_LONG | UNTYPED
    for name, test in FOLLOWED.items():
        stem = name.removeprefix("runbooks/").removesuffix(".md")
        assert stem in (ROOT / test).read_text(encoding="utf-8"), f"{test} does not name {stem}"
