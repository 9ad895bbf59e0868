"""Instances come and go, and the share of their service stays what it is, whoever else moves it."""

import os
from collections.abc import Callable
from fractions import Fraction

import pytest

from kong_admin import (
    ASIDE_TAG,
    SELF_REGISTERED_TAG,
    KongAdmin,
    Membership,
    UnsettledError,
    diff,
    drift,
    load,
    read_state,
)
from tests.gateway_config.kong_admin.declared import ENVIRON, FILES
from tests.gateway_config.kong_admin.fake_kong import FakeKong
from tests.gateway_config.kong_admin.taking_turns import Turns

READ = "catalog-read"
MONOLITH = ENVIRON["MONOLITH_TARGET"]
A, B, C = "127.0.0.1:201", "127.0.0.1:202", "127.0.0.1:203"
TARGETS = f"/upstreams/{READ}/targets"

Member = Callable[[str], Membership]

# Orders in which requests of several meet; INTERLEAVINGS asks for more.
ORDERS = range(int(os.environ.get("INTERLEAVINGS", "25")))


@pytest.fixture(autouse=True)
def upstream(kong: FakeKong) -> None:
    kong.add("/upstreams", {"name": READ})


@pytest.fixture
def member(admin: KongAdmin) -> Member:
    return lambda address: Membership(admin, upstream=READ, address=address, rest=MONOLITH)


def placed(kong: FakeKong, percent: int, *addresses: str) -> None:
    """As `strangler` leaves it, with these instances."""
    rest = (100 - percent) * max(1, len(addresses))
    kong.add(TARGETS, {"target": MONOLITH, "weight": rest})
    for address in addresses:
        body = {"target": address, "weight": percent, "tags": [SELF_REGISTERED_TAG]}
        kong.add(TARGETS, body)
    kong.calls.clear()
    kong.lowest_sum.clear()


def share(kong: FakeKong) -> Fraction:
    weights = kong.weights(READ)
    total = sum(weights.values())
    return Fraction(100 * (total - weights[MONOLITH]), total)


@pytest.mark.parametrize("percent", [0, 5, 25, 33, 100])
def test_who_joins_weighs_what_the_siblings_weigh_and_the_share_stays(
    kong: FakeKong, member: Member, percent: int
) -> None:
    placed(kong, percent, A)
    assert member(B).join() == member(C).join() == percent
    weights = kong.weights(READ)
    assert weights[A] == weights[B] == weights[C] == percent
    assert share(kong) == percent


def test_the_first_of_all_gets_nothing(kong: FakeKong, member: Member) -> None:
    placed(kong, 0)
    assert member(A).join() == 0
    assert kong.weights(READ) == {MONOLITH: 100, A: 0}


def test_who_comes_back_to_its_old_address_changes_nothing(kong: FakeKong, member: Member) -> None:
    placed(kong, 25, A, B)
    assert member(A).join() == 25
    assert kong.writes == []


def test_an_address_of_the_files_is_taken_over_with_its_weight(
    kong: FakeKong, member: Member, admin: KongAdmin
) -> None:
    kong.add(TARGETS, {"target": MONOLITH, "weight": 75})
    kong.add(TARGETS, {"target": A, "weight": 25, "tags": ["strangler-reference"]})
    assert member(A).join() == 25
    assert admin.targets(READ).get(A).tags == (SELF_REGISTERED_TAG,)


@pytest.mark.parametrize("percent", [0, 5, 25, 100])
def test_who_goes_leaves_its_share_to_the_others(
    kong: FakeKong, member: Member, percent: int
) -> None:
    placed(kong, percent, A, B, C)
    assert member(B).step_aside()
    assert kong.weights(READ)[B] == 0
    assert member(B).go()
    assert member(B).go()
    assert kong.weights(READ).keys() == {MONOLITH, A, C}
    assert share(kong) == percent


@pytest.mark.parametrize("percent", [5, 25, 100])
def test_the_last_one_keeps_its_target_which_tells_who_comes_what_the_share_is(
    kong: FakeKong, member: Member, percent: int
) -> None:
    placed(kong, percent, A)
    assert not member(A).go()
    assert kong.weights(READ)[A] == percent
    assert member(B).join() == percent
    assert member(A).go()
    assert kong.weights(READ) == {MONOLITH: 100 - percent, B: percent}


def test_who_joined_by_half_when_it_was_killed_counts_for_no_share(
    kong: FakeKong, member: Member
) -> None:
    placed(kong, 25, A)
    body = {"target": B, "weight": 0, "tags": [SELF_REGISTERED_TAG, ASIDE_TAG]}
    kong.add(TARGETS, body)
    assert member(C).join() == 25
    assert kong.weights(READ) == {MONOLITH: 150, A: 25, B: 0, C: 25}
    assert member(B).join() == 25
    assert share(kong) == 25


def test_weights_that_are_no_share_are_left_to_whoever_set_them(
    kong: FakeKong, member: Member
) -> None:
    placed(kong, 25, A)
    kong.add(TARGETS, {"target": B, "weight": 25})
    _by_hand(kong, MONOLITH, 110)
    assert member(C).join() == 25
    assert kong.weights(READ)[MONOLITH] == 110


def test_while_the_siblings_disagree_nobody_joins(kong: FakeKong, member: Member) -> None:
    placed(kong, 25, A, B)
    _by_hand(kong, A, 50)
    with pytest.raises(UnsettledError, match=r"do not weigh the same .*:201=50, .*:202=25"):
        member(C).join()
    assert kong.weights(READ)[C] == 0


def test_a_sync_neither_resets_nor_deletes_and_drift_is_silent(
    kong: FakeKong, member: Member, admin: KongAdmin
) -> None:
    desired = load([FILES], environ=ENVIRON)
    kong.add(TARGETS, {"target": ENVIRON["MONOLITH_TARGET"], "weight": 75})
    Membership(admin, upstream=READ, address=A, rest=ENVIRON["MONOLITH_TARGET"]).join()
    _by_hand(kong, A, 25)
    live = read_state(admin)
    changes = diff(desired=desired, live=live)
    assert not any(A in change.entity.label for change in changes)
    found = drift(desired=desired, live=live, node=admin.ping())
    assert not any(A in entity.label for entity in found.foreign)


@pytest.mark.parametrize("seed", ORDERS)
def test_however_three_that_come_and_one_that_goes_meet_the_share_is_kept(
    kong: FakeKong, member: Member, seed: int
) -> None:
    placed(kong, 25, A)
    Turns(kong, seed=seed).all_at_once(member(B).join, member(C).join, member("127.0.0.1:9").join)
    Turns(kong, seed=seed).all_at_once(
        member(A).go, member(B).go, member("127.0.0.1:8").join, member("127.0.0.1:9").go
    )
    weights = kong.weights(READ)
    assert weights == {MONOLITH: 150, C: 25, "127.0.0.1:8": 25}
    assert kong.lowest_sum[READ] > 0


@pytest.mark.parametrize("seed", ORDERS)
def test_of_all_that_go_at_once_at_least_one_stays_to_remember(
    kong: FakeKong, member: Member, seed: int
) -> None:
    placed(kong, 25, A, B, C)
    Turns(kong, seed=seed).all_at_once(member(A).go, member(B).go, member(C).go)
    assert share(kong) == 25
    assert kong.weights(READ).keys() > {MONOLITH}


def _by_hand(kong: FakeKong, target: str, weight: int) -> None:
    owner = next(iter(kong.stored["upstreams"]))
    found = next(
        stored
        for stored in kong.stored["targets"].values()
        if (stored["upstream"]["id"], stored["target"]) == (owner, target)
    )
    found["weight"] = weight
