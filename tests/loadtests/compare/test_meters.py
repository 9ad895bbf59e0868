"""Whose work is counted as whose, and how."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from loadtests.compare import counters, effort, profiling, rpc
from loadtests.compare.hops import Hops
from loadtests.compare.summary import mean_hops
from stack import environment
from stack.profile import Kind, Profile
from stack.services import SERVICES


@pytest.mark.parametrize(
    ("program", "group"),
    [
        ("postgresql", "PostgreSQL"),
        ("rabbitmq", "RabbitMQ"),
        ("epmd", "RabbitMQ"),
        ("gateway-admin", "gateway"),
        ("gateway-envoy", "gateway"),
        ("monolith", "monolith"),
        ("bank", "bank"),
        ("catalog-1", "catalog"),
        ("orders-12", "orders"),
        ("monolith-relay", effort.BACKGROUND),
        ("orders-projector", effort.BACKGROUND),
        ("notifications-events", effort.BACKGROUND),
    ],
)
def test_each_program_belongs_to_a_group(program: str, group: str) -> None:
    assert effort.group_of(program) == group


_WORKS = "sum(n * n for n in range(3_000_000))"
_ENDS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_WORKS!r}])"


def test_the_work_of_a_child_that_has_ended_is_not_lost() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", f"{_ENDS}; print(1, flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert parent.stdout is not None
        parent.stdout.readline()
        found = effort.look({"monolith": parent.pid})
    finally:
        parent.communicate()
    assert found.seconds["monolith"] > 0.1
    assert found.mebibytes["monolith"] > 1


def test_a_process_that_is_gone_has_no_account() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert effort.look({"monolith": gone.pid}).seconds == {"monolith": 0.0}


def test_what_was_added_is_the_difference_and_what_is_new_began_at_nothing() -> None:
    assert effort.between({"a": 1.0, "b": 3.0}, {"a": 4.0, "b": 1.0, "c": 2.0}) == {
        "a": 3.0,
        "b": 0.0,
        "c": 2.0,
    }


def test_a_system_without_gateway_broker_and_services_counts_nothing() -> None:
    assert counters.broker({}) == {}
    assert counters.databases({}) == {}
    assert counters.answered({}) == {"gateway": 0.0}


def test_whoever_answers_people_is_counted_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = Profile(kind=Kind.TEST, root=tmp_path, state=tmp_path / ".run", base=22000)
    profile.state.mkdir()
    monkeypatch.setattr(counters, "_requests", lambda _: 1.0)
    monkeypatch.setattr(counters, "_at_the_gateway", lambda _: 9.0)
    expected = {service.name: float(service.instances) for service in SERVICES if service.instances}
    assert counters.answered(environment.variables(profile)) == {
        "monolith": 1.0,
        **expected,
        "gateway": 9.0,
    }
    old = {"CATALOG_URLS": "http://a,http://b", "CATALOG_TARGETS": "a,b", "KAFKA_URLS": "http://c"}
    assert counters.answered(old) == {"catalog": 2.0, "gateway": 9.0}


def test_a_question_over_the_broker_goes_by_two_hops() -> None:
    one = Hops(journey="Shopper", task="check_out", requests=2, at_gateway=2, answered=2, rpc=3)
    other = Hops(journey="Browser", task="search", requests=2, at_gateway=2, answered=2, rpc=0)
    assert one.per_request == 5
    both = ("Shopper", "check_out"), ("Browser", "search")
    assert mean_hops([one, other], dict.fromkeys(both, 7)) == 3.5
    # Most people look around.
    assert mean_hops([one, other], {both[0]: 1, both[1]: 9}) == 2.3
    assert mean_hops([one, other], {}) is None


class Channel:
    """A broker's channel to which questions come in bursts, a look apart."""

    def __init__(self, *bursts: int) -> None:
        self.waiting = list(bursts)

    def queue_declare(self, **_: object) -> SimpleNamespace:
        return SimpleNamespace(queue="ours")

    def queue_bind(self, *_: object, **__: object) -> None:
        """Nothing to do."""

    def basic_get(self, _: str, *, no_ack: bool) -> object:
        assert no_ack
        if not self.waiting or not self.waiting[0]:
            self.waiting = self.waiting[1:]
            return None
        self.waiting[0] -= 1
        return object()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "QUIET_S", 0.0)


def test_questions_that_follow_an_answer_are_counted_with_it() -> None:
    assert rpc.Ear(Channel(3, 2, 0, 7)).until_quiet() == 5
    assert rpc.Ear(Channel()).until_quiet() == 0


def test_who_always_asks_is_not_listened_to_for_ever() -> None:
    assert rpc.Ear(Channel(*[1] * 100)).until_quiet() == 1 + rpc.MOST_LOOKS


def test_where_nobody_asks_over_a_broker_nothing_is_heard() -> None:
    with rpc.listening({}) as ear:
        assert ear.until_quiet() == 0


STACKS = """\
main (/tree/monolith/wsgi.py:3);get (/env/site-packages/django/http.py:9);dumps (/py/json/x.py:2) 6
main (/tree/monolith/wsgi.py:3);execute (/env/site-packages/psycopg/cursor.py:97) 3
main (/tree/monolith/catalog/api.py:3) 2
sleep (/py/threading.py:1) 1
not a stack
"""


def test_a_sample_counts_for_the_package_that_works_or_has_called_python() -> None:
    found = profiling.packages(STACKS.splitlines(), root=Path("/tree"))
    assert found == {"django": 6, "psycopg": 3, "monolith": 2, profiling.ITSELF: 1}


def test_one_process_of_each_side_that_answers_is_looked_at() -> None:
    pids = {"monolith": 1, "catalog-1": 2, "catalog-2": 3, "monolith-relay": 4, "gateway-envoy": 5}
    assert profiling.looked_at(pids) == {"monolith": 1, "catalog": 2}


def test_py_spy_looks_at_a_process(tmp_path: Path) -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while True: sum(range(1000))"])
    try:
        with profiling.looking({"monolith": busy.pid}, tmp_path / "p", seconds=1):
            pass
    finally:
        busy.kill()
        busy.wait()
    if os.geteuid():
        pytest.skip("the kernel may not let us look at another process")
    assert (tmp_path / "p/monolith.stacks").read_text()
