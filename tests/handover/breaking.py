"""Takes one guard out of the program, tells a story to it, and asks a small ledger what is wrong.

* **courier**: carries the stream by hand, with the real SQL and the real applier, so that what is
  late, lost, repeated or overtaken is the story's choice and not the broker's.
* **ledger**: what clients were told, held against both databases in the end.
"""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import ModuleType
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from handover import apply, applying, grant, moves
from handover.apply import DomainApplier
from handover.install import Roles, part_sql
from handover.relay import NUMBER
from handover.wire import StreamMessage

from .conftest import DOMAIN, Shop, SideOfShop

GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A write that was acknowledged: the version it made, and what it said."""

    key: UUID
    version: int
    label: str


@dataclass(slots=True)
class Case:
    """A shop with a courier and a ledger."""

    shop: Shop
    told: list[Told] = field(default_factory=list)
    token_runs_ahead: bool = False
    records_stay: bool = False

    def tell(self, key: UUID, version: int, label: str) -> None:
        self.told.append(Told(key=key, version=version, label=label))

    def put(self, side: SideOfShop, key: UUID, label: str) -> bool:
        """Write as a client would; what is refused was not told to anybody."""
        with side.connect() as connection:
            try:
                version = side.put(connection, key, label)
            except psycopg.Error as error:
                if error.sqlstate != "DM001":
                    raise
                return False
        self.tell(key, version, label)
        return True

    def drop(self, side: SideOfShop, key: UUID, *, version: int) -> None:
        with side.connect() as connection:
            side.delete(connection, key)
        self.tell(key, version, GONE)

    def command(self, side: SideOfShop, command: UUID, key: UUID) -> None:
        """Change a row once per command: its record is a row beside it, in the same transaction."""
        if command in side.rows():
            return
        with side.connect() as connection, connection.transaction():
            version = side.put(connection, key, str(command))
            if self.records_stay:
                table, label = side.entity.table, side.entity.fields[1].here
                connection.execute(
                    f"INSERT INTO {table} (id, {label}, version, updated_at) "
                    "VALUES (%s, %s, 1, clock_timestamp())",
                    (command, "done"),
                )
            else:
                side.put(connection, command, "done")
        self.tell(key, version, str(command))

    def stream(self, side: SideOfShop) -> list[StreamMessage]:
        """Everything a side ever had to say, numbered as the relay numbers it."""
        with side.connect("relay") as connection:
            connection.execute(NUMBER, {"window": 10_000})
            rows = connection.execute(
                "SELECT domain, kind, stream_sequence AS sequence, epoch, payload "
                "FROM handover.outbox WHERE domain = %s ORDER BY stream_sequence",
                (DOMAIN,),
            ).fetchall()
        return [StreamMessage(source=side.name, **row) for row in rows]

    def deliver(self, side: SideOfShop, messages: Iterable[StreamMessage]) -> None:
        with side.connect("applier") as connection:
            DomainApplier(DOMAIN, (side.entity,)).apply(connection, list(messages))

    def carry_all(self) -> None:
        """What has not been applied yet arrives, in order, until both sides have seen everything."""
        for giver, taker in ((self.shop.monolith, self.shop.service),) * 2:
            for sender, receiver in ((giver, taker), (taker, giver)):
                with receiver.hand() as hand:
                    applied = hand.inbox_sequence(DOMAIN)
                self.deliver(receiver, (m for m in self.stream(sender) if m.sequence > applied))

    def bring_token(self) -> None:
        """Bring the monolith's token: behind all that was written before it, or ahead of it."""
        messages = self.stream(self.shop.monolith)
        if not self.token_runs_ahead:
            self.deliver(self.shop.service, messages)
            return
        with self.shop.service.connect("applier") as connection, connection.transaction():
            grant.accept(connection, messages[-1])

    def owners(self) -> list[SideOfShop]:
        found = []
        for side in (self.shop.monolith, self.shop.service):
            with side.hand() as hand:
                if hand.ownership(DOMAIN).mode == "OWNER":
                    found.append(side)
        return found

    def wrongs(self) -> set[str]:
        """What the ledger and a comparison of both sides have to say, at rest."""
        found, owners = set(), self.owners()
        if len(owners) != 1:
            found.add(f"{len(owners)} owners")
        versions = [(told.key, told.version) for told in self.told]
        if len(versions) != len(set(versions)):
            found.add("forked")
        commands = [told.label for told in self.told if told.label != GONE]
        if len(commands) != len(set(commands)):
            found.add("doubled")
        if self.shop.monolith.rows() != self.shop.service.rows():
            found.add("unequal")
        for owner in owners:
            found |= self._untrue(owner)
        return found

    def _untrue(self, owner: SideOfShop) -> set[str]:
        found, rows = set(), owner.rows()
        last = {told.key: told for told in sorted(self.told, key=lambda told: told.version)}
        for key, told in last.items():
            if told.label == GONE:
                if key in rows:
                    found.add("risen")
            elif rows.get(key) != (told.label, told.version):
                found.add("lost")
        return found


def replace_sql(shop: Shop, file: str, function: str, old: str, new: str) -> None:
    """Install a function of the protocol anew, with one text for another, on both sides."""
    for side, prefix in ((shop.monolith, "monolith"), (shop.service, "catalog")):
        names = {role: f"{prefix}_{role}" for role in ("owner", "app", "relay", "applier")}
        text = part_sql(file, roles=Roles(**names))
        made = re.search(
            rf"CREATE (OR REPLACE )?FUNCTION {re.escape(function)}\(.*?END \$\$;", text, re.DOTALL
        )
        assert made is not None, f"{function} is not in {file} any more"
        assert old in made[0], f"{function} has no {old!r} any more: take the guard out elsewhere"
        changed = re.sub(
            r"^CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", made[0].replace(old, new)
        )
        with side.connect("owner") as connection:
            connection.execute(changed.encode())


def rewrite(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, function: str, old: str, new: str
) -> None:
    """Compile a function anew, with one text for another, in the place of the old one."""
    text = textwrap.dedent(inspect.getsource(getattr(module, function)))
    assert old in text, f"{function} has no {old!r} any more: take the guard out elsewhere"
    names = dict(vars(module))
    exec(compile(text.replace(old, new), module.__file__ or function, "exec"), names)
    monkeypatch.setattr(module, function, names[function])


Take = Callable[[pytest.MonkeyPatch, Case], None]


def no_lock(_: pytest.MonkeyPatch, case: Case) -> None:
    lock = "PERFORM pg_catalog.pg_advisory_xact_lock_shared(4711, handover.lock_key(p_domain));"
    replace_sql(case.shop, "0002_fence.sql", "handover.admit", lock, "")


def torn_release(_: pytest.MonkeyPatch, case: Case) -> None:
    """The token is committed, and whoever wanted to give ownership up afterwards is dead."""
    name = "handover.release"
    gives_up = "SET mode = 'RELEASED', epoch = o.epoch + 1, changed_at = locked"
    replace_sql(case.shop, "0004_token.sql", name, gives_up, "SET changed_at = locked")
    with case.shop.monolith.connect("owner") as connection:
        ((text,),) = connection.cursor(row_factory=psycopg.rows.tuple_row).execute(
            "SELECT pg_get_functiondef('handover.release(text,bigint,integer,interval)'::regprocedure)"
        )
        connection.execute(
            text.replace("RETURNING o.epoch INTO", "RETURNING o.epoch + 1 INTO").encode()
        )


def token_beside_stream(monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    no_digest(monkeypatch, case)
    case.token_runs_ahead = True


def no_dedupe(monkeypatch: pytest.MonkeyPatch, _: Case) -> None:
    rewrite(
        monkeypatch,
        apply,
        "_next_in_order",
        "expected = start + len(chosen) + 1",
        "expected = message.sequence",
    )


def no_gap_stop(monkeypatch: pytest.MonkeyPatch, _: Case) -> None:
    rewrite(
        monkeypatch,
        apply,
        "_next_in_order",
        "if message.sequence == expected:",
        "if message.sequence >= expected:",
    )


def records_stay(monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    no_digest(monkeypatch, case)
    case.records_stay = True


def no_burn(monkeypatch: pytest.MonkeyPatch, _: Case) -> None:
    rewrite(
        monkeypatch, moves, "_reclaim", "burned = taker.burn(domain, epoch=epoch)", "burned = True"
    )


def no_epoch_check(monkeypatch: pytest.MonkeyPatch, _: Case) -> None:
    monkeypatch.setattr(grant, "_is_expected", lambda *_: True)
    guard = "\"AND mode <> 'OWNER' AND epoch = %(epoch)s - 1\","
    rewrite(monkeypatch, grant, "accept", guard, '"",')
    monkeypatch.setattr(apply, "accept", grant.accept)


def no_digest(monkeypatch: pytest.MonkeyPatch, _: Case) -> None:
    compares = "if found is None or any(found[name] != promised[name]"
    rewrite(monkeypatch, grant, "accept", compares, "if any(False and found[name]")
    monkeypatch.setattr(apply, "accept", grant.accept)


def no_version_guard(monkeypatch: pytest.MonkeyPatch, _: Case) -> None:
    rewrite(
        monkeypatch, applying, "_when_newer", " WHERE here.{version} {newer} excluded.{version}", ""
    )


def no_tombstones(monkeypatch: pytest.MonkeyPatch, _: Case) -> None:
    monkeypatch.setattr(applying, "_unless_buried", lambda *_: sql.SQL(""))
