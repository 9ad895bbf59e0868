"""What some runs say about the next."""

import numpy as np
import pytest

from loadtests.compare.spread import estimate, ratio, share


def test_a_median_lies_in_its_interval() -> None:
    found = estimate([10, 12, 11, 30, 9])
    assert found is not None
    assert found.median == 11
    assert found.low is not None
    assert found.high is not None
    assert 9 <= found.low <= 11 <= found.high <= 30


def test_more_runs_of_the_same_spread_leave_less_open() -> None:
    few, many = estimate([8.0, 9.0, 10.0, 11.0, 12.0]), estimate([8.0, 9.0, 10.0, 11.0, 12.0] * 8)
    assert few is not None
    assert many is not None
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert many.high - many.low < few.high - few.low


def test_one_run_has_no_interval_and_none_has_nothing() -> None:
    alone = estimate([7.0])
    assert alone is not None
    assert (alone.median, alone.low, alone.high) == (7.0, None, None)
    assert alone.is_apart_from_one is None
    assert estimate([]) is None


def test_runs_that_agree_leave_nothing_open() -> None:
    found = ratio([4.0, 4.0], [2.0, 2.0])
    assert found is not None
    assert (found.median, found.low, found.high) == (2.0, 2.0, 2.0)


@pytest.mark.parametrize(
    ("after", "before", "is_apart"),
    [
        ([20, 21, 22, 20, 21], [10, 11, 10, 12, 11], True),
        ([10, 12, 9, 11, 10], [9, 11, 10, 12, 9], False),
        # As far apart as can be, and too few on one side.
        ([20, 21, 22, 20], [10, 11, 10, 12, 11], None),
        ([20, 21, 22, 20, 21], [10, 11], None),
    ],
)
def test_a_ratio_is_apart_from_one_only_when_all_of_its_interval_is(
    after: list[float], before: list[float], is_apart: bool | None
) -> None:
    found = ratio(after, before)
    assert found is not None
    assert found.is_apart_from_one is is_apart


def test_five_runs_of_each_seldom_tell_apart_what_is_alike() -> None:
    """That is what 95 % means; of three runs each it would be one in eight."""
    draws, trials = np.random.default_rng(7), 150
    found = [
        ratio(*(draws.lognormal(sigma=0.2, size=5).tolist() for _ in ("after", "before")))
        for _ in range(trials)
    ]
    assert {one.is_apart_from_one for one in found if one} == {True, False}
    assert sum(one.is_apart_from_one is True for one in found if one) / trials <= 0.08


def test_nothing_to_divide_by_is_no_ratio() -> None:
    assert ratio([1.0], [0.0]) is None
    assert ratio([], [1.0]) is None


def test_the_same_runs_give_the_same_interval() -> None:
    assert estimate([3, 1, 4, 1, 5]) == estimate([3, 1, 4, 1, 5])


def test_none_of_few_may_yet_be_some_of_many() -> None:
    few, many = share(0, 100, runs=5), share(0, 100_000, runs=5)
    assert few is not None
    assert many is not None
    assert few.median == many.median == 0
    assert few.high is not None
    assert many.high is not None
    assert few.high > 0.03
    assert many.high < 0.001
    assert share(0, 0, runs=5) is None
