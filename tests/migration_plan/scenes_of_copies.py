"""The scenes of a copy that is stuck, from the monolith to shadow."""

from subprocess import Popen

from tests.handover.conftest import DOMAIN, wait_until
from tests.migration_plan.scenes import (
    Scene,
    a_writer_hangs,
    lose_a_message,
    put_a_row_in_the_way,
)
from tests.migration_plan.stage import Stage


def copying(stage: Stage, budget: str = "pause_above_messages: 5") -> Popen[str]:
    """A copy that has brought its first rows, and takes its time over the rest until somebody resumes it."""
    walkable, slowly = stage.walkable, "rows_per_s: 5, "
    for words, others in (
        ("chunk_rows", f"{slowly}chunk_rows"),
        ("pause_above_messages: 5", budget),
        ("catch_up_s: 20", "catch_up_s: 2"),
    ):
        walkable.amend(words, others)
    process = walkable.start("advance", DOMAIN)
    wait_until(stage.taker.rows, what="the first rows")
    stage.meanwhile.append(lambda: walkable.amend(slowly, ""))
    stage.meanwhile.append(lambda: walkable.amend("catch_up_s: 2", "catch_up_s: 20"))
    return process


def strangler_dies(stage: Stage) -> str:
    stage.walkable.kill(copying(stage))
    return ""


def the_relay_dies(stage: Stage) -> str:
    process = copying(stage, "pause_above_messages: 1")
    stage.shop.kill("monolith-relay")
    return stage.said_by(process)


def the_applier_dies(stage: Stage) -> str:
    process = copying(stage, "pause_above_messages: 5, chunks_ahead: 1")
    stage.shop.kill("service-applier")
    return stage.said_by(process)


def the_broker_is_cut_off(stage: Stage) -> str:
    process = copying(stage)
    stage.broker.cut()
    return stage.said_by(process)


def a_message_is_lost(stage: Stage) -> str:
    process = copying(stage)
    lose_a_message(stage)
    return stage.said_by(process)


def a_row_is_in_the_way(stage: Stage) -> str:
    process = copying(stage)
    put_a_row_in_the_way(stage)
    return stage.said_by(process)


def a_row_is_changed_at_the_copy(stage: Stage) -> str:
    process = copying(stage)
    with stage.taker.connect("applier") as connection:
        connection.execute(
            "UPDATE shop.thing SET title = 'wrong', version = 0 WHERE ctid = '(0,1)'"
        )
    return stage.said_by(process)


def the_receivers_database_goes(stage: Stage) -> str:
    process = copying(stage)
    stage.database.cut()
    return stage.said_by(process)


SCENES: dict[str, Scene] = {
    "A copy: a writer leaves no room for the stream to begin": a_writer_hangs,
    "A copy: strangler died": strangler_dies,
    "A copy: the relay is down": the_relay_dies,
    "A copy: the applier is down": the_applier_dies,
    "A copy: the broker is down": the_broker_is_cut_off,
    "A copy: the broker lost a message": a_message_is_lost,
    "A copy: a row at the receiver is in the way": a_row_is_in_the_way,
    "A copy: rows differ at its end": a_row_is_changed_at_the_copy,
    "A copy: a database is gone": the_receivers_database_goes,
}
