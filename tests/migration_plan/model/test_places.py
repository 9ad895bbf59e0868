"""The code of which the model speaks exists, by file and name."""

import ast
import re
from functools import cache

import pytest

from model.actions import ACTIONS
from model.guards import STANDS_AT
from tests.architecture.tree import ROOT

PLACES = sorted(
    {place for action in ACTIONS for place in action.places}
    | {place for places in STANDS_AT.values() for place in places}
)
_SQL_FUNCTION = re.compile(r"^CREATE (?:OR REPLACE )?FUNCTION ([\w.]+)\(", re.MULTILINE)


@cache
def names(file: str) -> frozenset[str]:
    """Functions of an SQL file; functions, classes, methods and constants of a module."""
    text = (ROOT / file).read_text(encoding="utf-8")
    if file.endswith(".sql"):
        return frozenset(_SQL_FUNCTION.findall(text))
    found: set[str] = set()
    for node in ast.parse(text).body:
        match node:
            case ast.FunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name, body=body):
                inside = {f"{name}.{one.name}" for one in body if isinstance(one, ast.FunctionDef)}
                found |= {name, *inside}
            case ast.Assign(targets=[ast.Name(id=name)]):
                found.add(name)
    return frozenset(found)


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_the_model_names_is_in_the_code(place: str) -> None:
    file, _, name = place.partition(":")
    assert name in names(file)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_action_stands_for_some_code_and_says_what_happens(action) -> None:
    assert action.places
    assert action.says.endswith(".")


def test_a_name_that_is_gone_would_be_noticed() -> None:
    assert "hand_over" in names("migration-plan/handover/moves.py")
    assert "hand_over_gently" not in names("migration-plan/handover/moves.py")
    assert "handover.releases" not in names("migration-plan/handover/sql/0004_token.sql")
