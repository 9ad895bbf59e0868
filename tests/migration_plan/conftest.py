"""A seam `shop` that can be walked: two databases, real relays and appliers, a fake gateway."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from tests.handover.conftest import DOMAIN, Shop, SideOfShop, shop, templates, wait_until
from tests.migration_plan import fake_gateway
from tests.migration_plan.fake_gateway import FakeGateway

__all__ = ["shop", "templates"]

HAND_OVER = "hand over the writes"
PLAN = """
seam: shop
databases: {{monolith: "{monolith}", service: "{service}"}}
broker: {broker}
instances: {url}
gateway:
  admin: {url}
  proxy: {url}
  read_upstream: shop-read
  write_upstream: shop-write
  opt_in_upstream: shop-opt-in
  targets: {{monolith: "{monolith_target}", service: "{service_targets}"}}
probe: {{path: /things, monolith: monolith, service: shop-service}}
canary: [25, 100]
shadow_sample: 1
limits:
  lag_messages: 100
  reconcile_age_s: 300
  compared_reads: 10
  compared_routes: [list]
  different_reads: 0
  transaction_s: 5
backfill: {{chunk_rows: 10, pause_above_messages: 5}}
handover: {{lock_timeout_ms: 300, token_timeout_s: 2, tries: 10}}
patience: {{checks_s: 10, catch_up_s: 20, comparisons_s: 10, verify_s: 5}}
"""


@dataclass(slots=True, kw_only=True)
class Walkable:
    """The seam, and `strangler` as a program."""

    shop: Shop
    gateway: FakeGateway
    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = (sys.executable, "-m", "strangler", *arguments, "--seams", str(self.folder))
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Run to the end with --json; the document, with stderr under `stderr`."""
        process = self.start(*arguments, "--json")
        out, err = process.communicate(timeout=90)
        assert process.returncode == code, f"{process.returncode}: {err}\n{out}"
        document = json.loads(out) if out.strip() else {}
        return {**document, "stderr": err} if isinstance(document, dict) else {"rows": document}

    def fill(self, count: int) -> None:
        with self.shop.monolith.connect("owner") as connection:
            connection.execute(
                "INSERT INTO public.shop_thing SELECT gen_random_uuid(), 'thing ' || n, 1, now() "
                "FROM generate_series(1, %s) n",
                (count,),
            )

    def amend(self, words: str, others: str) -> None:
        """Change what the plan says."""
        plan = self.folder / f"{DOMAIN}.yaml"
        text = plan.read_text()
        assert words in text
        plan.write_text(text.replace(words, others))

    def compare_reads(
        self, *, route: str = "list", equal: int = 10, different: int = 0, failed: int = 0
    ) -> None:
        with self.shop.monolith.connect() as connection:
            connection.execute(
                "SELECT handover.note_comparison(%s, %s, %s, 0, %s, %s, NULL)",
                (DOMAIN, route, equal, different, failed),
            )

    def operator(self) -> psycopg.Connection[DictRow]:
        url = self.shop.monolith.urls["operator"]
        return psycopg.connect(url, autocommit=True, row_factory=dict_row)

    def journaled(self, step: str, phase: str = "intent") -> bool:
        with self.operator() as connection:
            row = connection.execute(
                "SELECT 1 FROM handover.journal WHERE step = %s AND phase = %s", (step, phase)
            ).fetchone()
        return row is not None

    def is_at(self, step: str) -> bool:
        """Whether a run has come to this step and not got beyond it."""
        with self.operator() as connection:
            row = connection.execute(
                "SELECT step, phase FROM handover.journal ORDER BY id DESC LIMIT 1"
            ).fetchone()
        return row is not None and (row["step"], row["phase"]) == (step, "intent")

    @contextmanager
    def held_back(self, verb: str, *, giver: SideOfShop) -> Iterator[subprocess.Popen[str]]:
        """A move that has passed its checks, and whose release waits for a writer of the giver."""
        with giver.connect() as writer, writer.transaction():
            writer.execute("SELECT handover.enter(%s)", (DOMAIN,))
            process = self.start(verb, DOMAIN)
            wait_until(lambda: self.is_at(HAND_OVER), what="the handover")
            yield process

    def kill(self, process: subprocess.Popen[str]) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)

    def end(self) -> None:
        """Leave no process and no pipe behind."""
        for process in self.started:
            if process.poll() is None:
                self.kill(process)
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()

    def is_consistent(self, *, owner: str) -> None:
        """One owner, the gateway and the seam agree with it, both sides hold the same rows."""
        self.agrees(owner=owner)
        wait_until(lambda: self.shop.monolith.rows() == self.shop.service.rows(), what="equality")

    def agrees(self, *, owner: str) -> None:
        """One owner, and the gateway and the seam agree with it."""
        status = self.run("status", DOMAIN)
        assert status["owner"] == owner
        assert status["writes_to_service"] == (100 if owner == "service" else 0)
        assert status["stage"] == ("cutover" if owner == "service" else "canary")


@pytest.fixture
def walkable(shop: Shop, tmp_path: Path) -> Iterator[Walkable]:
    """At `monolith`, 35 rows, everything running."""
    with walking(shop, tmp_path) as walkable:
        yield walkable


@contextmanager
def walking(shop: Shop, tmp_path: Path) -> Iterator[Walkable]:
    """Start everything around a shop, wherever its connection strings lead."""
    shop.start_all()
    with fake_gateway.running() as (gateway, url):
        text = PLAN.format(
            monolith=shop.monolith.urls["operator"],
            service=shop.service.urls["operator"],
            broker=shop.monolith.amqp_url,
            url=url,
            monolith_target=gateway.monolith_target,
            service_targets=",".join(gateway.service_targets),
        )
        (tmp_path / "shop.yaml").write_text(text)
        walkable = Walkable(shop=shop, gateway=gateway, folder=tmp_path)
        walkable.fill(35)
        yield walkable
        walkable.end()


@pytest.fixture
def before_cutover(walkable: Walkable) -> Walkable:
    """At canary-100, with everything a cutover asks for."""
    walkable.run("advance", DOMAIN)
    walkable.compare_reads()
    walkable.run("advance", DOMAIN, "--to", "canary-100")
    return walkable
