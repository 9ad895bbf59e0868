"""The checks over made-up facts: each can say no, and says why."""

from dataclasses import replace
from typing import Any

import pytest

from strangler.facts import Compared, Facts, Reconciled, SideFacts, Tried
from strangler.ladder import Ladder, Move
from strangler.plans import load
from strangler.preflight import Check, checks_of, preflight

from .test_plan import ENVIRONMENT

PLAN = load("catalog", environ=ENVIRONMENT)
ROUTES = dict.fromkeys(PLAN.limits.compared_routes, 9)
LADDER = Ladder(PLAN)


def side(mode: str, **others: Any) -> SideFacts:
    facts = SideFacts(
        mode=mode,
        epoch=1,
        capture=True,
        longest_transaction_s=0.0,
        is_relay_at_work=True,
        is_applier_at_work=True,
    )
    return replace(facts, **others)


GOOD = Facts(
    stage="canary",
    read_weight=100,
    monolith=side("OWNER"),
    service=side("REPLICA"),
    lag_messages=0,
    is_backfilled=True,
    reconciled=Reconciled(age_s=1.0, clean=True, is_of_this_stream=True),
    compared=Compared(equal=1000, routes=ROUTES),
    refused_tokens=0,
    dead_letters=0,
    way_back=Tried(age_s=1.0, is_of_this_stream=True),
    instances={"http://a": None, "http://b": None},
    reads_to_service=100.0,
    writes_to_service=0.0,
    opted_in_to_service=100.0,
)


def move(origin: str, goal: str) -> Move:
    return Move(origin=LADDER.named(origin), goal=LADDER.named(goal))


CUTOVER = move("canary-100", "cutover")


def refusals(facts: Facts, a_move: Move = CUTOVER) -> list[str]:
    return [check.name for check in preflight(facts, plan=PLAN, move=a_move) if not check.ok]


def test_good_facts_allow_the_cutover() -> None:
    assert refusals(GOOD) == []


STALE = Reconciled(age_s=9999.0, clean=True, is_of_this_stream=True)
UNCLEAN = Reconciled(age_s=1.0, clean=False, is_of_this_stream=True)
OLDER = Reconciled(age_s=1.0, clean=True, is_of_this_stream=False)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"monolith": side("RELEASED")}, "the seam and the owner agree"),
        ({"reads_to_service": 50.0}, "the gateway agrees with the seam"),
        ({"writes_to_service": 100.0}, "the gateway agrees with the seam"),
        ({"reads_to_service": None}, "the gateway agrees with the seam"),
        ({"opted_in_to_service": 0.0}, "the gateway agrees with the seam"),
        (
            {"unlike_images": ("product: only the monolith has sku",)},
            "both sides have the same contract",
        ),
        ({"proxy_trouble": "status 503"}, "requests come through the gateway"),
        ({"instances": {"http://a": "503 no database"}}, "every instance is ready"),
        (
            {"monolith": side("OWNER", is_relay_at_work=False)},
            "the stream is carried and applied",
        ),
        (
            {"service": side("REPLICA", is_applier_at_work=False)},
            "the stream is carried and applied",
        ),
        ({"service": side("REPLICA", is_relay_at_work=False)}, "the way back is open"),
        ({"monolith": side("OWNER", is_applier_at_work=False)}, "the way back is open"),
        ({"way_back": None}, "the way back was tried"),
        (
            {"way_back": Tried(age_s=301.0, is_of_this_stream=True)},
            "the way back was tried",
        ),
        (
            {"way_back": Tried(age_s=1.0, is_of_this_stream=False)},
            "the way back was tried",
        ),
        ({"dead_letters": 1}, "no dead letters lie in the stream"),
        ({"dead_letters": None}, "no dead letters lie in the stream"),
        ({"is_backfilled": False}, "history has been copied"),
        ({"lag_messages": 201}, "the other side keeps up"),
        ({"reconciled": None}, "a recent reconcile was clean"),
        ({"reconciled": STALE}, "a recent reconcile was clean"),
        ({"reconciled": UNCLEAN}, "a recent reconcile was clean"),
        ({"reconciled": OLDER}, "a recent reconcile was clean"),
        ({"compared": Compared(equal=49, routes=ROUTES)}, "shadow reads were compared and equal"),
        (
            {"compared": Compared(equal=99, different=1, routes=ROUTES)},
            "shadow reads were compared and equal",
        ),
        (
            {"compared": Compared(equal=98, failed_share=0.6, routes=ROUTES)},
            "shadow reads were compared and equal",
        ),
        ({"compared": Compared(equal=99)}, "every route was compared"),
        ({"refused_tokens": 1}, "no token was refused since both sides were equal"),
        ({"monolith": side("OWNER", longest_transaction_s=6.0)}, "no long transaction is open"),
    ],
)
def test_each_trouble_is_refused_by_one_check(change: dict[str, Any], name: str) -> None:
    assert refusals(replace(GOOD, **change)) == [name]


def test_every_check_of_a_cutover_has_been_seen_to_say_no() -> None:
    bad = replace(
        GOOD,
        monolith=side("RELEASED", is_relay_at_work=False, is_applier_at_work=False,
                      longest_transaction_s=99.0, ahead=3),
        lag_messages=999,
        is_backfilled=False,
        reconciled=None,
        compared=Compared(),
        refused_tokens=1,
        dead_letters=None,
        way_back=None,
        instances={"http://a": "no answer"},
        proxy_trouble="status 503",
        reads_to_service=None,
        needed={"other": "canary"},
        unlike_images=("product: only the monolith has sku",),
    )  # fmt: skip
    assert len(refusals(bad)) == len(checks_of(CUTOVER))


def test_what_comes_by_itself_is_waited_for_and_a_difference_is_not() -> None:
    waits = {
        check.name: check.comes_by_itself
        for check in preflight(
            replace(
                GOOD, lag_messages=999, compared=Compared(equal=99, different=1, routes=ROUTES)
            ),
            plan=PLAN,
            move=CUTOVER,
        )
        if not check.ok
    }
    assert waits == {
        "the other side keeps up": True,
        "shadow reads were compared and equal": False,
    }


def row(
    *,
    route: str = "list",
    equal: int = 0,
    agreed: int = 0,
    excused: int = 0,
    noisy: int = 0,
    failed: int = 0,
    lagging: int = 0,
) -> dict[str, Any]:
    alike = {"equal": equal, "agreed": agreed, "excused": excused}
    others = {"noisy": noisy, "lagging": lagging, "different": 0, "failed": failed}
    return {"route": route, **alike, **others}


@pytest.mark.parametrize(
    ("way_back", "value"),
    [
        (None, "never"),
        (Tried(age_s=12.4, is_of_this_stream=True), "tried 12 s ago"),
        (Tried(age_s=301.0, is_of_this_stream=True), "tried 301 s ago"),
        (Tried(age_s=1.0, is_of_this_stream=False), "never"),
    ],
)
def test_when_the_way_back_was_tried_is_said_and_the_move_tries_it_by_itself(
    way_back: Tried | None, value: str
) -> None:
    check = preflight(replace(GOOD, way_back=way_back), plan=PLAN, move=CUTOVER)[-1]
    assert (check.name, check.value) == ("the way back was tried", value)
    assert check.limit == "at most 300 s ago"
    assert check.comes_by_itself is not check.ok
    assert "strangler advance catalog --to cutover" in check.mend


def test_a_retreat_is_not_held_up_by_a_way_that_nobody_has_tried() -> None:
    facts = replace(GOOD, monolith=side("REPLICA"), service=side("OWNER"), way_back=None)
    assert refusals(facts, move("cutover", "canary-100")) == []


def test_a_route_that_mostly_fails_is_refused_and_nobody_waits_for_it() -> None:
    def compared(*rows: dict[str, Any]) -> Check:
        facts = replace(GOOD, compared=Compared.of_routes(rows))
        checks = preflight(facts, plan=PLAN, move=move("shadow", "canary-5"))
        return next(check for check in checks if check.name.startswith("shadow reads"))

    failing = compared(row(route="other", equal=5000), row(equal=10, failed=20))
    assert (failing.ok, failing.comes_by_itself) == (False, False)
    assert failing.value == "5010 equal, 0 different, 20 failed"
    assert failing.limit == "50 equal, 0 different, 50 % of a route failed"
    assert "strangler status catalog --json" in failing.mend
    # As when the service restarted: the reads that follow outweigh it, and they lag no less for it.
    assert compared(row(route="other", equal=5000), row(equal=10, lagging=10, failed=20)).ok
    # Seldom read: too few to say anything.
    assert compared(row(route="other", equal=5000), row(failed=4)).ok
    # Errors and empty pages are of the same route: it fails as a whole.
    parts = [row(route=f"list{kind}", failed=3) for kind in ("", " empty")]
    assert not compared(row(route="other", equal=5000), *parts).ok
    # A service that has never answered has not been compared either.
    assert not compared(row(failed=4)).ok
    # What agreed when both were asked again, or differs in declared fields only, is alike as well.
    assert compared(row(equal=48, agreed=1, excused=1)).ok
    assert not compared(row(equal=48, agreed=1, lagging=100, noisy=100)).ok


def test_each_route_has_to_be_alike_once_however_often_others_are() -> None:
    products, product, categories = PLAN.limits.compared_routes

    def compared(*rows: dict[str, Any]) -> Check:
        facts = replace(GOOD, compared=Compared.of_routes(rows))
        checks = preflight(facts, plan=PLAN, move=move("shadow", "canary-5"))
        return next(check for check in checks if check.name.startswith("every route"))

    known = [row(route=products, equal=9999), row(route=product, agreed=1)]
    assert compared(*known, row(route=categories, excused=1)).ok
    for unproven in (
        row(route=categories, lagging=99),
        row(route=categories, noisy=99),
        row(route=f"{categories} 404", equal=9),
        row(route=f"{categories} empty", equal=9),
    ):
        missing = compared(*known, unproven)
        assert (missing.ok, missing.comes_by_itself) == (False, True)
        assert (missing.value, missing.limit) == ("none alike: api/v1/categories", "all 3")
    assert "products, " in compared().value


@pytest.mark.parametrize(
    ("modes", "value", "mend"),
    [
        (
            ("RELEASED", "REPLICA"),
            "writes: nobody: a token is in flight",
            "strangler resume catalog",
        ),
        (
            ("RELEASED", "BURNED"),
            "writes: nobody: a token is in flight",
            "strangler resume catalog",
        ),
        (("REPLICA", "OWNER"), "writes: service", "strangler resume catalog"),
        (("BURNED", "BURNED"), "writes: nobody, and no token travels", "runbooks/stuck.md"),
        (("OWNER", "OWNER"), "writes: both sides", "runbooks/restore.md"),
    ],
)
def test_who_owns_otherwise_is_said_and_whether_a_command_helps(
    modes: tuple[str, str], value: str, mend: str
) -> None:
    monolith, service = (side(mode) for mode in modes)
    facts = replace(GOOD, monolith=monolith, service=service)
    checks = preflight(facts, plan=PLAN, move=CUTOVER)
    check = next(one for one in checks if one.name == "the seam and the owner agree")
    assert (check.ok, check.value, check.limit) == (False, value, "writes: monolith")
    assert mend in check.mend


def test_a_retreat_of_reads_asks_only_whether_the_monolith_can_take_them() -> None:
    broken = replace(GOOD, lag_messages=9999, dead_letters=5, reads_to_service=None)
    assert refusals(broken, move("canary-50", "canary-25")) == []
    down = replace(broken, monolith_trouble="no answer")
    assert refusals(down, move("canary-50", "canary-25")) == ["the monolith is ready"]


def test_a_retreat_of_writes_looks_at_the_services_side() -> None:
    facts = replace(
        GOOD, monolith=side("REPLICA"), service=side("OWNER", longest_transaction_s=9.0)
    )
    assert refusals(facts, move("cutover", "canary-100")) == ["no long transaction is open"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"service": side("OWNER", is_relay_at_work=False)}, "the stream is carried and applied"),
        (
            {"monolith": side("REPLICA", is_applier_at_work=False)},
            "the stream is carried and applied",
        ),
        ({"monolith": side("REPLICA", is_relay_at_work=False)}, "the way back is open"),
        ({"service": side("OWNER", is_applier_at_work=False)}, "the way back is open"),
    ],
)
def test_a_retreat_of_writes_needs_both_streams_and_waits_for_them(
    change: dict[str, Any], name: str
) -> None:
    facts = replace(GOOD, **{"monolith": side("REPLICA"), "service": side("OWNER"), **change})
    (refusal,) = [
        check
        for check in preflight(facts, plan=PLAN, move=move("cutover", "canary-100"))
        if not check.ok
    ]
    assert (refusal.name, refusal.comes_by_itself) == (name, True)


def test_a_seam_leaves_only_after_those_it_needs() -> None:
    for stage, ok in (("monolith", False), ("canary", False), ("cutover", True), ("retired", True)):
        (check, *_) = preflight(replace(GOOD, needed={"other": stage}), plan=PLAN, move=CUTOVER)
        assert (check.name, check.ok) == ("what it needs stands at cutover", ok)
    assert (
        "strangler advance other --to cutover"
        in preflight(replace(GOOD, needed={"other": "canary"}), plan=PLAN, move=CUTOVER)[0].mend
    )


def test_a_seam_goes_back_only_after_those_that_need_it() -> None:
    back = Move(origin=CUTOVER.goal, goal=CUTOVER.origin)
    for stage, ok in (("monolith", True), ("shadow", False), ("cutover", False)):
        (check, *_) = preflight(replace(GOOD, needed_by={"other": stage}), plan=PLAN, move=back)
        assert (check.name, check.ok) == ("nothing that needs it has left", ok)
