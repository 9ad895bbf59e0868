"""Each way in which a handover can stick, and its runbook, followed to the letter.

The system is brought there, the words of the runbook are looked for, its commands are typed, and then one
side owns and nothing is missing.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import amqp
import pytest

from handover.process import connect_broker
from tests.handover.conftest import DOMAIN, Shop, wait_until
from tests.migration_plan.conftest import Walkable, walking
from tests.migration_plan.runbook import Reader, Section, sections
from tests.tcp_proxy import TcpProxy, proxy_to

HAND_OVER = "hand over the writes"
STREAM = f"{DOMAIN}.stream.to-service"
STUCK = sections("stuck")
Scene = Callable[["Stage"], str]


@dataclass(slots=True)
class Stage:
    """A seam at canary-100 whose connections can be cut, and what was written to it."""

    walkable: Walkable
    broker: TcpProxy
    database: TcpProxy
    written: dict[UUID, str] = field(default_factory=dict)
    # What is put in the blanks of a command, and what happens before one types.
    blanks: dict[str, object] = field(default_factory=dict)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def shop(self) -> Shop:
        return self.walkable.shop

    def write(self, label: str) -> UUID:
        key = uuid4()
        with self.shop.monolith.connect() as connection:
            self.shop.monolith.put(connection, key, label)
        self.written[key] = label
        return key

    def advance(self) -> str:
        """Try, and return what was said."""
        process = self.walkable.start("advance", DOMAIN)
        out, err = process.communicate(timeout=90)
        assert process.returncode in {1, 2}, out + err
        return out + err

    def advance_and(self, *happens: Callable[[], object]) -> Popen[str]:
        """Hold the release back by a writer; let things happen just before it."""
        with self.shop.monolith.connect() as writer, writer.transaction():
            writer.execute("SELECT handover.enter(%s)", (DOMAIN,))
            process = self.walkable.start("advance", DOMAIN)
            wait_until(lambda: self.walkable.journaled(HAND_OVER), what="the handover")
            for each in happens:
                each()
        return process

    def said_by(self, process: Popen[str]) -> str:
        out, err = process.communicate(timeout=90)
        assert process.returncode == 1, out + err
        return out + err

    def release_and_die(self) -> None:
        """The token is written, strangler is dead, and the relay has not carried it."""
        self.advance_and(lambda: self.shop.kill("monolith-relay"), self._die)
        with self.shop.monolith.hand() as hand:
            wait_until(lambda: _released(hand), what="the release")
        self.meanwhile.append(self.up)

    def _die(self) -> None:
        self.walkable.kill(self.walkable.started[-1])

    def up(self) -> None:
        """What `python -m stack up` does: start what is not there."""
        self.broker.mend()
        self.database.mend()
        gateway = self.walkable.gateway
        gateway.is_up = gateway.is_following = True
        gateway.swallows_changes = False
        gateway.swallowed.set()
        names = {
            f"{side}-{role}" for side in ("monolith", "service") for role in ("relay", "applier")
        }
        self.shop.start(*sorted(names - self.shop.processes.keys()))

    def on_queue(self, act: Callable[[Any], object]) -> None:
        with connect_broker(self.shop.monolith.amqp_url) as broker, broker.channel() as channel:
            act(channel)


def _released(hand) -> bool:
    # Strangler may have died before or after its release; here it is after.
    if hand.ownership(DOMAIN).mode == "OWNER":
        hand.release(DOMAIN, epoch=1, lock_timeout_ms=500)
    return True


@pytest.fixture
def stage(shop: Shop, tmp_path: Path) -> Iterator[Stage]:
    with (
        proxy_to(shop.monolith.amqp_url) as broker,
        proxy_to(shop.service.urls["operator"]) as database,
    ):
        for side in (shop.monolith, shop.service):
            side.amqp_url = broker.url(side.amqp_url)
        urls = shop.service.urls
        urls |= {role: database.url(urls[role]) for role in ("operator", "relay", "applier")}
        with walking(shop, tmp_path) as walkable:
            plan = walkable.folder / f"{DOMAIN}.yaml"
            text = plan.read_text().replace("tries: 10", "tries: 3")
            # Our writers hold a release back for as long as a scene takes.
            plan.write_text(text.replace("transaction_s: 5", "transaction_s: 60"))
            walkable.run("advance", DOMAIN)
            walkable.compare_reads()
            walkable.run("advance", DOMAIN, "--to", "canary-100")
            stage = Stage(walkable, broker, database)
            for number in range(3):
                stage.write(f"before {number}")
            with stage.held:
                yield stage
        # Before the proxies go: nobody should be left knocking.
        shop.stop()


@pytest.fixture
def reader(stage: Stage, servers: dict[str, str]) -> Reader:
    monolith, service = stage.shop.monolith.urls, stage.shop.service.urls
    variables = {
        "STRANGLER_MONOLITH_DATABASE_URL": monolith["operator"],
        "STRANGLER_CATALOG_DATABASE_URL": service["operator"],
        "MONOLITH_OWNER_DATABASE_URL": monolith["owner"],
        "CATALOG_OWNER_DATABASE_URL": service["owner"],
        "CATALOG_APPLIER_DATABASE_URL": service["applier"],
        "AMQP_MANAGEMENT_URL": servers["AMQP_MANAGEMENT_URL"],
    }
    vhost = urlsplit(stage.shop.monolith.amqp_url).path.strip("/")
    return Reader(stage.walkable, stage.up, variables, vhost)


def a_writer_hangs(stage: Stage) -> str:
    writer = stage.shop.monolith.connect()
    stage.held.callback(writer.close)
    writer.execute("BEGIN")
    writer.execute("SELECT handover.enter(%s)", (DOMAIN,))
    said = stage.advance()
    stage.blanks["PID"] = writer.info.backend_pid
    assert re.search(rf"process {writer.info.backend_pid}\b", said)
    return said


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


def _trouble(hand) -> bool:
    query = "SELECT trouble FROM handover.inbox WHERE domain = %s"
    return bool(hand.connection.execute(query, (DOMAIN,)).fetchone()["trouble"])


SCENES: dict[str, Scene] = {
    "A writer leaves no room for the release": a_writer_hangs,
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
