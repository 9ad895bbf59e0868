"""The last step, from 06-orders to 07-retired: all five domains leave for good, and the shop still sells.

It cannot be undone, so it has a system of its own.
"""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import ROOT, System
from tests.docs.markdown import blocks
from tests.e2e.alone import alone
from tests.e2e.conftest import People
from tests.strangling.waiting import eventually

PLAN = ROOT / "migration-plan"
(RETIRE_ALL,) = blocks(PLAN / "stages" / "07-retired.md")
LOOK, RETIRE, SEE, LIST = blocks(PLAN / "runbooks" / "retired.md")
# Each before those that it needs.
SEAMS = ("orders", "payments", "inventory", "notifications", "catalog")
# News of orders are no part of a domain, so they stay as long as the code.
STAYS = ["notifications_notice"]
# Half an hour of quiet, for a test.
QUIET = ("--for 30m", "--for 3s")


@pytest.fixture(scope="module")
def own() -> Iterator[System]:
    with alone() as system:
        yield system


def types(system: System, block: str) -> str:
    """Type a block as it stands, but for how long it has to be quiet; returns what was printed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.replace(*QUIET)],
        cwd=ROOT,
        env=system.environment() | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_stage_types_for_each_domain_what_the_runbook_says_of_one() -> None:
    assert seams_of(RETIRE_ALL) == SEAMS
    assert line_of(RETIRE_ALL, "catalog") == RETIRE.strip()


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_all_five_domains_retire_and_the_shop_still_sells(own: System, tmp_path: Path) -> None:
    people = People(own, tmp_path)
    try:
        people.write_more(10, timeout_s=60)
        for seam in reversed(SEAMS):
            own.strangler("advance", seam, "--to", "cutover")
        sizes = types(own, LOOK)
        assert "public.catalog_product" in sizes
        assert own.position("catalog") == "cutover"
        types(own, RETIRE_ALL)
        people.write_more(20, timeout_s=60)
        the_files_bring_the_monolith_back_for_a_moment(own)
        order = people.place_an_order()
    finally:
        people.go_home()
    assert {seam: own.position(seam) for seam in SEAMS} == dict.fromkeys(SEAMS, "retired")
    for seam in SEAMS:
        shown = types(own, SEE.replace("catalog", seam))
        assert "retired" in shown
        assert f"TABLE DATA public {seam}_" in types(own, LIST.replace("catalog", seam))
    nothing_is_left_of_them(own)
    # Nobody has a copy to answer from any more, in this tree.
    for other in ("payments", "mails"):
        assert people.asks(f"{order}/{other}").status_code == 503
    a_mail_came(own, people, order)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


def seams_of(loop: str) -> tuple[str, ...]:
    found = re.search(r"^for seam in (.+); do$", loop, re.MULTILINE)
    assert found is not None
    return tuple(found[1].split())


def line_of(loop: str, seam: str) -> str:
    """What the loop types for one seam."""
    return loop.splitlines()[1].strip().replace("$seam", seam)


def the_files_bring_the_monolith_back_for_a_moment(system: System) -> None:
    """What the runbook says of the next deployment, while people shop."""
    system.run("kong_admin", "sync")
    upheld = system.strangler("uphold")
    assert (set(upheld["retired"]), bool(upheld["upstreams"])) == (set(SEAMS), True)
    assert system.strangler("uphold")["upstreams"] == []


def nothing_is_left_of_them(system: System) -> None:
    """No table and no copy aside in the monolith's database; a dump of each, whole."""
    with psycopg.connect(system.variables["MONOLITH_OWNER_DATABASE_URL"]) as owner:
        tables = owner.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        aside = owner.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'retired_%'")
        assert aside.fetchall() == []
        dumps = owner.execute("SELECT domain, dump FROM handover.retirement").fetchall()
    assert [name for (name,) in tables if name.startswith(SEAMS)] == STAYS
    assert {domain for domain, _ in dumps} == set(SEAMS)
    for domain, noted in dumps:
        dump = Path(system.variables["STRANGLER_DUMPS"]) / f"{domain}.dump"
        assert hashlib.sha256(dump.read_bytes()).hexdigest() == noted["sha256"]


def a_mail_came(system: System, people: People, order: str) -> None:
    """The order is there, and its buyer was written to by the service that owns the mails."""
    folder = Path(system.variables["STATE_DIR"]) / "mail"
    to = f"To: {people.address}".encode()
    number = order.rpartition("/")[2].encode()

    def came() -> bool:
        letters = [path.read_bytes() for path in folder.glob("*.eml")]
        return any(to in letter and number in letter for letter in letters)

    eventually(came, what=f"a mail about {order}", timeout_s=30)
