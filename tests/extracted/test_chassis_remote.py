"""Another service, asked so that its trouble stays its own: circuit, bulkhead, budget, deadline."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest
from eventlet.event import Event
from nameko.exceptions import RemoteError, RpcTimeout, UnknownService

from extracted.chassis import deadline, remote
from extracted.chassis.circuit import Circuit, CircuitOpen
from extracted.chassis.remote import FAILURES_UNTIL_OPEN, MOST_RETRIES, Guards, Remote, RetryBudget
from extracted.contracts.rpc import Unanswered


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Act:
    """A call that comes to what is planned, one after the other, and then to "done"."""

    def __init__(self, *plan: Exception) -> None:
        self.plan = list(plan)
        self.tries = 0

    def __call__(self) -> str:
        self.tries += 1
        if self.plan:
            raise self.plan.pop(0)
        return "done"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit(failures_until_open=3, open_s=2.0, clock=clock)


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    with eventlet.Timeout(10):
        yield


def fail(circuit: Circuit, times: int) -> None:
    for _ in range(times):
        with pytest.raises(OSError, match="away"):
            circuit.call(Act(OSError("away")))


def opened(circuit: Circuit) -> Circuit:
    fail(circuit, 3)
    assert circuit.is_open
    return circuit


class TestCircuit:
    def test_it_opens_after_so_many_failures_in_a_row(self, circuit: Circuit) -> None:
        fail(circuit, 2)
        assert circuit.call(Act()) == "done"
        fail(circuit, 2)
        assert not circuit.is_open
        fail(circuit, 1)
        assert circuit.is_open

    def test_open_it_asks_nobody(self, circuit: Circuit, clock: Clock) -> None:
        opened(circuit)
        clock.now += 1.9
        act = Act()
        with pytest.raises(CircuitOpen):
            circuit.call(act)
        assert act.tries == 0

    def test_later_one_tries_and_closes_it_for_all(self, circuit: Circuit, clock: Clock) -> None:
        opened(circuit)
        clock.now += 2
        assert circuit.call(Act()) == "done"
        assert not circuit.is_open
        fail(circuit, 2)
        assert not circuit.is_open, "it counts from the beginning"

    def test_a_try_that_fails_keeps_it_open_for_as_long_again(
        self, circuit: Circuit, clock: Clock
    ) -> None:
        opened(circuit)
        clock.now += 2
        fail(circuit, 1)
        clock.now += 1.9
        with pytest.raises(CircuitOpen):
            circuit.call(Act())
        clock.now += 0.1
        assert circuit.call(Act()) == "done"

    def test_only_one_tries_at_once(self, circuit: Circuit, clock: Clock) -> None:
        opened(circuit)
        clock.now += 2
        answer = Event()
        trying = eventlet.spawn(circuit.call, answer.wait)
        eventlet.sleep(0)
        with pytest.raises(CircuitOpen):
            circuit.call(Act())
        answer.send("done")
        assert trying.wait() == "done"
        assert circuit.call(Act()) == "done"

    def test_a_try_that_is_killed_gives_its_place_back(
        self, circuit: Circuit, clock: Clock
    ) -> None:
        opened(circuit)
        clock.now += 2
        trying = eventlet.spawn(circuit.call, Event().wait)
        eventlet.sleep(0)
        trying.kill()
        assert circuit.call(Act()) == "done"

    def test_callers_do_not_wait_for_each_other(self, circuit: Circuit) -> None:
        slow = Event()
        waiting = [eventlet.spawn(circuit.call, slow.wait) for _ in range(5)]
        eventlet.sleep(0)
        assert circuit.call(Act()) == "done"
        slow.send("late")
        assert [one.wait() for one in waiting] == ["late"] * 5


class TestGuards:
    @pytest.fixture
    def guards(self) -> Guards:
        return Guards("stock", at_once=2, open_s=0.05)

    @pytest.fixture
    def outcomes(self) -> Callable[[], dict[str, float]]:
        def read() -> dict[str, float]:
            found = {}
            for outcome in ("answered", "failed", "retried", "refused", "full"):
                counter = remote.CALLS.labels("stock", outcome)
                found[outcome] = counter._value.get()
            return found

        before = read()
        return lambda: {name: count - before[name] for name, count in read().items()}

    def test_what_fails_at_once_is_tried_once_more(
        self, guards: Guards, outcomes: Callable[[], dict[str, float]]
    ) -> None:
        act = Act(UnknownService("stock"))
        assert (guards.call(act), act.tries) == ("done", 2)
        act = Act(*[UnknownService("stock")] * 3)
        with pytest.raises(Unanswered, match="stock: UnknownService"):
            guards.call(act)
        assert act.tries == 2
        assert outcomes() == {"answered": 1, "failed": 1, "retried": 2, "refused": 0, "full": 0}

    @pytest.mark.parametrize("error", [RpcTimeout("late"), RemoteError("ValueError", "wrong")])
    def test_what_was_heard_or_is_late_is_not_tried_again(
        self, guards: Guards, error: Exception
    ) -> None:
        act = Act(error)
        with pytest.raises(Unanswered, match="stock"):
            guards.call(act)
        assert act.tries == 1

    def test_retries_are_spent_and_earned(self) -> None:
        budget = RetryBudget()
        spent = 0
        while budget.spend():
            spent += 1
        assert spent == MOST_RETRIES
        for _ in range(9):
            budget.note_call()
        assert not budget.spend()
        budget.note_call()
        budget.note_call()  # tenths do not add up to one exactly
        assert budget.spend()
        assert not budget.spend()

    def test_with_the_budget_spent_nobody_asks_twice(self, guards: Guards) -> None:
        tries = []
        for _ in range(40):
            act = Act(OSError("away"))
            # A success in between keeps the circuit closed.
            try:
                guards.call(act)
            except Unanswered:
                assert guards.call(Act()) == "done"
            tries.append(act.tries)
        assert tries[:10] == [2] * 10
        assert 2 <= tries[10:].count(2) <= 6, "one for ten calls on average"

    def test_the_circuit_refuses_and_recovers(
        self, guards: Guards, outcomes: Callable[[], dict[str, float]]
    ) -> None:
        for _ in range(FAILURES_UNTIL_OPEN):
            with pytest.raises(Unanswered):
                guards.call(Act(RpcTimeout("late")))
        act = Act()
        with pytest.raises(Unanswered, match="the circuit is open"):
            guards.call(act)
        assert act.tries == 0
        assert outcomes()["refused"] == 1
        eventlet.sleep(0.06)
        assert guards.call(act) == "done"

    def test_a_slow_service_takes_no_more_than_its_share(
        self, guards: Guards, outcomes: Callable[[], dict[str, float]]
    ) -> None:
        slow = Event()
        waiting = [eventlet.spawn(guards.call, slow.wait) for _ in range(2)]
        eventlet.sleep(0)
        act = Act()
        with pytest.raises(Unanswered, match="too many calls are under way"):
            guards.call(act)
        assert (act.tries, outcomes()["full"]) == (0, 1)
        other = Guards("money", at_once=2)
        assert other.call(Act()) == "done", "others have shares of their own"
        slow.send("late")
        assert [one.wait() for one in waiting] == ["late", "late"]
        assert guards.call(act) == "done"

    def test_whoever_is_killed_or_fails_gives_the_place_back(self, guards: Guards) -> None:
        waiting = [eventlet.spawn(guards.call, Event().wait) for _ in range(2)]
        eventlet.sleep(0)
        for one in waiting:
            one.kill()
        for _ in range(3):
            with pytest.raises(Unanswered):
                guards.call(Act(RpcTimeout("late")))
        assert guards.call(Act()) == "done"

    def test_a_remote_passes_the_arguments_on(self, guards: Guards) -> None:
        class Proxy:
            def reserve(self, **arguments: Any) -> Any:
                return arguments

        assert Remote(guards, Proxy()).call("reserve", method=1, quantity=2) == {
            "method": 1,
            "quantity": 2,
        }


class TestDeadline:
    def test_a_caller_who_waits_less_decides(self) -> None:
        now = time.time()
        theirs = deadline.inherited({"deadline": now + 1}, timeout_s=5)
        ours = deadline.inherited({"deadline": now + 60}, timeout_s=5)
        assert theirs == now + 1
        assert now + 5 <= ours < now + 10

    @pytest.mark.parametrize("nonsense", [None, "soon", [], {}])
    def test_nonsense_is_no_deadline(self, nonsense: Any) -> None:
        data = {"deadline": nonsense}
        assert time.time() + 4 < deadline.inherited(data, timeout_s=5) < time.time() + 6
        left = deadline.remaining_s({deadline.HEADER: nonsense}, default=3)
        assert left == pytest.approx(3, abs=0.5)
