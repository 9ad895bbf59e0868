"""`kill -9` under load: what was acknowledged is there once, and the rest goes on working."""

import json
import signal
import subprocess
import sys

import httpx
import psycopg
import pytest

from stack import profile as profiles
from stack import programs
from tests.conftest import ROOT
from tests.strangling.waiting import eventually

TEST = profiles.load(profiles.Kind.TEST)
HARM = ("lost", "doubled", "wrong side", "out of order", "unequal", "unsettled")


def harm(verdict):
    """Everything a kill may not do. It may fail a request that was in the victim's hands."""
    return {name: found for name in HARM if (found := verdict.wrongs[name])}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("position", "victim"),
    [
        ("canary-50", "monolith-relay"),
        ("canary-50", "catalog-applier"),
        ("cutover", "catalog-relay"),
        ("cutover", "monolith-applier"),
    ],
)
def test_killing_what_carries_the_stream_fails_nothing(people, at, position, victim):
    at(position)
    for _ in range(3):
        people.write_more(10)
        programs.kill(victim, profile=TEST)
        programs.await_ready(victim, profile=TEST)
    people.write_more(10)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


@pytest.mark.slow
def test_killing_a_service_instance_loses_nothing(people, at):
    at("cutover")
    for victim in ("catalog-1", "catalog-2"):
        people.write_more(10)
        programs.kill(victim, profile=TEST)
        # The other instance goes on taking writes meanwhile.
        people.write_more(10)
        programs.await_ready(victim, profile=TEST)
    verdict = people.verdict()
    assert not harm(verdict)


@pytest.mark.slow
@pytest.mark.parametrize("position", ["canary-50", "cutover"])
def test_writes_go_on_while_the_broker_is_down(system, people, at, position):
    at(position)
    people.write_more(10)
    programs.stop("rabbitmq", profile=TEST)
    try:
        people.write_more(30)
        eventually(lambda: standing(system) == "degraded", what="the monolith to miss the broker")
    finally:
        programs.start("rabbitmq", profile=TEST)
    people.write_more(10)
    eventually(lambda: standing(system) == "ready", what="the monolith to find the broker")
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


def standing(system):
    answer = httpx.get(f"{system.monolith}/readyz", trust_env=False, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()["status"]


@pytest.mark.slow
def test_killing_the_broker_loses_nothing(people, at):
    at("canary-50")
    people.write_more(10)
    programs.kill("rabbitmq", profile=TEST)
    people.write_more(20)
    programs.await_ready("rabbitmq", profile=TEST)
    verdict = people.verdict()
    assert not harm(verdict)


@pytest.mark.slow
def test_killing_the_gateways_control_plane_fails_nothing(people, at):
    at("canary-50")
    people.write_more(10)
    programs.kill("gateway-admin", profile=TEST)
    people.write_more(20)
    programs.await_ready("gateway-admin", profile=TEST)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


class Advance:
    """A `strangler advance` in a process of its own."""

    def __init__(self, system, goal):
        self.journal = system.variables["AUDITOR_MONOLITH_DATABASE_URL"]
        with psycopg.connect(self.journal) as journal:
            runs = journal.execute("SELECT DISTINCT run_id FROM handover.journal")
            self.earlier = [run_id for (run_id,) in runs]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "strangler", "advance", "catalog", "--to", goal, "--json"],
            cwd=ROOT,
            env=system.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def has_begun(self):
        """Whether its journal has an effect of its own, done or only intended."""
        with psycopg.connect(self.journal) as journal:
            query = "SELECT count(*) FROM handover.journal WHERE run_id NOT IN (SELECT unnest(%s))"
            return journal.execute(query, (self.earlier,)).fetchone()[0] > 0


@pytest.mark.slow
def test_a_second_advance_is_refused_while_one_runs(system, people, at):
    at("shadow")
    first = Advance(system, "cutover")
    eventually(first.has_begun, what="the first advance to be on its way", timeout_s=30)
    second = subprocess.run(
        [sys.executable, "-m", "strangler", "advance", "catalog"],
        cwd=ROOT,
        env=system.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert len(second.stderr.strip().splitlines()) == 1
    out, errors = first.process.communicate(timeout=120)
    assert first.process.returncode == 0, errors
    assert json.loads(out)["ok"]
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


@pytest.mark.slow
def test_a_killed_advance_is_resumed_to_a_consistent_end(system, people, at):
    at("canary-100")
    advance = Advance(system, "cutover")
    eventually(
        lambda: advance.process.poll() is not None or advance.has_begun(),
        what="the advance to begin",
        timeout_s=30,
    )
    advance.process.send_signal(signal.SIGKILL)
    advance.process.communicate()
    people.write_more(20)
    if system.position() != "cutover":
        assert system.strangler("resume", "catalog")["ok"]
    status = system.strangler("status", "catalog")
    assert status["position"] == "cutover"
    assert status["owner"] == "service"
    people.write_more(20)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs
