"""The glossary is law only if its words are used: each one in code font exists in the code."""

import ast
import re
from functools import cache

import pytest

from tests.architecture.tree import modules
from tests.docs.command_lines import complaint
from tests.docs.markdown import ROOT, inline_code

GLOSSARY = ROOT / "migration-plan" / "glossary.md"
TERMS = sorted(set(inline_code(GLOSSARY)))
_SQL_NAME = re.compile(
    r"(?:FUNCTION|TABLE|TRIGGER|VIEW|SCHEMA) (?:IF NOT EXISTS )?(?:handover\.|catalog\.|notifications\.)?(\w+)"
)
_SQL_COLUMN = re.compile(
    r"^    (\w+) +(?:text|bigint|integer|boolean|uuid|jsonb|name|timestamptz)", re.MULTILINE
)


@cache
def names() -> frozenset[str]:
    """Whatever is defined or spelled out: classes, functions, fields, constants, SQL, YAML."""
    found: set[str] = set(in_the_schema())
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found.update(_named(node))
    return frozenset(found)


@cache
def in_the_schema() -> frozenset[str]:
    """Tables, functions, columns and quoted words of our SQL."""
    places = ("migration-plan/handover/sql/*.sql", "extracted/*/migrations/*.sql")
    texts = [path.read_text(encoding="utf-8") for place in places for path in ROOT.glob(place)]
    patterns = (_SQL_NAME, _SQL_COLUMN, re.compile(r"'(\w+)'"))
    return frozenset(
        name for text in texts for pattern in patterns for name in pattern.findall(text)
    )


def _named(node: ast.AST) -> set[str]:
    if isinstance(node, ast.ClassDef):
        members = {name for child in node.body for name in _named(child)}
        return {node.name} | {f"{node.name}.{member}" for member in members}
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    return set()


def exists(term: str) -> bool:
    if " " in term:
        return complaint(term.split()) is None
    if "/" in term:
        roots = (".", "gateway-config", "migration-plan")
        return any((ROOT / root / term).exists() for root in roots)
    if term.endswith(".py"):
        return any(path.name == term for path in modules())
    if term.startswith("handover."):
        return term.removeprefix("handover.") in in_the_schema()
    return term in names()


@pytest.mark.parametrize("term", TERMS)
def test_a_word_of_the_glossary_exists_in_the_code(term: str) -> None:
    assert exists(term)


@pytest.mark.parametrize(
    "term", ["Basket", "handover.pause", "Stage.PARKED", "python -m stages leap"]
)
def test_a_word_that_nobody_uses_would_be_noticed(term: str) -> None:
    assert not exists(term)
