"""`proof.md` says what the command finds."""

import re

import pytest

from model import proof
from model.__main__ import _watched
from model.bounds import BOUNDS, Scope
from model.mutants import MUTANTS
from model.search import Search
from model.verdicts import of_mutant, of_protocol

PROOF = proof.DOCUMENT.read_text(encoding="utf-8")
CI, DEEP, SMALL = BOUNDS["ci"], BOUNDS["deep"], BOUNDS["small"]


def row(table: str, scope: Scope) -> list[str]:
    """The cells of a world's line in a table."""
    lines = [line.strip("| ").split(" | ") for line in proof.block(PROOF, table)]
    return next(cells for cells in lines if cells[:2] == [scope.name, scope.says])


def number(cell: str) -> int:
    return int(cell.replace(",", ""))


def test_it_lists_what_is_asked_and_what_may_happen() -> None:
    assert proof.block(PROOF, "invariants") == proof.invariants()
    assert proof.block(PROOF, "actions") == proof.actions()


def test_it_lists_every_mutant_with_the_length_of_its_counterexample() -> None:
    done = [of_mutant(mutant, watch=_watched) for mutant in MUTANTS]
    assert proof.block(PROOF, "guards") == proof.guards(done)


@pytest.mark.parametrize(
    ("table", "scopes"), [("worlds-ci", CI), ("worlds-deep", DEEP), ("tlc", SMALL)]
)
def test_it_lists_the_worlds_that_are_searched_and_no_other(table: str, scopes) -> None:
    told = [line for line in proof.block(PROOF, table) if re.match(r"\| (?!world )", line)]
    assert [line.split(" | ")[:2] for line in told] == [
        [f"| {scope.name}", scope.says] for scope in scopes
    ]


def test_it_tells_the_numbers_that_are_found() -> None:
    told(CI[-1])


@pytest.mark.slow
@pytest.mark.parametrize("scope", CI[:-1], ids=lambda scope: scope.name)
def test_it_tells_all_numbers_of_make_model(scope: Scope) -> None:
    told(scope)


def told(scope: Scope) -> None:
    result = of_protocol(scope, watch=_watched).result
    cells = row("worlds-ci", scope)
    assert [number(cell) for cell in cells[2:5]] == [
        result.states,
        result.transitions,
        result.depth,
    ]


def test_tlc_has_counted_as_many_states_as_there_are() -> None:
    counted_by_tlc(SMALL[-1])


@pytest.mark.slow
@pytest.mark.parametrize("scope", SMALL[:-1], ids=lambda scope: scope.name)
def test_tlc_has_counted_as_many_states_in_every_small_world(scope: Scope) -> None:
    counted_by_tlc(scope)


def counted_by_tlc(scope: Scope) -> None:
    states = Search(scope, reduces=False, settles=False).run().states
    assert [number(cell) for cell in row("tlc", scope)[2:]] == [states, states]


def test_a_table_that_has_no_place_is_not_lost_in_silence() -> None:
    with pytest.raises(LookupError):
        proof.replaced(PROOF, "worlds-small", ["| a |"])


def test_another_table_takes_the_place_of_the_former() -> None:
    once = proof.replaced(PROOF, "tlc", ["| a |"])
    assert proof.block(once, "tlc") == ["| a |"]
    assert proof.replaced(once, "tlc", proof.block(PROOF, "tlc")) == PROOF
