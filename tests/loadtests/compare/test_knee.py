"""Where a system stops to keep up."""

from collections.abc import Sequence

import pytest

from loadtests.compare.knee import LevelResult, complaint, doubt, knee_of, next_rate
from loadtests.compare.levels import Tried, result_of
from tests.loadtests.compare.made_up import LIMITS, SECONDS, level, request, visit


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({}, None),
        ({"p95_ms": 500}, None),
        ({"p95_ms": 501}, "p95 was 501 ms"),
        ({"achieved": 0.98}, None),
        ({"achieved": 0.979}, "97.9% of the visits were done in time"),
        ({"failed": 1}, None),
        ({"failed": 2}, "2 of 1000 requests failed"),
        ({"failed": 1, "requests": 10}, None),
        ({"requests": 0}, "0 of 0 requests failed"),
    ],
)
def test_a_level_is_carried_or_the_first_thing_that_was_too_much_is_named(
    other: dict[str, float], said: str | None
) -> None:
    assert complaint(level(10, **other), LIMITS) == said


def test_the_knee_is_the_highest_level_below_the_lowest_that_was_too_much() -> None:
    levels = [level(10), level(20), level(40, p95_ms=900), level(80)]
    knee = knee_of(levels, LIMITS)
    assert knee is not None
    assert knee.level.rate == 20
    assert not knee.is_open
    assert knee.why == "at 40/s p95 was 900 ms"


def test_a_system_that_carries_everything_has_an_open_knee() -> None:
    knee = knee_of([level(10), level(20)], LIMITS)
    assert knee is not None
    assert (knee.level.rate, knee.is_open, knee.why) == (20, True, "")


def test_a_system_that_carries_nothing_has_none() -> None:
    assert knee_of([level(10, failed=500)], LIMITS) is None


@pytest.mark.parametrize(
    "late",
    [
        {"p95_ms": 80, "late_p99_ms": 51},
        # Without the lateness nobody may have waited too long.
        {"p95_ms": 9_000, "late_p99_ms": 8_500},
        {"p95_ms": 9_000, "share_of_a_core": 0.81},
    ],
)
def test_a_level_at_which_the_generator_was_the_limit_says_nothing(late: dict[str, float]) -> None:
    unsure = level(40, **late)
    assert doubt(unsure, LIMITS)
    knee = knee_of([level(10), level(20), unsure], LIMITS)
    assert knee is not None
    # Not too much for the system, as far as anybody knows: the knee is open.
    assert (knee.level.rate, knee.is_open) == (20, True)


def test_a_system_that_is_slow_beside_all_lateness_was_the_limit_itself() -> None:
    slow = level(40, p95_ms=2_700, late_p99_ms=78)
    assert doubt(slow, LIMITS) is None
    knee = knee_of([level(10), level(20), slow], LIMITS)
    assert knee is not None
    assert (knee.level.rate, knee.is_open) == (20, False)


def ladder_of(
    capacity: float, *, refinements: int, rates: Sequence[float] = (10, 20, 40, 80)
) -> list[float]:
    """Which levels are tried with a system that carries just so much."""
    tried: list[LevelResult] = []
    while True:
        rate = next_rate(tried, rates=rates, refinements=refinements, limits=LIMITS)
        if rate is None:
            return [one.rate for one in tried]
        assert rate not in {one.rate for one in tried}, "a level is tried again, and so for ever"
        tried.append(level(rate, p95_ms=80 if rate <= capacity else 2_000))


def test_levels_rise_until_one_is_too_much_and_then_close_in() -> None:
    assert ladder_of(25, refinements=0) == [10, 20, 40]
    assert ladder_of(25, refinements=2) == [10, 20, 40, 28.3, 23.8]
    assert ladder_of(35, refinements=2) == [10, 20, 40, 28.3, 33.6]


def test_who_carries_all_levels_or_none_is_not_asked_for_more() -> None:
    assert ladder_of(1_000, refinements=2) == [10, 20, 40, 80]
    assert ladder_of(1, refinements=2) == [10]


@pytest.mark.parametrize(
    ("rates", "capacity", "refinements", "tried"),
    [
        ((1, 1.4, 2), 1.0, 3, [1, 1.4, 1.2, 1.1]),
        ((0.5, 0.7, 1), 0.5, 2, [0.5, 0.7, 0.6]),
        # Between these two there is nothing, and half of their ratio rounds to nobody at all.
        ((0.04, 0.05), 0.04, 2, [0.04, 0.05]),
    ],
)
def test_where_rates_can_be_told_apart_no_longer_closing_in_ends(
    rates: tuple[float, ...], capacity: float, refinements: int, tried: list[float]
) -> None:
    assert ladder_of(capacity, refinements=refinements, rates=rates) == tried


TRIED = Tried(level=0, rate=10, seconds=SECONDS, share_of_a_core=0.3)


def test_a_visit_that_ends_too_late_after_the_level_was_not_done_in_time() -> None:
    visits = [visit(n) for n in range(99)] + [visit(99, due_s=9.9, done_s=10.51)]
    found = result_of(TRIED, visits, [request(n) for n in range(100)], limits=LIMITS)
    assert found.achieved == 0.99
    assert found.throughput == pytest.approx(9.9)


def test_percentiles_are_those_of_all_requests_and_failures_are_counted() -> None:
    requests = [request(n, latency_ms=float(n), ok=n != 7) for n in range(1, 101)]
    found = result_of(TRIED, [visit(n) for n in range(1, 101)], requests, limits=LIMITS)
    assert (found.p50_ms, found.p95_ms, found.p99_ms) == (50, 95, 99)
    assert (found.failed, found.requests) == (1, 100)


def test_nobody_came_is_nothing_carried() -> None:
    assert complaint(result_of(TRIED, [], [], limits=LIMITS), LIMITS)
