"""Positions and the moves between them."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.errors import RefusedError
from strangler.ladder import Ladder, Position, Standing
from strangler.plan import Stage
from strangler.plans import load

from .test_plan import ENVIRONMENT, quiet

LADDER = Ladder(load("catalog", environ=ENVIRONMENT))
POSITIONS = st.sampled_from(LADDER.positions)
NAMES = ["monolith", "shadow", "canary-5", "canary-25", "canary-50", "canary-100", "cutover"]


def at(name: str, towards: str | None = None) -> Standing:
    return Standing(position=LADDER.named(name), towards=LADDER.named(towards) if towards else None)


def test_the_ladder_of_the_catalog_is_as_documented() -> None:
    assert [position.name for position in LADDER.positions] == NAMES


def test_without_a_gateway_there_is_nothing_between_shadow_and_cutover(tmp_path: Path) -> None:
    ladder = Ladder(quiet(tmp_path))
    assert [position.name for position in ladder.positions] == ["monolith", "shadow", "cutover"]
    there = ladder.route(Standing(position=ladder.positions[0]), ladder.named("cutover"))
    assert not any(move.is_routed for move in there)


def test_only_cutover_belongs_to_the_service() -> None:
    assert [p.name for p in LADDER.positions if p.owner == "service"] == ["cutover"]


def test_a_row_of_the_seam_names_its_position() -> None:
    assert LADDER.at("canary", 25) == Position(stage=Stage.CANARY, weight=25)
    assert LADDER.at("cutover", 100).name == "cutover"


def test_a_weight_that_the_plan_does_not_have_is_refused() -> None:
    with pytest.raises(RefusedError, match="no position 'canary-7'; there are: monolith"):
        LADDER.at("canary", 7)


@given(POSITIONS, POSITIONS)
def test_a_route_is_a_chain_of_neighbors_that_ends_at_the_goal(a: Position, b: Position) -> None:
    moves = LADDER.route(Standing(position=a), b)
    visited = [a, *(move.goal for move in moves)]
    assert visited[-1] == b
    assert [move.origin for move in moves] == visited[:-1]
    places = [LADDER.positions.index(position) for position in visited]
    assert all(abs(x - y) == 1 for x, y in itertools.pairwise(places))


@given(POSITIONS, POSITIONS)
def test_only_moves_that_touch_cutover_change_the_owner(a: Position, b: Position) -> None:
    for move in LADDER.route(Standing(position=a), b):
        assert move.changes_owner == (Stage.CUTOVER in {move.origin.stage, move.goal.stage})


@pytest.mark.parametrize("between", [("canary-100", "cutover"), ("cutover", "canary-100")])
def test_between_two_positions_both_ends_can_be_reached_by_a_move_already_begun(
    between: tuple[str, str],
) -> None:
    forward = LADDER.route(at(*between), LADDER.named("cutover"))
    assert [(m.origin.name, m.goal.name, m.begun) for m in forward] == [
        ("canary-100", "cutover", True)
    ]
    back = LADDER.route(at(*between), LADDER.named("canary-50"))
    assert [(m.goal.name, m.begun) for m in back] == [("canary-100", True), ("canary-50", False)]


def test_the_ends_of_the_ladder_have_no_further_neighbor() -> None:
    with pytest.raises(RefusedError, match="its last position"):
        LADDER.neighbor(at("cutover"), forward=True)
    with pytest.raises(RefusedError, match="its first position"):
        LADDER.neighbor(at("monolith"), forward=False)
    assert LADDER.neighbor(at("shadow", "canary-5"), forward=False).name == "shadow"
