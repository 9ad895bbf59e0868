"""The judgment over two samples: what is worse goes back, what may be chance waits, and no guess."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.analysis import Advice, Judgment, Sample, judge, percentile
from strangler.criteria import Criteria
from strangler.plans import load

from .test_plan import ENVIRONMENT

PLAN = load("catalog", environ=ENVIRONMENT)
assert PLAN.analysis
CRITERIA: Criteria = PLAN.analysis


def sample(
    requests: int = 200, *, failures: int = 0, median_ms: float = 20, seed: int = 1
) -> Sample:
    """Latencies as they are: most near the median, some far above it, whole milliseconds."""
    chance = random.Random(seed)
    latencies = (
        round(median_ms * chance.lognormvariate(0, 0.7)) for _ in range(requests - failures)
    )
    return Sample(requests=requests, failures=failures, latencies_ms=tuple(latencies))


def judged(*, canary: Sample, baseline: Sample | None = None, **changed: Any) -> Judgment:
    return judge(
        baseline=baseline or sample(seed=2),
        canary=canary,
        criteria=CRITERIA.model_copy(update=changed),
    )


def test_two_sides_that_do_the_same_are_promoted_with_the_numbers() -> None:
    judgment = judged(canary=sample())
    assert judgment.advice is Advice.PROMOTE
    assert "errors 0.0% of 200 against 0.0% of 200, within 1.0% and 2 times" in judgment.because
    assert judgment.chances == {}
    document = judgment.to_json()
    assert document["advice"] == "promote"
    assert document["canary"]["requests"] == 200


def test_a_canary_that_fails_goes_back() -> None:
    judgment = judged(canary=sample(failures=20))
    assert judgment.advice is Advice.ROLLBACK
    assert "errors 10.0% of 200 against 0.0% of 200, beyond" in judgment.because
    assert judgment.chances["errors"] < 1e-5


def test_a_canary_that_is_slow_goes_back() -> None:
    judgment = judged(canary=sample(median_ms=200))
    assert judgment.advice is Advice.ROLLBACK
    assert judgment.chances.keys() == {"p95"}


def test_a_canary_that_always_fails_goes_back_without_any_latency() -> None:
    judgment = judged(canary=sample(50, failures=50))
    assert judgment.advice is Advice.ROLLBACK
    assert judgment.canary.p95_ms is None


def test_more_failures_than_allowed_that_may_be_chance_wait() -> None:
    # 2 of 50 against 1 of 200: beyond both halves of the limit, and likely enough by chance.
    judgment = judged(canary=sample(50, failures=2), baseline=sample(failures=1))
    assert judgment.advice is Advice.HOLD
    assert judgment.chances["errors"] > CRITERIA.significance


def test_a_slow_tail_that_moves_no_ranks_waits() -> None:
    canary = sample()
    slow = (*sorted(canary.latencies_ms)[:-15], *[900] * 15)
    assert judged(canary=replace(canary, latencies_ms=slow)).advice is Advice.HOLD


@pytest.mark.parametrize(
    ("baseline_ms", "canary_ms"),
    # Ten times, yet only some milliseconds; much, yet not 1.5 times.
    [(1, 10), (1000, 1200)],
)
def test_half_a_limit_is_none(baseline_ms: float, canary_ms: float) -> None:
    judgment = judged(
        canary=sample(median_ms=canary_ms, seed=3), baseline=sample(median_ms=baseline_ms, seed=3)
    )
    assert judgment.advice is Advice.PROMOTE


@pytest.mark.parametrize(("requests", "side"), [((10, 200), "monolith"), ((200, 10), "service")])
def test_too_few_requests_are_no_reason_for_anything(requests: tuple[int, int], side: str) -> None:
    judgment = judged(baseline=sample(requests[0]), canary=sample(requests[1], failures=10))
    assert judgment.advice is Advice.NOT_ENOUGH
    assert f"the {side} answered 10 requests, 50 of each side are needed" in judgment.because


def test_nothing_can_be_said_while_nothing_of_the_baseline_works() -> None:
    judgment = judged(baseline=sample(failures=200), canary=sample())
    assert judgment.advice is Advice.NOT_ENOUGH
    assert "no latency to compare" in judgment.because


def test_two_sides_with_the_same_distribution_rarely_part() -> None:
    """Without limits only chance decides: no more often than the significance allows."""
    chance, wrong, rounds = random.Random(7), 0, 600
    for _ in range(rounds):
        sides = []
        for size in (400, 80):
            failures = sum(chance.random() < 0.05 for _ in range(size))
            sides.append(sample(size, failures=failures, seed=chance.getrandbits(32)))
        strict = {"error_ratio": 0.0, "error_ratio_times": 1, "p95_ms": 0.0, "p95_times": 1}
        advice = judged(baseline=sides[0], canary=sides[1], significance=0.05, **strict).advice
        wrong += advice is Advice.ROLLBACK
    # Two tests at 5 % each; of 600 rounds three standard deviations above that are 86.
    assert wrong <= 86
    # And the tests do look: one that never fires would pass the line above.
    assert wrong > 0


@given(
    counts=st.tuples(*[st.integers(0, 300)] * 4).map(
        lambda c: ((c[0], min(c[0], c[1])), (c[2], min(c[2], c[3])))
    ),
    slow=st.floats(1, 1000),
)
def test_whatever_was_seen_the_advice_follows_from_its_own_numbers(
    counts: tuple[tuple[int, int], tuple[int, int]], slow: float
) -> None:
    baseline, canary = (sample(n, failures=failures) for n, failures in counts)
    scaled = tuple(latency * slow for latency in canary.latencies_ms)
    judgment = judge(
        baseline=baseline, canary=replace(canary, latencies_ms=scaled), criteria=CRITERIA
    )
    too_few = min(baseline.requests, canary.requests) < CRITERIA.minimum_requests
    chances = judgment.chances.values()
    assert all(0 <= chance <= 1 for chance in chances)
    if too_few:
        assert judgment.advice is Advice.NOT_ENOUGH
    is_surely_worse = any(chance < CRITERIA.significance for chance in chances)
    assert (judgment.advice is Advice.ROLLBACK) == is_surely_worse
    assert (judgment.advice is Advice.HOLD) == bool(chances and not is_surely_worse)
    assert "\n" not in judgment.because


@given(st.integers(50, 300), st.integers(0, 300))
def test_more_failures_of_the_canary_never_speak_for_it(requests: int, failures: int) -> None:
    failures = min(failures, requests)
    advices = [
        judged(canary=sample(requests, failures=n)).advice is Advice.ROLLBACK
        for n in range(0, failures + 1, max(1, failures // 5))
    ]
    assert advices == sorted(advices)


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_with_so_many_below_it(values: list[int], percent: int) -> None:
    found = percentile(sorted(values), percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
