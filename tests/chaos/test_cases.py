"""The matrix has every victim in every step, and cases can be chosen from it."""

import pytest

from chaos.cases import DIRECTIONS, WHOLE, Direction, chosen, own_victims, steps_of, victims_of
from demo.seams import SEAMS
from stack import profile as profiles
from stack import table
from stack.profile import Kind
from strangler.journal import HAND_OVER
from tests.chaos.seen import CASES, PLANS


def test_one_seam_meets_every_victim_in_every_step_forward_and_back() -> None:
    met = {(case.direction, case.step, case.victim) for case in CASES if case.seam == WHOLE}
    assert met == {
        (direction, step, victim)
        for direction in DIRECTIONS
        for step in steps_of(PLANS[WHOLE], direction)
        for victim in victims_of(WHOLE)
    }
    assert len(met) > 150


def test_every_seam_loses_each_process_of_its_service_while_the_writes_change_sides() -> None:
    for seam in SEAMS:
        for direction in DIRECTIONS:
            met = {
                case.victim
                for case in CASES
                if (case.seam, case.direction, case.step) == (seam, direction, HAND_OVER)
            }
            assert met >= {"coordinator", *own_victims(seam)}


def test_every_victim_is_a_program_of_the_stack_or_a_part_of_one() -> None:
    programs = {program.name for program in table.everything(profiles.load(Kind.CHAOS))}
    victims = {case.victim for case in CASES} - {"coordinator"}
    assert victims - programs == {"gunicorn-master", "gunicorn-worker", "postgresql"}


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_database_of_either_side_dies_alone_in_every_step(direction: Direction) -> None:
    met = {
        (case.step, case.victim)
        for case in CASES
        if (case.seam, case.direction) == (WHOLE, direction)
    }
    assert met > {
        (step, f"{side}-postgresql")
        for step in steps_of(PLANS[WHOLE], direction)
        for side in ("monolith", WHOLE)
    }


@pytest.mark.parametrize("seam", SEAMS)
def test_the_database_of_either_side_dies_alone_while_the_writes_change_sides(seam: str) -> None:
    dead = {
        (case.direction, case.victim)
        for case in CASES
        if (case.seam, case.step) == (seam, HAND_OVER)
    }
    assert dead > {
        (direction, f"{side}-postgresql") for direction in DIRECTIONS for side in ("monolith", seam)
    }


def test_cases_go_there_and_back_by_turns() -> None:
    directions = [case.direction for case in CASES if case.victim == "coordinator"][:12]
    assert directions == ["forward", "back"] * 6


def test_no_case_is_there_twice() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_wishes_narrow_the_matrix() -> None:
    found = chosen(CASES, seams=["catalog"], victims=["rabbitmq"], steps=["hand over"])
    assert {(case.direction, case.step, case.victim) for case in found} == {
        (direction, HAND_OVER, "rabbitmq") for direction in DIRECTIONS
    }
    assert chosen(CASES) == CASES
    assert chosen(CASES, directions=["back"], seams=["orders"], steps=["no such step"]) == ()


def test_a_sample_is_the_same_for_the_same_seed_and_keeps_the_order() -> None:
    once, again = (chosen(CASES, sample=10, seed=3) for _ in range(2))
    assert once == again
    assert len(once) == 10
    assert list(once) == [case for case in CASES if case in once]
    assert chosen(CASES, sample=10, seed=4) != once
    assert chosen(CASES, sample=10_000) == CASES


def test_what_lasts_a_few_milliseconds_is_held() -> None:
    brief = {case.step for case in CASES if case.is_brief}
    assert "place the seam at cutover" in brief
    assert HAND_OVER not in brief
