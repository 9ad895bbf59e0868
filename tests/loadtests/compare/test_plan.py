"""What is measured, and in which order."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from click.testing import CliRunner

from loadtests.compare.__main__ import main
from loadtests.compare.errors import CompareError
from loadtests.compare.plan import ladder
from loadtests.compare.schedule import Dish, visits
from loadtests.compare.subjects import Subject, pair
from tests.loadtests.compare.made_up import header


@pytest.mark.parametrize(
    ("runs", "order"),
    [
        (1, [("monolith", (1,)), ("cutover", (2,))]),
        (2, [("monolith", (1,)), ("cutover", (2, 3)), ("monolith", (4,))]),
        (3, [("monolith", (1,)), ("cutover", (2, 3)), ("monolith", (4, 5)), ("cutover", (6,))]),
    ],
)
def test_subjects_take_turns_and_nobody_always_comes_first(
    runs: int, order: list[tuple[str, tuple[int, ...]]]
) -> None:
    sittings = header(runs=runs).plan.sittings
    assert [(sitting.subject.name, sitting.runs) for sitting in sittings] == order


def test_two_of_the_same_name_stay_two() -> None:
    plan = header().plan
    assert plan.names == {"before": "monolith", "after": "cutover"}
    same = replace(plan, after=replace(plan.before, role="after"))
    assert same.names == {"before": "before: monolith", "after": "after: monolith"}
    assert len(same.sittings) == 3


def test_rates_rise_by_the_same_factor() -> None:
    assert ladder(lowest=20, factor=1.4, levels=4) == (20, 28, 39, 55)
    assert all(low < high for low, high in pairwise(ladder(lowest=0.5, factor=1.3, levels=9)))


def test_a_revision_is_measured_where_its_stage_ends_unless_somebody_says_otherwise() -> None:
    assert Subject.of("v1/06-orders", role="after").position == "cutover"
    assert Subject.of("HEAD:monolith", role="before").position == "monolith"
    assert Subject.of("monolith", role="before").revision is None


@pytest.mark.parametrize("text", ["HEAD:canary-5", ":monolith", "HEAD:"])
def test_what_is_neither_a_position_nor_a_revision_is_refused(text: str) -> None:
    with pytest.raises(CompareError, match="neither a position"):
        Subject.of(text, role="before")


def test_a_position_is_not_compared_with_a_revision() -> None:
    with pytest.raises(CompareError, match="two positions of this tree, or two revisions"):
        pair("monolith", "v1/06-orders")


MENU = (
    Dish(journey="Browser", task="search", weight=3),
    Dish(journey="Buyer", task="place_an_order", weight=1),
)


def test_visits_come_as_often_as_wanted_and_by_chance() -> None:
    drawn = list(visits(MENU, rate=50, seconds=100, seed=1))
    assert len(drawn) == pytest.approx(5_000, rel=0.05)
    gaps = [later.due_s - sooner.due_s for sooner, later in pairwise(drawn)]
    assert min(gaps) >= 0
    # As many short gaps as a Poisson process has: 63 % below the mean. An even beat has none or all.
    assert sum(gap < 1 / 50 for gap in gaps) / len(gaps) == pytest.approx(0.63, abs=0.03)
    assert sum(one.journey == "Browser" for one in drawn) / len(drawn) == pytest.approx(
        0.75, abs=0.03
    )


def test_both_sides_get_the_same_visits() -> None:
    assert list(visits(MENU, rate=50, seconds=5, seed=1)) == list(
        visits(MENU, rate=50, seconds=5, seed=1)
    )
    assert list(visits(MENU, rate=50, seconds=5, seed=1)) != list(
        visits(MENU, rate=50, seconds=5, seed=2)
    )


def test_a_dry_run_says_what_would_be_done_and_does_nothing() -> None:
    done = CliRunner().invoke(main, ["monolith", "cutover", "--fast", "--dry-run"])
    assert done.exit_code == 0
    assert "sitting 2: cutover, run 2" in done.output
    assert "at most" in done.output


def test_a_revision_means_what_it_meant_when_the_comparison_began() -> None:
    done = CliRunner().invoke(main, ["HEAD:monolith", "HEAD", "--dry-run", "--json"])
    plan = json.loads(done.output)["plan"]
    assert len(plan["before"]["commit"]) == 40
    assert plan["before"]["commit"] == plan["after"]["commit"]
    assert (plan["before"]["position"], plan["after"]["position"]) == ("monolith", "cutover")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "what is to be compared?"),
        (["monolith"], "what is to be compared?"),
        (["monolith", "HEAD", "--dry-run"], "compare two positions of this tree"),
        (["HEAD", "no-such-tag", "--dry-run"], "there is no revision 'no-such-tag' here"),
        (["monolith", "cutover", "--factor", "1", "--dry-run"], "levels must rise"),
        (["monolith", "cutover", "--runs", "0", "--dry-run"], "'--runs': 0 is not in the range"),
        (["monolith", "monolith", "--dry-run"], "'monolith' twice: there is nothing to compare"),
        (["--again", "/nowhere"], "holds no results of a comparison"),
    ],
)
def test_bad_input_is_one_line_and_code_two(words: list[str], said: str) -> None:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output
