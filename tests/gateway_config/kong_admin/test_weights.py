"""Weights move without a moment in which nobody gets any traffic."""

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kong_admin import (
    KongAdmin,
    NotAppliedError,
    Reference,
    Target,
    UnsafeWeightsError,
    UnusableInputError,
    plan_weights,
    read_weights,
    set_weights,
)
from tests.gateway_config.kong_admin.fake_kong import FakeKong

OLD, NEW, OTHER = "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"


@pytest.fixture(autouse=True)
def upstream(kong: FakeKong) -> None:
    kong.add("/upstreams", {"name": "catalog-read"})
    for target, weight in ((OLD, 100), (NEW, 0), (OTHER, 0)):
        kong.add("/upstreams/catalog-read/targets", {"target": target, "weight": weight})
    kong.lowest_sum.clear()
    kong.calls.clear()


def test_a_swap_raises_before_it_lowers(admin: KongAdmin, kong: FakeKong) -> None:
    changes = set_weights(admin, "catalog-read", {OLD: 0, NEW: 50, OTHER: 50})
    assert [change.target for change in changes] == [NEW, OTHER, OLD]
    assert kong.weights("catalog-read") == {OLD: 0, NEW: 50, OTHER: 50}
    assert kong.lowest_sum["catalog-read"] >= 100


def test_a_second_time_nothing_is_written(admin: KongAdmin, kong: FakeKong) -> None:
    set_weights(admin, "catalog-read", {OLD: 95, NEW: 5})
    kong.calls.clear()
    assert set_weights(admin, "catalog-read", {OLD: 95, NEW: 5}) == ()
    assert kong.writes == []


def test_targets_that_are_not_mentioned_keep_their_weight(admin: KongAdmin) -> None:
    set_weights(admin, "catalog-read", {NEW: 5})
    assert read_weights(admin, "catalog-read") == {OLD: 100, NEW: 5, OTHER: 0}


def test_a_dry_run_changes_nothing(admin: KongAdmin, kong: FakeKong) -> None:
    assert len(set_weights(admin, "catalog-read", {NEW: 5}, dry_run=True)) == 1
    assert kong.writes == []


@pytest.mark.parametrize("wanted", [{OLD: 0}, {OLD: 0, NEW: 0, OTHER: 0}])
def test_all_zero_is_refused_before_anything_is_sent(
    admin: KongAdmin, kong: FakeKong, wanted: dict[str, int]
) -> None:
    with pytest.raises(UnsafeWeightsError, match="all weights would be 0"):
        set_weights(admin, "catalog-read", wanted)
    assert kong.writes == []


@pytest.mark.parametrize("weight", [-1, 65536, 1.5, "7", True, None])
def test_what_is_no_weight_is_refused(admin: KongAdmin, weight: int) -> None:
    with pytest.raises(UnusableInputError, match="whole number"):
        set_weights(admin, "catalog-read", {NEW: weight})


def test_an_unknown_target_is_named_with_those_that_exist(admin: KongAdmin) -> None:
    with pytest.raises(UnusableInputError, match=r"no target 10.0.0.1:8000 .*127.0.0.1:1"):
        set_weights(admin, "catalog-read", {"10.0.0.1": 5})


def test_a_weight_patch_is_repeated_after_a_lost_answer(admin: KongAdmin, kong: FakeKong) -> None:
    lost = iter([True])

    def outage(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PATCH" and next(lost, False):
            raise httpx.ReadTimeout("lost")
        return None

    kong.outage = outage
    set_weights(admin, "catalog-read", {NEW: 5})
    assert kong.weights("catalog-read")[NEW] == 5


def test_a_weight_that_does_not_stay_is_an_error(admin: KongAdmin, kong: FakeKong) -> None:
    def somebody_else(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PATCH":
            return httpx.Response(200, json=next(iter(kong.stored["targets"].values())))
        return None

    kong.outage = somebody_else
    with pytest.raises(NotAppliedError, match="someone else"):
        set_weights(admin, "catalog-read", {NEW: 5})


weights = st.lists(st.integers(0, 3), min_size=3, max_size=3)


@given(before=weights, after=weights)
def test_from_any_split_to_any_other_somebody_always_has_weight(
    before: list[int], after: list[int]
) -> None:
    assume(any(before) and any(after))
    names = [OLD, NEW, OTHER]
    now = dict(zip(names, before, strict=True))
    goal = dict(zip(names, after, strict=True))
    live = [Target(upstream=Reference(name="u"), target=name, weight=now[name]) for name in names]
    for change in plan_weights("u", live=live, wanted=goal):
        now[change.target] = change.after
        assert sum(now.values()) > 0
    assert now == goal
