"""By chance, but never what strangler would refuse for the sake of another seam."""

import random

import pytest

from chaos.moves import GONE, HOME, choose, possible, turned
from demo.seams import SEAMS
from tests.chaos.seen import PLANS

AT_HOME = dict.fromkeys(SEAMS, HOME)


def moved(positions):
    return {(order.seam, order.verb) for order in possible(positions, PLANS)}


def test_from_home_everything_advances_but_what_needs_the_others() -> None:
    assert moved(AT_HOME) == {(seam, "advance") for seam in SEAMS if seam != "orders"}


def test_what_needs_the_others_leaves_when_they_are_gone() -> None:
    assert ("orders", "advance") in moved({**dict.fromkeys(SEAMS, GONE), "orders": HOME})


def test_who_is_needed_stays_until_it_is_back() -> None:
    away = {**dict.fromkeys(SEAMS, GONE), "orders": "shadow"}
    assert moved(away) == {("orders", "advance"), ("orders", "retreat")}


def walked(chance, *, moves):
    positions, tide = dict(AT_HOME), "advance"
    for _ in range(moves):
        tide = turned(tide, positions)
        order = choose(positions, PLANS, chance, tide=tide)
        assert order in possible(positions, PLANS)
        positions[order.seam] = order.to
        yield order


@pytest.mark.parametrize("seed", range(10))
def test_a_long_run_moves_every_seam_in_both_directions(seed) -> None:
    seen = {(order.seam, order.verb) for order in walked(random.Random(seed), moves=60)}
    assert seen == {(seam, verb) for seam in SEAMS for verb in ("advance", "retreat")}


def test_the_tide_turns_at_its_ends() -> None:
    assert turned("retreat", AT_HOME) == "advance"
    assert turned("advance", dict.fromkeys(SEAMS, GONE)) == "retreat"
    assert turned("retreat", {**AT_HOME, "catalog": GONE}) == "retreat"


def test_the_same_seed_makes_the_same_moves() -> None:
    once, again = (list(walked(random.Random(7), moves=20)) for _ in range(2))
    assert once == again
