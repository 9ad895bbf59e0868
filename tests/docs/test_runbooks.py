"""Every stage that a seam can step to has a runbook, and so has each move of an operator."""

import re
from pathlib import Path

import pytest

from monolith.seams.stage import Stage
from tests.docs.markdown import ROOT, blocks, commands, inline_code
from tests.docs.test_glossary import names
from tests.docs.typed_blocks import (
    AS_A_WHOLE,
    LISTED,
    NOT_TYPED,
    TYPED,
    WHOLLY,
    lines_to_type,
    shown_lines,
)

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


# The language of what is typed; the others show something. What has none is printed, or a drawing.
TYPED_LANGUAGES = {"sh", "bash"}
SHOWN_LANGUAGES = {"text", "toml", "sql", "mermaid", "python", ""}
PLAN = ROOT / "migration-plan"
PAGES = {path.relative_to(PLAN).as_posix(): path for path in sorted(PLAN.rglob("*.md"))}
NAMED = [
    *(test for tests in TYPED.values() for test in tests if test != LISTED),
    *WHOLLY.values(),
    *AS_A_WHOLE.values(),
]


def test_each_block_of_the_plan_is_typed_by_a_test_or_listed_with_its_reason() -> None:
    counted = {name: len(found) for name, path in PAGES.items() if (found := blocks(path))}
    told = {name: len(tests) for name, tests in TYPED.items()}
    assert counted == told | {name: counted[name] for name in WHOLLY}
    whole = {name for name, path in PAGES.items() if blocks(path, language="bash")}
    assert [name for name in whole if not name.startswith(tuple(AS_A_WHOLE))] == []


@pytest.mark.parametrize("name", TYPED)
def test_a_block_is_listed_when_none_of_its_lines_is_typed(name: str) -> None:
    typed = [bool(lines) for lines in lines_to_type(PAGES[name], name=name)]
    assert typed == [test != LISTED for test in TYPED[name]]


def test_what_is_said_not_to_be_typed_stands_there() -> None:
    shown = {(name, line) for name in TYPED for lines in shown_lines(PAGES[name]) for line in lines}
    assert NOT_TYPED.keys() <= shown
    assert all(NOT_TYPED.values())


@pytest.mark.parametrize("test", sorted(set(NAMED)))
def test_the_test_that_types_it_exists_and_names_the_page(test: str) -> None:
    file, _, name = test.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert f"\ndef {name}(" in text
    pages = [page for page, tests in TYPED.items() if test in tests]
    assert [page for page in pages if Path(page).stem not in text] == []


@pytest.mark.parametrize("name", PAGES)
def test_no_command_stands_in_a_block_of_another_kind(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    fences = re.findall(r"^ *```(.*)\n(?:.*\n)*?^ *```$", text, re.MULTILINE)
    assert set(fences) <= TYPED_LANGUAGES | SHOWN_LANGUAGES
    bare = "\n".join(blocks(PAGES[name], language=""))
    assert re.findall(r"^(?:make|python|strangler|psql|curl|git) .*", bare, re.MULTILINE) == []
