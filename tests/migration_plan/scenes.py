"""The scenes of stuck handovers, of either way: each brings a seam there and returns what was said."""

import re
from collections.abc import Callable

import amqp

from handover.operator import Hand
from handover.process import connect_broker
from tests.handover.conftest import DOMAIN, SideOfShop, wait_until
from tests.migration_plan.stage import Stage

Scene = Callable[[Stage], str]


def a_writer_hangs(stage: Stage) -> str:
    writer = stage.giver.connect()
    stage.held.callback(writer.close)
    writer.execute("BEGIN")
    writer.execute("SELECT handover.enter(%s)", (DOMAIN,))
    said = stage.move()
    stage.blanks["PID"] = writer.info.backend_pid
    assert re.search(rf"process {writer.info.backend_pid}\b", said)
    return said


def carriers_are_down(stage: Stage) -> str:
    # Those of the way back are seen before, by what does not come that way; a retreat sends nothing first.
    gone = {f"{stage.giver.name}-relay", f"{stage.taker.name}-applier"}
    for name in tuple(stage.shop.processes):
        if name in gone or stage.way == "back":
            stage.shop.kill(name)
    stage.walkable.amend("checks_s: 10", "checks_s: 1")
    stage.meanwhile.append(lambda: stage.walkable.amend("checks_s: 1", "checks_s: 10"))
    return stage.move()


def nobody_carries_it_back(stage: Stage) -> str:
    stage.shop.kill("monolith-applier")
    return stage.move()


def the_relay_dies(stage: Stage) -> str:
    return stage.said_by(stage.move_and(lambda: stage.shop.kill(f"{stage.giver.name}-relay")))


def the_applier_dies(stage: Stage) -> str:
    return stage.said_by(stage.move_and(lambda: stage.shop.kill(f"{stage.taker.name}-applier")))


def the_broker_is_cut_off(stage: Stage) -> str:
    return stage.said_by(stage.move_and(stage.broker.cut))


def a_message_is_lost(stage: Stage) -> str:
    lose_a_message(stage)
    return stage.move()


def lose_a_message(stage: Stage) -> None:
    stage.shop.kill(f"{stage.taker.name}-applier")
    stage.write("lost")
    with stage.giver.hand() as hand:
        wait_until(lambda: hand.outbox_depth(DOMAIN) == 0, what="the broker's confirms")
    stage.on_queue(lambda channel: channel.queue_purge(_stream(stage)))
    stage.shop.start(f"{stage.taker.name}-applier")
    stage.write("after it")
    with stage.taker.hand() as hand:
        wait_until(lambda: _trouble(hand), what="the gap")


def a_row_is_in_the_way(stage: Stage) -> str:
    put_a_row_in_the_way(stage)
    return stage.move()


def put_a_row_in_the_way(stage: Stage) -> None:
    with stage.taker.connect("applier") as connection:
        connection.execute(
            f"INSERT INTO {stage.taker.entity.table} VALUES (gen_random_uuid(), 'taken', 1, now())"
        )
    stage.write("taken")
    stage.blanks["KEY"] = "taken"
    with stage.taker.hand() as hand:
        wait_until(lambda: _trouble(hand), what="the violation")


def something_strange_lies_in_the_stream(stage: Stage) -> str:
    stream = _stream(stage)
    stage.on_queue(lambda c: c.basic_publish(amqp.Message("what?"), routing_key=stream))
    with connect_broker(stage.shop.monolith.amqp_url) as broker, broker.channel() as channel:
        dead = f"{stream}.dead"
        wait_until(lambda: channel.queue_declare(dead, passive=True).message_count == 1)
    # Nothing refuses a way back for it.
    return stage.move() if stage.way == "forward" else ""


def the_digests_differ(stage: Stage) -> str:
    key = stage.write("fresh")
    wait_until(lambda: key in stage.taker.rows(), what="the row")
    table, label = stage.taker.entity.table, stage.taker.entity.fields[1].here
    with stage.taker.connect("applier") as connection:
        connection.execute(
            f"UPDATE {table} SET {label} = 'wrong', version = 0, "
            "updated_at = now() + interval '1 hour' WHERE id = %s",
            (key,),
        )
    return stage.move()


def strangler_dies_with_the_token_on_its_way(stage: Stage) -> str:
    stage.release_and_die()
    return ""


def strangler_dies_after_the_burn(stage: Stage) -> str:
    stage.release_and_die()
    with stage.taker.hand() as hand:
        assert hand.burn(DOMAIN, epoch=_epoch(stage.giver))
    return ""


def strangler_dies_before_the_gateway(stage: Stage) -> str:
    stage.walkable.gateway.swallows_changes = True
    process = stage.walkable.start(stage.verb, DOMAIN)
    step = f"send {100 if stage.way == 'forward' else 0} % of the writes to the service"
    wait_until(lambda: stage.walkable.is_at(step), what="the gateway's turn")
    stage.walkable.kill(process)
    stage.up()
    return ""


def the_admin_api_goes_down(stage: Stage) -> str:
    gateway = stage.walkable.gateway
    return stage.said_by(stage.move_and(lambda: setattr(gateway, "is_up", False)))


def the_proxy_stays_behind(stage: Stage) -> str:
    gateway = stage.walkable.gateway
    return stage.said_by(stage.move_and(lambda: setattr(gateway, "is_following", False)))


def strangler_dies_before_the_seam_is_placed(stage: Stage) -> str:
    with stage.shop.monolith.connect("owner") as holder, holder.transaction():
        holder.execute("SELECT 1 FROM handover.seam FOR UPDATE")
        process = stage.walkable.start(stage.verb, DOMAIN)
        step = f"place the seam at {stage.goal}"
        wait_until(lambda: stage.walkable.is_at(step), what="the seam's turn")
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
    with stage.giver.hand() as hand:
        assert hand.burn(DOMAIN, epoch=_epoch(stage.taker))
    stage.blanks["EPOCH"] = _epoch(stage.giver) + 1
    return ""


def the_receivers_database_goes(stage: Stage) -> str:
    stage.release_and_die()
    stage.meanwhile.clear()
    stage.database.cut()
    return ""


def _stream(stage: Stage) -> str:
    return f"{DOMAIN}.stream.to-{stage.taker.name}"


def _epoch(side: SideOfShop) -> int:
    with side.hand() as hand:
        return hand.ownership(DOMAIN).epoch


def _trouble(hand: Hand) -> bool:
    query = "SELECT trouble FROM handover.inbox WHERE domain = %s"
    row = hand.connection.execute(query, (DOMAIN,)).fetchone()
    return bool(row and row["trouble"])


SCENES: dict[str, Scene] = {
    "A writer leaves no room for the release": a_writer_hangs,
    "A relay or an applier is down before the move": carriers_are_down,
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
# A retreat sends nothing first: its own way has been in use.
FORWARD_ONLY: dict[str, Scene] = {"The way back is not open": nobody_carries_it_back}
