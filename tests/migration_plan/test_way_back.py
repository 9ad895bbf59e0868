"""The way back is tried before the writes leave; where it is not open, they stay where they are."""

import pytest

from handover.process import connect_broker
from strangler.journal import HAND_OVER, TRY_WAY
from tests.handover.conftest import DOMAIN, wait_until
from tests.migration_plan.conftest import Walkable
from tests.migration_plan.stage import Stage, reader, stage

__all__ = ["reader", "stage"]

TO_MONOLITH = f"{DOMAIN}.stream.to-monolith"


def tries(walkable: Walkable) -> int:
    """How often a message came through."""
    with walkable.operator() as operator:
        query = "SELECT count(*) AS n FROM handover.journal WHERE step = %s AND phase = 'done'"
        row = operator.execute(query, (TRY_WAY,)).fetchone()
    assert row is not None
    return int(row["n"])


def seen(walkable: Walkable) -> tuple[bool, str]:
    """What preflight says of the way back, and whether the move may be begun."""
    document = walkable.run("preflight", DOMAIN)
    (check,) = (one for one in document["checks"] if one["name"] == "the way back was tried")
    return document["ok"], check["value"]


def is_impatient(walkable: Walkable, checks_s: float) -> None:
    plan = walkable.folder / f"{DOMAIN}.yaml"
    plan.write_text(plan.read_text().replace("checks_s: 10", f"checks_s: {checks_s}"))


def stays_where_it_is(walkable: Walkable) -> None:
    """Nothing was given away, and the seam stands where it stood."""
    assert not walkable.journaled(HAND_OVER)
    assert walkable.run("status", DOMAIN)["position"] == "canary-100"
    walkable.is_consistent(owner="monolith")
    with walkable.shop.monolith.hand() as hand:
        assert hand.ownership(DOMAIN).epoch == 1


def test_the_way_back_is_tried_before_the_writes_leave_and_not_again_soon(
    before_cutover: Walkable,
) -> None:
    assert seen(before_cutover) == (True, "never")
    (step,) = before_cutover.run("advance", DOMAIN)["steps"]
    done = [effect["name"] for effect in step["effects"]]
    assert done.index(TRY_WAY) < done.index("check that nothing forbids it") < done.index(HAND_OVER)
    before_cutover.is_consistent(owner="service")
    (back,) = before_cutover.run("retreat", DOMAIN)["steps"]
    assert TRY_WAY not in [effect["name"] for effect in back["effects"]]
    before_cutover.is_consistent(owner="monolith")
    assert seen(before_cutover)[1].startswith("tried ")
    assert before_cutover.run("advance", DOMAIN)["ok"]
    assert tries(before_cutover) == 1
    before_cutover.is_consistent(owner="service")


@pytest.mark.slow
def test_a_try_of_long_ago_or_of_another_stream_is_none(before_cutover: Walkable) -> None:
    before_cutover.run("advance", DOMAIN)
    before_cutover.run("retreat", DOMAIN)
    with before_cutover.shop.monolith.connect("owner") as owner:
        owner.execute("UPDATE handover.journal SET at = at - interval '301 s'")
    ok, value = seen(before_cutover)
    assert ok
    assert int(value.split()[1]) > 300
    before_cutover.run("advance", DOMAIN)
    assert tries(before_cutover) == 2

    before_cutover.run("retreat", DOMAIN, "--to", "monolith")
    before_cutover.run("advance", DOMAIN)
    before_cutover.compare_reads()
    before_cutover.run("advance", DOMAIN, "--to", "canary-100")
    assert seen(before_cutover) == (True, "never")
    before_cutover.run("advance", DOMAIN)
    assert tries(before_cutover) == 3
    before_cutover.is_consistent(owner="service")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "what"),
    [
        ("monolith-applier", "the monolith's applier is not at work: python -m stack up"),
        ("service-relay", "the service's relay is not at work: python -m stack up"),
    ],
)
def test_the_writes_stay_where_nobody_would_carry_them_back(
    before_cutover: Walkable, program: str, what: str
) -> None:
    is_impatient(before_cutover, 1)
    before_cutover.shop.kill(program)
    refused = before_cutover.run("advance", DOMAIN, code=2)
    assert refused["error"] == (
        f"the way back is not open: message 1 of the service has not come to the monolith, which owns "
        f"the writes as before; {what}, then: strangler resume shop"
    )
    stays_where_it_is(before_cutover)
    before_cutover.shop.start(program)
    assert before_cutover.run("resume", DOMAIN)["ok"]
    before_cutover.is_consistent(owner="service")
    assert before_cutover.run("retreat", DOMAIN)["ok"]
    before_cutover.is_consistent(owner="monolith")


@pytest.mark.slow
def test_whoever_does_not_wait_is_refused_at_once(before_cutover: Walkable) -> None:
    is_impatient(before_cutover, 3600)
    before_cutover.shop.kill("monolith-applier")
    refused = before_cutover.run("advance", DOMAIN, "--no-wait", code=2)
    assert "the monolith's applier is not at work" in refused["error"]
    stays_where_it_is(before_cutover)
    before_cutover.shop.start("monolith-applier")
    with before_cutover.shop.monolith.hand() as hand:
        wait_until(lambda: hand.inbox_sequence(DOMAIN) == 1, what="the message")
    # A message that is carried is waited for.
    assert before_cutover.run("advance", DOMAIN, "--no-wait")["ok"]


@pytest.mark.slow
def test_a_walk_of_several_moves_ends_before_the_writes(walkable: Walkable) -> None:
    is_impatient(walkable, 1)
    walkable.run("advance", DOMAIN)
    walkable.compare_reads()
    walkable.shop.kill("service-relay")
    stopped = walkable.run("advance", DOMAIN, "--to", "cutover", code=1)
    assert stopped["error"].startswith(
        "shop stands at canary-100 now, and goes no further: the way back is not open"
    )
    stays_where_it_is(walkable)


@pytest.mark.slow
def test_a_message_that_was_lost_on_the_way_back_is_sent_again(before_cutover: Walkable) -> None:
    shop = before_cutover.shop
    is_impatient(before_cutover, 3)
    shop.kill("monolith-applier")
    with shop.service.hand() as service:
        service.try_way(DOMAIN)
        wait_until(lambda: service.outbox_depth(DOMAIN) == 0, what="the broker's confirm")
    purge(before_cutover)
    shop.start("monolith-applier")
    refused = before_cutover.run("advance", DOMAIN, code=2)
    lost = "the monolith's applier stands still (message 1 is missing): strangler resend shop"
    assert lost in refused["error"]
    stays_where_it_is(before_cutover)
    missing = before_cutover.run("resend", DOMAIN, "--dry-run")
    assert (missing["from"], missing["since"]) == ("service", 1)
    before_cutover.run("resend", DOMAIN)
    assert before_cutover.run("resume", DOMAIN)["ok"]
    before_cutover.is_consistent(owner="service")
    assert before_cutover.run("retreat", DOMAIN)["ok"]
    before_cutover.is_consistent(owner="monolith")


def purge(walkable: Walkable) -> None:
    amqp_url = walkable.shop.monolith.amqp_url
    with connect_broker(amqp_url) as broker, broker.channel() as channel:
        channel.queue_purge(TO_MONOLITH)


@pytest.mark.slow
def test_a_service_that_is_not_migrated_is_said_to_be_so(before_cutover: Walkable) -> None:
    with before_cutover.shop.service.connect("owner") as owner:
        owner.execute("DROP FUNCTION handover.try_way(text)")
    refused = before_cutover.run("advance", DOMAIN, code=2)
    assert "the service's database is not migrated" in refused["error"]
    stays_where_it_is(before_cutover)


@pytest.mark.slow
def test_a_broker_that_does_not_answer_is_named(stage: Stage) -> None:
    is_impatient(stage.walkable, 1)
    stage.broker.cut()
    said = stage.move()
    assert "the way back is not open" in said
    assert "the broker does not answer: python -m stack up, then: strangler resume shop" in said
    assert not stage.walkable.journaled(HAND_OVER)
    stage.up()
    stage.walkable.run("resume", DOMAIN)
    stage.walkable.is_consistent(owner="service")


@pytest.mark.slow
def test_a_service_that_has_forgotten_what_it_sent_says_nothing_under_a_number_that_was_seen(
    before_cutover: Walkable,
) -> None:
    shop = before_cutover.shop
    with shop.service.hand() as service, shop.monolith.hand() as monolith:
        service.try_way(DOMAIN)
        wait_until(lambda: monolith.inbox_sequence(DOMAIN) == 1, what="the message")
        with shop.service.connect("owner") as owner:
            owner.execute("DELETE FROM handover.outbox")
            owner.execute("UPDATE handover.stream SET last_sequence = 0")
        refused = before_cutover.run("advance", DOMAIN, code=2)
        assert (
            "the monolith has 1 messages of the service that it does not know" in refused["error"]
        )
        assert service.stream_end(DOMAIN) == 0
    assert tries(before_cutover) == 0
    stays_where_it_is(before_cutover)
