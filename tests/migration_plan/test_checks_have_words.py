"""Whoever is told that a check says no finds it in a runbook, by its name."""

import itertools

import pytest

from strangler.ladder import Move
from strangler.preflight import checks_of
from tests.docs.markdown import ROOT
from tests.migration_plan.test_ladder import LADDER

ADVANCE = (ROOT / "migration-plan" / "runbooks" / "advance.md").read_text(encoding="utf-8")
RUNGS = (*LADDER.positions, LADDER.retired)
MOVES = [
    Move(origin=origin, goal=goal)
    for pair in itertools.pairwise(RUNGS)
    for origin, goal in (pair, pair[::-1])
]
NAMES = sorted({check.__name__.replace("_", " ") for move in MOVES for check in checks_of(move)})


def test_there_are_as_many_as_the_moves_ask() -> None:
    assert len(NAMES) > 20


@pytest.mark.parametrize("name", NAMES)
def test_each_check_has_its_line(name: str) -> None:
    assert f"`{name}`" in ADVANCE
