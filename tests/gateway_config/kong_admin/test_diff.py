"""The diff is pure: two states in, changes in a safe order out."""

import pytest

from kong_admin import (
    HELD_WEIGHT_TAG,
    Change,
    Entity,
    Plugin,
    Reference,
    Route,
    Service,
    State,
    Target,
    UnsafeWeightsError,
    Upstream,
    diff,
)

OURS = ("strangler-reference",)
U = Upstream(name="u", tags=OURS)
S = Service(name="s", host="u", tags=OURS)
R = Route(name="r", service=Reference(name="s"), paths=("/r",), tags=OURS)
P = Plugin(name="prometheus", service=Reference(name="s"), tags=OURS)


def target(address: str, weight: int, *tags: str) -> Target:
    return Target(upstream=Reference(name="u"), target=address, weight=weight, tags=OURS + tags)


def words(changes: tuple[Change, ...]) -> list[str]:
    return [str(change) for change in changes]


def test_equal_states_have_no_difference() -> None:
    state = State(upstreams=(U,), targets=(target("a:1", 1),), services=(S,), routes=(R,))
    assert diff(desired=state, live=state) == ()


def test_creates_run_from_upstreams_to_plugins_and_deletes_back() -> None:
    state = State(
        upstreams=(U,), targets=(target("a:1", 1),), services=(S,), routes=(R,), plugins=(P,)
    )
    created = words(diff(desired=state, live=State()))
    assert created == [
        "create upstream u",
        "create target u a:1",
        "create service s",
        "create plugin prometheus service s",
        "create route r",
    ]
    deleted = words(diff(desired=State(), live=state))
    assert deleted == [line.replace("create", "delete") for line in reversed(created)]


def test_a_target_leaves_after_everything_else() -> None:
    before = State(upstreams=(U,), targets=(target("a:1", 1),))
    after = State(upstreams=(U,), targets=(target("b:1", 1),), services=(S,))
    assert words(diff(desired=after, live=before)) == [
        "create target u b:1",
        "create service s",
        "delete target u a:1",
    ]


def test_weights_are_raised_before_others_are_lowered() -> None:
    before = State(upstreams=(U,), targets=(target("a:1", 9), target("b:1", 0)))
    after = State(upstreams=(U,), targets=(target("a:1", 0), target("b:1", 9)))
    assert words(diff(desired=after, live=before)) == ["update target u b:1", "update target u a:1"]


def test_the_catch_all_route_comes_last() -> None:
    everything = R.model_copy(update={"name": "all", "paths": ("/",)})
    changes = diff(desired=State(routes=(everything, R)), live=State())
    assert words(changes) == ["create route r", "create route all"]


def test_a_held_weight_stays_as_it_is_live() -> None:
    before = State(upstreams=(U,), targets=(target("a:1", 30, HELD_WEIGHT_TAG),))
    after = State(upstreams=(U,), targets=(target("a:1", 100, HELD_WEIGHT_TAG),))
    assert diff(desired=after, live=before) == ()


def test_a_held_weight_starts_as_declared() -> None:
    after = State(upstreams=(U,), targets=(target("a:1", 100, HELD_WEIGHT_TAG),))
    (change,) = diff(desired=after, live=State(upstreams=(U,)))
    assert isinstance(change.entity, Target)
    assert change.entity.weight == 100


@pytest.mark.parametrize(
    ("live", "begins_with"),
    [
        ((target("b:1", 100, HELD_WEIGHT_TAG),), 0),
        ((Target(upstream=Reference(name="u"), target="x:1", weight=5),), 0),
        ((target("b:1", 0, HELD_WEIGHT_TAG),), 100),
        ((target("old:1", 100, HELD_WEIGHT_TAG),), 100),
        ((target("old:1", 190, HELD_WEIGHT_TAG), target("b:1", 10, HELD_WEIGHT_TAG)), 100),
    ],
    ids=[
        "a sibling carries",
        "somebody else's carries",
        "nobody carries",
        "who carries leaves",
        "who carries most leaves",
    ],
)
def test_a_held_weight_that_comes_back_waits_to_be_given_some(
    live: tuple[Target, ...], begins_with: int
) -> None:
    """As the target of a monolith that has retired, and whose files still name it."""
    after = State(
        upstreams=(U,),
        targets=(target("a:1", 100, HELD_WEIGHT_TAG), target("b:1", 0, HELD_WEIGHT_TAG)),
    )
    changes = diff(desired=after, live=State(upstreams=(U,), targets=live))
    made = {
        change.entity.target: change.entity.weight
        for change in changes
        if change.verb == "create" and isinstance(change.entity, Target)
    }
    assert made["a:1"] == begins_with
    assert made.get("b:1", 0) == 0


@pytest.mark.parametrize(
    "foreign", [U.model_copy(update={"tags": ()}), U.model_copy(update={"tags": ("x",)})]
)
def test_what_does_not_carry_the_tag_is_never_deleted(foreign: Upstream) -> None:
    assert diff(desired=State(), live=State(upstreams=(foreign,))) == ()


def test_what_others_made_under_our_name_gets_our_tag() -> None:
    (change,) = diff(
        desired=State(services=(S,)), live=State(services=(S.model_copy(update={"tags": ()}),))
    )
    assert [difference.field for difference in change.differences] == ["tags"]


def test_only_the_fields_that_differ_are_named() -> None:
    live = S.model_copy(update={"retries": 1, "id": "x"})
    (change,) = diff(desired=State(services=(S,)), live=State(services=(live,)))
    (difference,) = change.differences
    assert (difference.field, difference.desired, difference.live) == ("retries", 5, 1)


@pytest.mark.parametrize(
    ("desired", "live"),
    [
        (U, Upstream.from_json({"name": "u", "tags": [*OURS], "healthchecks": {"threshold": 0}})),
        (
            P.model_copy(update={"config": {"per_consumer": False}}),
            P.model_copy(update={"config": {"per_consumer": False, "wasm_metrics": False}}),
        ),
        (
            R.model_copy(update={"methods": ("GET", "HEAD")}),
            R.model_copy(update={"methods": ("HEAD", "GET")}),
        ),
        (R, R.model_copy(update={"service": Reference(id="1", name="s")})),
        (S, Service.from_json({"name": "s", "host": "u", "tags": [*OURS], "tls_verify": None})),
    ],
)
def test_what_kong_fills_in_is_no_difference(desired: Entity, live: Entity) -> None:
    assert desired.differences(live) == ()


def test_an_upstream_that_would_have_no_weight_is_refused() -> None:
    before = State(upstreams=(U,), targets=(target("a:1", 1),))
    with pytest.raises(UnsafeWeightsError, match="upstream u"):
        diff(desired=State(upstreams=(U,), targets=(target("a:1", 0),)), live=before)


def test_the_weight_of_a_foreign_target_counts() -> None:
    foreign = target("f:1", 5).model_copy(update={"tags": ()})
    after = State(upstreams=(U,), targets=(target("a:1", 0),))
    assert words(diff(desired=after, live=State(upstreams=(U,), targets=(foreign,)))) == [
        "create target u a:1"
    ]
