"""`kill -9` under load: what was acknowledged is there once, and the rest goes on working."""

import httpx
import pytest

from stack import profile as profiles
from stack import programs
from tests.waiting import eventually

TEST = profiles.load(profiles.Kind.TEST)
HARM = ("lost", "doubled", "wrong side", "out of order", "unsettled")


def harm(verdict):
    """Everything a kill may not do. It may fail a request that was in the victim's hands."""
    return {name: found for name in HARM if (found := verdict.wrongs[name])}


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["catalog-relay", "orders-relay", "notifications-events"])
def test_killing_what_carries_facts_fails_nothing(people, victim):
    for _ in range(3):
        people.write_more(10)
        programs.kill(victim, profile=TEST)
        programs.await_ready(victim, profile=TEST)
    people.write_more(10)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


@pytest.mark.slow
def test_killing_a_service_instance_loses_nothing(people):
    for victim in ("catalog-1", "catalog-2"):
        people.write_more(10)
        programs.kill(victim, profile=TEST)
        # The other instance goes on taking writes meanwhile.
        people.write_more(10)
        programs.await_ready(victim, profile=TEST)
    verdict = people.verdict()
    assert not harm(verdict)


@pytest.mark.slow
def test_writes_go_on_while_the_broker_is_down(system, people):
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
def test_killing_the_broker_loses_nothing(people):
    people.write_more(10)
    programs.kill("rabbitmq", profile=TEST)
    people.write_more(20)
    programs.await_ready("rabbitmq", profile=TEST)
    verdict = people.verdict()
    assert not harm(verdict)


@pytest.mark.slow
def test_killing_the_gateways_control_plane_fails_nothing(people):
    people.write_more(10)
    programs.kill("gateway-admin", profile=TEST)
    people.write_more(20)
    programs.await_ready("gateway-admin", profile=TEST)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs
