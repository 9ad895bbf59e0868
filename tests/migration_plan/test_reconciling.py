"""Comparing again and again: what it finds, when it looks, and how it ends."""

import json
import signal
import subprocess
from typing import Any

import pytest

from tests.handover.conftest import DOMAIN
from tests.migration_plan.conftest import Walkable


def next_line(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def end(process: subprocess.Popen[str], *, code: int) -> str:
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == code, said
    return said


@pytest.mark.slow
def test_both_sides_are_compared_again_and_again_until_told_to_stop(walkable: Walkable) -> None:
    walkable.run("advance", DOMAIN)
    process = walkable.start("reconcile", DOMAIN, "--every", "1", "--json")
    assert next_line(process)["clean"]
    # Journaled: a move that asks for a recent reconcile has one.
    assert walkable.journaled("reconcile both sides", "done")
    with walkable.shop.service.connect("applier") as connection:
        connection.execute(
            "UPDATE shop.thing SET title = 'wrong', version = 0 WHERE ctid = '(0,1)'"
        )
    found = next_line(process)
    while found["clean"]:
        found = next_line(process)
    assert len(found["entities"][0]["differences"]) == 1
    # Others repair meanwhile, and the next look sees that.
    assert walkable.run("reconcile", DOMAIN, "--repair")["clean"]
    while not found["clean"]:
        found = next_line(process)
    end(process, code=0)


def test_what_cannot_be_compared_now_is_told_and_looked_at_again(walkable: Walkable) -> None:
    process = walkable.start("reconcile", DOMAIN, "--every", "1", "--json")
    assert process.stderr is not None
    assert "the change stream of shop is off: there is no copy" in process.stderr.readline()
    walkable.run("advance", DOMAIN)
    assert next_line(process)["clean"]
    end(process, code=0)


@pytest.mark.slow
def test_a_repair_that_nobody_applies_says_to_type_itself_again(walkable: Walkable) -> None:
    walkable.amend("catch_up_s: 20", "catch_up_s: 1")
    walkable.run("advance", DOMAIN)
    walkable.shop.kill("service-applier")
    with walkable.shop.service.connect("applier") as connection:
        connection.execute(
            "UPDATE shop.thing SET title = 'wrong', version = 0 WHERE title = 'thing 1'"
        )
    failed = walkable.run("reconcile", DOMAIN, "--repair", code=1)
    assert failed["stderr"].endswith("then: strangler reconcile shop --repair\n")
    assert "nothing to resume" in walkable.run("resume", DOMAIN, code=2)["stderr"]
    walkable.shop.start("service-applier")
    assert walkable.run("reconcile", DOMAIN, "--repair")["clean"]


@pytest.mark.slow
def test_a_command_that_is_no_move_does_not_call_for_resume(walkable: Walkable) -> None:
    text = (walkable.folder / f"{DOMAIN}.yaml").read_text()
    # Both databases refuse what they do not know.
    (walkable.folder / "ghost.yaml").write_text(text.replace("seam: shop", "seam: ghost"))
    for command in ("status", "plan", "preflight", "reconcile", "resend", "backfill"):
        said = walkable.run(command, "ghost", code=1)["stderr"]
        assert "'ghost' is not registered" in said
        assert said.endswith(f"then: strangler {command} ghost\n")


@pytest.mark.parametrize("beside", ["--repair", "--dry-run"])
def test_who_only_looks_mends_nothing(walkable: Walkable, beside: str) -> None:
    refused = walkable.run("reconcile", DOMAIN, "--every", "1", beside, code=2)
    assert "--every only looks" in refused["stderr"]
