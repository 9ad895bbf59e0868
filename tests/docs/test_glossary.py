"""The glossary is law only if its words are used: each one in code font exists in the code."""

import ast
from functools import cache

import pytest

from tests.architecture.tree import modules
from tests.docs.command_lines import complaint
from tests.docs.markdown import ROOT, inline_code

GLOSSARY = ROOT / "migration-plan" / "glossary.md"
TERMS = sorted(set(inline_code(GLOSSARY)))


@cache
def names() -> frozenset[str]:
    """Whatever is defined or spelled out: classes, functions, fields, constants."""
    found: set[str] = set()
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found.update(_named(node))
    return frozenset(found)


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
    return term in names()


@pytest.mark.parametrize("term", TERMS)
def test_a_word_of_the_glossary_exists_in_the_code(term: str) -> None:
    assert exists(term)


@pytest.mark.parametrize("term", ["Basket", "Stage.PARKED", "python -m stack leap"])
def test_a_word_that_nobody_uses_would_be_noticed(term: str) -> None:
    assert not exists(term)
