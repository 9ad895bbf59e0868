"""Each way in which a handover can stick, and its runbook, followed to the letter.

The system is brought there, the words of the runbook are looked for, its commands are typed, and then one
side owns and nothing is missing.
"""

import re
from collections.abc import Callable

import amqp
import pytest

from handover.operator import Hand
from handover.process import connect_broker
from tests.handover.conftest import DOMAIN, wait_until
from tests.migration_plan.runbook import Reader, Section, sections
from tests.migration_plan.stage import Stage, reader, stage

__all__ = ["reader", "stage"]

STREAM = f"{DOMAIN}.stream.to-service"
STUCK = {title: found for title, found in sections("stuck").items() if found.sees}
Scene = Callable[[Stage], str]


def a_writer_hangs(stage: Stage) -> str:
    writer = stage.shop.monolith.connect()
    stage.held.callback(writer.close)
    writer.execute("BEGIN")
    writer.execute("SELECT handover.enter(%s)", (DOMAIN,))
    said = stage.advance()
    stage.blanks["PID"] = writer.info.backend_pid
    assert re.search(rf"process {writer.info.backend_pid}\b", said)
    return said


def nobody_carries_it_back(stage: Stage) -> str:
    stage.shop.kill("monolith-applier")
    return stage.advance()


def the_relay_dies(stage: Stage) -> str:
    return stage.said_by(stage.advance_and(lambda: stage.shop.kill("monolith-relay")))


def the_applier_dies(stage: Stage) -> str:
    return stage.said_by(stage.advance_and(lambda: stage.shop.kill("service-applier")))


def the_broker_is_cut_off(stage: Stage) -> str:
    return stage.said_by(stage.advance_and(stage.broker.cut))


def a_message_is_lost(stage: Stage) -> str:
    stage.shop.kill("service-applier")
    stage.write("lost")
    with stage.shop.monolith.hand() as hand:
        wait_until(lambda: hand.outbox_depth(DOMAIN) == 0, what="the broker's confirms")
    stage.on_queue(lambda channel: channel.queue_purge(STREAM))
    stage.shop.start("service-applier")
    stage.write("after it")
    with stage.shop.service.hand() as hand:
        wait_until(lambda: _trouble(hand), what="the gap")
    return stage.advance()


def a_row_is_in_the_way(stage: Stage) -> str:
    with stage.shop.service.connect("applier") as connection:
        connection.execute("INSERT INTO shop.thing VALUES (gen_random_uuid(), 'taken', 1, now())")
    stage.write("taken")
    stage.blanks["KEY"] = "taken"
    with stage.shop.service.hand() as hand:
        wait_until(lambda: _trouble(hand), what="the violation")
    return stage.advance()


def something_strange_lies_in_the_stream(stage: Stage) -> str:
    stage.on_queue(lambda c: c.basic_publish(amqp.Message("what?"), routing_key=STREAM))
    with connect_broker(stage.shop.monolith.amqp_url) as broker, broker.channel() as channel:
        dead = f"{STREAM}.dead"
        wait_until(lambda: channel.queue_declare(dead, passive=True).message_count == 1)
    return stage.advance()


def the_digests_differ(stage: Stage) -> str:
    key = stage.write("fresh")
    wait_until(lambda: key in stage.shop.service.rows(), what="the row")
    with stage.shop.service.connect("applier") as connection:
        connection.execute(
            "UPDATE shop.thing SET title = 'wrong', version = 0, "
            "updated_at = now() + interval '1 hour' WHERE id = %s",
            (key,),
        )
    return stage.advance()


def strangler_dies_with_the_token_on_its_way(stage: Stage) -> str:
    stage.release_and_die()
    return ""


def strangler_dies_after_the_burn(stage: Stage) -> str:
    stage.release_and_die()
    with stage.shop.service.hand() as hand:
        assert hand.burn(DOMAIN, epoch=2)
    return ""


def strangler_dies_before_the_gateway(stage: Stage) -> str:
    stage.walkable.gateway.swallows_changes = True
    process = stage.walkable.start("advance", DOMAIN)
    step = "send 100 % of the writes to the service"
    wait_until(lambda: stage.walkable.journaled(step), what="the gateway's turn")
    stage.walkable.kill(process)
    stage.up()
    return ""


def the_admin_api_goes_down(stage: Stage) -> str:
    gateway = stage.walkable.gateway
    return stage.said_by(stage.advance_and(lambda: setattr(gateway, "is_up", False)))


def the_proxy_stays_behind(stage: Stage) -> str:
    gateway = stage.walkable.gateway
    return stage.said_by(stage.advance_and(lambda: setattr(gateway, "is_following", False)))


def strangler_dies_before_the_seam_is_placed(stage: Stage) -> str:
    with stage.shop.monolith.connect("owner") as holder, holder.transaction():
        holder.execute("SELECT 1 FROM handover.seam FOR UPDATE")
        process = stage.walkable.start("advance", DOMAIN)
        step = "place the seam at cutover"
        wait_until(lambda: stage.walkable.journaled(step), what="the seam's turn")
        stage.walkable.kill(process)
        with stage.walkable.operator() as operator:
            # What the dead one has asked for would still be done when the lock is free.
            operator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'strangler' AND pid <> pg_backend_pid()"
            )
    return ""


def both_are_burned(stage: Stage) -> str:
    strangler_dies_after_the_burn(stage)
    with stage.shop.monolith.hand() as hand:
        assert hand.burn(DOMAIN, epoch=3)
    stage.blanks["EPOCH"] = 5
    return ""


def the_receivers_database_goes(stage: Stage) -> str:
    stage.release_and_die()
    stage.meanwhile.clear()
    stage.database.cut()
    return ""


def _trouble(hand: Hand) -> bool:
    query = "SELECT trouble FROM handover.inbox WHERE domain = %s"
    row = hand.connection.execute(query, (DOMAIN,)).fetchone()
    return bool(row and row["trouble"])


SCENES: dict[str, Scene] = {
    "A writer leaves no room for the release": a_writer_hangs,
    "The way back is not open": nobody_carries_it_back,
    "The giver's relay is down": the_relay_dies,
    "The receiver's applier is down": the_applier_dies,
    "The broker is down": the_broker_is_cut_off,
    "The broker lost a message": a_message_is_lost,
    "A row at the receiver is in the way": a_row_is_in_the_way,
    "Something that is no message of ours lies in the stream": something_strange_lies_in_the_stream,
    "The receiver refuses the token: the digests differ": the_digests_differ,
    "Strangler died: the token travels": strangler_dies_with_the_token_on_its_way,
    "Strangler died: the token was burned and not taken back": strangler_dies_after_the_burn,
    "Strangler died: the gateway has not followed": strangler_dies_before_the_gateway,
    "The gateway's Admin API is down": the_admin_api_goes_down,
    "The proxy does not follow its weights": the_proxy_stays_behind,
    "The seam is not placed": strangler_dies_before_the_seam_is_placed,
    "Both sides are burned": both_are_burned,
    "The receiver's database is gone while the token travels": the_receivers_database_goes,
}


def test_every_section_of_the_runbook_is_followed_here() -> None:
    assert SCENES.keys() == STUCK.keys()


@pytest.mark.slow
@pytest.mark.parametrize("title", SCENES)
def test_whoever_follows_the_runbook_gets_out_of_it(
    title: str, stage: Stage, reader: Reader
) -> None:
    section: Section = STUCK[title]
    said = SCENES[title](stage)
    reader.sees(section, said=said)
    for happens in stage.meanwhile:
        happens()
    reader.types(section, **stage.blanks)
    stage.walkable.is_consistent(owner="service")
    rows = stage.shop.service.rows()
    assert {key: rows[key][0] for key in stage.written} == stage.written
