"""The runbooks of trouble besides stuck handovers, followed to the letter."""

import subprocess

import psycopg
import pytest

from tests.handover.conftest import DOMAIN, SideOfShop, wait_until
from tests.migration_plan.runbook import Reader, sections
from tests.migration_plan.scenes import something_strange_lies_in_the_stream
from tests.migration_plan.stage import Stage, reader, stage

__all__ = ["reader", "stage"]

pytestmark = pytest.mark.slow
RESTORE = sections("restore")


def nothing_is_missing(stage: Stage, owner: SideOfShop) -> None:
    rows = owner.rows()
    assert {key: rows[key][0] for key in stage.written} == stage.written
    wait_until(lambda: stage.shop.monolith.rows() == stage.shop.service.rows(), what="equality")


def test_a_rogue_writer_is_refused_shown_and_ended(stage: Stage, reader: Reader) -> None:
    stage.walkable.run("advance", DOMAIN)
    rows = stage.shop.monolith.rows()
    # By psql, whom only the counter remembers; and by an old process, which is still there.
    delete = ("psql", stage.shop.monolith.urls["app"], "-c", "DELETE FROM shop_thing")
    typed = subprocess.run(delete, capture_output=True, text=True, check=False)
    assert "this side does not own the writes of shop" in typed.stderr
    old = stage.shop.monolith.connect(application_name="old process")
    stage.held.callback(old.close)
    with pytest.raises(psycopg.Error) as refused:
        old.execute("UPDATE shop_thing SET version = version + 1")
    assert refused.value.sqlstate == "DM001"

    section = next(iter(sections("rogue-writer").values()))
    reader.sees(section, said="")
    assert "monolith_app old process from 127.0.0.1, idle" in reader.status()
    printed = reader.types(section, PID=old.info.backend_pid)
    assert "refused writes of" not in printed[2]
    with pytest.raises(psycopg.OperationalError):
        old.execute("SELECT 1")
    assert stage.shop.monolith.rows() == rows


def test_a_message_that_is_none_of_ours_is_looked_at_and_thrown_away(
    stage: Stage, reader: Reader
) -> None:
    something_strange_lies_in_the_stream(stage)
    section = sections("dead-letters")["What is no message of the stream"]
    reader.sees(section, said="")
    printed = reader.types(section)
    assert "what?" in printed[0]
    assert "put aside" not in printed[-1]
    nothing_is_missing(stage, stage.shop.monolith)


def test_with_the_broker_back_everything_arrives(stage: Stage, reader: Reader) -> None:
    section = next(iter(sections("broker-down").values()))
    stage.broker.cut()
    stage.write("while it was down")
    reader.sees(section, said="")
    reader.types(section)
    nothing_is_missing(stage, stage.shop.monolith)


def test_a_restored_copy_is_filled_again(stage: Stage, reader: Reader) -> None:
    backup = stage.back_up(stage.shop.service)
    applied = stage.write("after the backup")
    wait_until(lambda: applied in stage.shop.service.rows(), what="the row")
    stage.restore(stage.shop.service, backup)
    assert applied not in stage.shop.service.rows()
    stage.write("after the restore")
    section = RESTORE["The side that does not own was restored"]
    wait_until(lambda: "stands still" in reader.status(), what="the gap", timeout_s=60)
    reader.sees(section, said="")
    reader.types(section)
    nothing_is_missing(stage, stage.shop.monolith)


def test_a_copy_of_an_earlier_epoch_is_given_the_owners(stage: Stage, reader: Reader) -> None:
    backup = stage.back_up(stage.shop.service)
    stage.release_and_die()
    late = stage.walkable.run("resume", DOMAIN, code=1)
    assert "owns the writes again" in late["stderr"]
    stage.up()
    stage.restore(stage.shop.service, backup)
    stage.write("after the restore")
    wait_until(lambda: "stands still" in reader.status(), what="the gap", timeout_s=60)
    refused = stage.walkable.run("resend", DOMAIN, code=2)
    section = RESTORE["The copy is of an earlier epoch"]
    reader.sees(section, said=refused["stderr"])
    with stage.shop.monolith.hand() as hand:
        reader.types(section, EPOCH=hand.ownership(DOMAIN).epoch)
    nothing_is_missing(stage, stage.shop.monolith)

    # The way back was tried since the backup.
    refused = stage.walkable.run("resume", DOMAIN, code=2)
    assert "no side has forgotten what it sent" in refused["stderr"]
    section = RESTORE["The copy has forgotten what it has sent"]
    reader.sees(section, said="")
    assert "does not know" not in reader.types(section)[-1]
    stage.walkable.run("resume", DOMAIN)
    assert stage.walkable.run("status", DOMAIN)["owner"] == "service"
    nothing_is_missing(stage, stage.shop.service)


def test_a_hole_that_cannot_be_filled_is_left_to_the_comparison(
    stage: Stage, reader: Reader
) -> None:
    backup = stage.back_up(stage.shop.service)
    applied = stage.write("after the backup")
    wait_until(lambda: applied in stage.shop.service.rows(), what="the row")
    stage.restore(stage.shop.service, backup)
    with stage.shop.monolith.connect("relay") as connection:
        connection.execute("DELETE FROM handover.outbox WHERE published_at IS NOT NULL")
    refused = stage.walkable.run("resend", DOMAIN, code=2)
    section = RESTORE["The stream has a hole that cannot be filled"]
    reader.sees(section, said=refused["stderr"])
    reader.types(section)
    nothing_is_missing(stage, stage.shop.monolith)


def test_a_hole_in_what_the_other_side_has_said_is_passed_over_as_well(
    stage: Stage, reader: Reader
) -> None:
    shop = stage.shop
    shop.kill("monolith-applier")
    with shop.service.hand() as service, shop.monolith.hand() as monolith:
        service.try_way(DOMAIN)
        wait_until(lambda: service.outbox_depth(DOMAIN) == 0, what="the broker's confirms")
        stage.on_queue(lambda channel: channel.queue_purge(f"{DOMAIN}.stream.to-monolith"))
        with shop.service.connect("relay") as connection:
            connection.execute("DELETE FROM handover.outbox")
        shop.start("monolith-applier")
        end = service.try_way(DOMAIN)
        refused = stage.walkable.run("resend", DOMAIN, code=2)
        section = sections("restore", way="back")["The stream has a hole that cannot be filled"]
        reader.sees(section, said=refused["stderr"])
        reader.types(section, SEQUENCE=end)
        wait_until(lambda: monolith.inbox_sequence(DOMAIN) == end, what="the end of it")
    stage.walkable.run("advance", DOMAIN)
    stage.walkable.is_consistent(owner="service")


def test_a_restored_owner_is_noticed_and_what_the_copy_has_is_kept(
    stage: Stage, reader: Reader
) -> None:
    backup = stage.back_up(stage.shop.monolith)
    applied = stage.write("after the backup")
    wait_until(lambda: applied in stage.shop.service.rows(), what="the row")
    stage.restore(stage.shop.monolith, backup)
    assert applied not in stage.shop.monolith.rows()
    section = RESTORE["The side that owns was restored"]
    reader.sees(section, said="")
    refused = stage.walkable.run("advance", DOMAIN, code=2)
    assert "no side has forgotten what it sent" in refused["stderr"]
    reader.types(section, EPOCH=2)
    assert stage.walkable.run("status", DOMAIN)["owner"] == "service"
    nothing_is_missing(stage, stage.shop.service)


def test_two_owners_are_said(stage: Stage, reader: Reader) -> None:
    backup = stage.back_up(stage.shop.monolith)
    stage.walkable.run("advance", DOMAIN)
    stage.restore(stage.shop.monolith, backup)
    reader.sees(RESTORE["Both sides own"], said="")


def test_whoever_follows_the_runbook_of_retiring_ends_at_retired(
    stage: Stage, reader: Reader
) -> None:
    stage.walkable.run("advance", DOMAIN)
    printed = reader.types(next(iter(sections("retired").values())))
    assert "TABLE DATA public shop_thing" in printed[-1]
    assert stage.walkable.run("status", DOMAIN)["position"] == "retired"
