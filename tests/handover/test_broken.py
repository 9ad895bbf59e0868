"""The program with a guard taken out, in a test build: the ledger or a comparison must find it.

Each story is told twice. With all guards nothing is wrong in the end; without one of them something
is, and it has the name that people would read in a verdict. The same guards are taken out of the
model (`migration-plan/model/mutants.py`); here it is the real SQL and the real applier. Only what the
domain of these tests does for itself is its own: the record of a command, and who carries messages.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

import psycopg
import pytest

from handover.moves import ReclaimedError, hand_over
from tests.handover import breaking
from tests.handover.breaking import Case, Take
from tests.handover.conftest import DOMAIN, Shop


def a_writer_inside(case: Case) -> None:
    """Somebody has entered and not committed when the writes are given away."""
    monolith, service, key = case.shop.monolith, case.shop.service, uuid4()
    with monolith.connect() as writer, monolith.hand() as hand:
        with writer.transaction():
            version = monolith.put(writer, key, "early")
            try:
                hand.release(DOMAIN, epoch=1, lock_timeout_ms=100)
                case.bring_token()
                case.put(service, key, "late")
            except psycopg.errors.LockNotAvailable:
                pass
        case.tell(key, version, "early")
        if hand.ownership(DOMAIN).mode == "OWNER":
            hand.release(DOMAIN, epoch=1, lock_timeout_ms=100)
            case.bring_token()
            case.put(service, key, "late")


def an_operator_who_dies_after_the_release(case: Case) -> None:
    monolith, service, key = case.shop.monolith, case.shop.service, uuid4()
    with monolith.hand() as hand:
        hand.release(DOMAIN, epoch=1, lock_timeout_ms=100)
    case.bring_token()
    case.put(monolith, key, "here")
    case.put(service, key, "there")


def facts_that_are_late(case: Case) -> None:
    """What was written before the release has not arrived when the token does."""
    monolith, service, key = case.shop.monolith, case.shop.service, uuid4()
    case.put(monolith, key, "before")
    with monolith.hand() as hand:
        hand.release(DOMAIN, epoch=1, lock_timeout_ms=100)
    case.bring_token()
    case.put(service, key, "after")


def an_old_message_that_comes_again(case: Case) -> None:
    """After the token there are no tombstones any more: a repeated message must not be applied."""
    monolith, key = case.shop.monolith, uuid4()
    case.put(monolith, key, "short-lived")
    case.drop(monolith, key, version=2)
    first = next(m for m in case.stream(monolith) if m.kind == "fact")
    with monolith.hand() as hand:
        hand.release(DOMAIN, epoch=1, lock_timeout_ms=100)
    case.bring_token()
    case.deliver(case.shop.service, [first])


def a_message_that_is_missing(case: Case) -> None:
    monolith, service = case.shop.monolith, case.shop.service
    for label in ("first", "second"):
        case.put(monolith, uuid4(), label)
    case.deliver(service, case.stream(monolith)[-1:])


def a_client_who_asks_again_after_the_handover(case: Case) -> None:
    """The first answer was lost; the same command must find its record at the other side."""
    monolith, service, key, command = case.shop.monolith, case.shop.service, uuid4(), uuid4()
    case.command(monolith, command, key)
    with monolith.hand() as hand:
        hand.release(DOMAIN, epoch=1, lock_timeout_ms=100)
    case.bring_token()
    case.command(service, command, key)


def a_token_that_is_late(case: Case) -> None:
    """Patience ends, the giver takes the writes back, and then the token arrives."""
    monolith, service, key = case.shop.monolith, case.shop.service, uuid4()
    with monolith.hand() as giver, service.hand() as taker, pytest.raises(ReclaimedError):
        hand_over(giver, taker, DOMAIN, token_timeout_s=0.05)
    late = case.stream(monolith)
    case.put(monolith, key, "here")
    case.deliver(service, late)
    case.put(service, key, "there")


def a_replica_that_lost_a_row(case: Case) -> None:
    monolith, service, key = case.shop.monolith, case.shop.service, uuid4()
    case.put(monolith, key, "kept")
    case.carry_all()
    with service.connect("applier") as spoiler:
        spoiler.execute("DELETE FROM shop.thing WHERE id = %s", (key,))
    with monolith.hand() as hand, service.hand() as taker:
        hand.release(DOMAIN, epoch=1, lock_timeout_ms=100)
        case.bring_token()
        if taker.refused_grants(DOMAIN):
            assert taker.burn(DOMAIN, epoch=2)
            assert hand.retake(DOMAIN, epoch=2)
            hand.resend_rows(DOMAIN, "thing", [key])


def a_copy_that_was_read_before_a_write(case: Case) -> None:
    """Both commute in the stream: whichever comes first, the newer one stays."""
    monolith, service, key = case.shop.monolith, case.shop.service, uuid4()
    case.put(monolith, key, "old")
    case.carry_all()
    with monolith.hand() as hand:
        hand.snapshot_chunk(DOMAIN, "thing", 100)
    case.put(monolith, key, "new")
    copy, write = case.stream(monolith)[-2:]
    case.deliver(service, overtaken(copy, write))


def a_copy_that_was_read_before_a_deletion(case: Case) -> None:
    monolith, service, key = case.shop.monolith, case.shop.service, uuid4()
    case.put(monolith, key, "old")
    case.carry_all()
    with monolith.hand() as hand:
        hand.snapshot_chunk(DOMAIN, "thing", 100)
    case.drop(monolith, key, version=2)
    copy, write = case.stream(monolith)[-2:]
    case.deliver(service, overtaken(copy, write))


def overtaken(copy, write):
    """The same two as a slow reader of rows would have put them: the older image behind."""
    return [replace(write, sequence=copy.sequence), replace(copy, sequence=write.sequence)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A guard, the story in which it counts, and what is wrong without it."""

    take: Take
    story: Callable[[Case], None]
    wrong: str


VARIANTS = {
    "no-lock": Variant(take=breaking.no_lock, story=a_writer_inside, wrong="forked"),
    "torn-release": Variant(
        take=breaking.torn_release, story=an_operator_who_dies_after_the_release, wrong="2 owners"
    ),
    "token-beside-stream": Variant(
        take=breaking.token_beside_stream, story=facts_that_are_late, wrong="forked"
    ),
    "no-dedupe": Variant(
        take=breaking.no_dedupe, story=an_old_message_that_comes_again, wrong="risen"
    ),
    "no-gap-stop": Variant(
        take=breaking.no_gap_stop, story=a_message_that_is_missing, wrong="unequal"
    ),
    "records-stay": Variant(
        take=breaking.records_stay,
        story=a_client_who_asks_again_after_the_handover,
        wrong="doubled",
    ),
    "no-burn": Variant(take=breaking.no_burn, story=a_token_that_is_late, wrong="2 owners"),
    "no-epoch-check": Variant(
        take=breaking.no_epoch_check, story=a_token_that_is_late, wrong="2 owners"
    ),
    "no-digest": Variant(take=breaking.no_digest, story=a_replica_that_lost_a_row, wrong="lost"),
    "no-version-guard": Variant(
        take=breaking.no_version_guard, story=a_copy_that_was_read_before_a_write, wrong="unequal"
    ),
    "no-tombstones": Variant(
        take=breaking.no_tombstones, story=a_copy_that_was_read_before_a_deletion, wrong="unequal"
    ),
}


@pytest.fixture
def case(shop: Shop) -> Case:
    with shop.monolith.hand() as monolith:
        monolith.start_capture(DOMAIN)
    case = Case(shop)
    # The order to empty the replica, which stands before every story.
    case.carry_all()
    return case


@pytest.mark.parametrize("name", VARIANTS)
def test_with_all_guards_nothing_is_wrong(case: Case, name: str) -> None:
    VARIANTS[name].story(case)
    case.carry_all()
    assert case.wrongs() == set()


@pytest.mark.parametrize("name", VARIANTS)
def test_without_a_guard_it_is_found(
    case: Case, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = VARIANTS[name]
    variant.take(monkeypatch, case)
    variant.story(case)
    case.carry_all()
    assert variant.wrong in case.wrongs()


def test_every_mutant_of_the_model_is_broken_in_the_program_too() -> None:
    from model import mutants

    # Tried elsewhere, by the real relay and the real operator: test_confirms, test_two_operators.
    elsewhere = {"no-confirms", "any-epoch-is-a-token"}
    assert set(mutants.names()) - elsewhere == set(VARIANTS)
