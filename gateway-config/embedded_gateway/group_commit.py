"""Changes that arrive together come into force together: group commit, as databases do it.

Source: DeWitt et al., "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, cast

from embedded_gateway.errors import SchemaViolation
from embedded_gateway.state import State

_Result = TypeVar("_Result")
Decide = Callable[[State], tuple[State, _Result]]

# Those who were answered together come again one after the other: so far apart, at most.
_APART_S = 0.03


class _Ticket(Generic[_Result]):
    """One caller's change, from its arrival to its answer."""

    def __init__(self, decide: Decide[_Result]) -> None:
        self.decide = decide
        self.is_done = False
        self._result: _Result | None = None
        self._error: BaseException | None = None

    def succeed(self, result: _Result) -> None:
        self._result, self._error = result, None

    def fail(self, error: BaseException) -> None:
        self._error = error

    def outcome(self) -> _Result:
        if self._error is not None:
            raise self._error
        return cast("_Result", self._result)


class GroupCommit:
    """`apply` brings one state into force; it is called by one thread at a time."""

    def __init__(self, *, read: Callable[[], State], apply: Callable[[State], None]) -> None:
        self._read = read
        self._apply = apply
        self._waiting: list[_Ticket[Any]] = []
        self._arrived = threading.Condition()
        self._leading = threading.Lock()
        self._company = 1

    def change(self, decide: Decide[_Result]) -> _Result:
        """Return with the change in force, or raise what was wrong with it, and it alone."""
        ticket = _Ticket(decide)
        with self._arrived:
            self._waiting.append(ticket)
            self._arrived.notify()
        with self._leading:
            # Whoever leads takes along all that wait; they find themselves answered.
            if not ticket.is_done:
                self._lead()
        return ticket.outcome()

    def exclusively(self, act: Callable[[], None]) -> None:
        """While no change is being made."""
        with self._leading:
            act()

    def _lead(self) -> None:
        with self._arrived:
            self._gather()
            group, self._waiting = self._waiting, []
        try:
            self._commit(group)
        finally:
            with self._arrived:
                # All who may come again before long; one caller alone never waits for company.
                self._company = len(group) + len(self._waiting)
            for ticket in group:
                ticket.is_done = True

    def _gather(self) -> None:
        while len(self._waiting) < self._company:
            if not self._arrived.wait(timeout=_APART_S):
                return

    def _commit(self, group: Sequence[_Ticket[Any]]) -> None:
        state = before = self._read()
        for ticket in group:
            try:
                state, result = ticket.decide(state)
                ticket.succeed(result)
            except Exception as refused:  # noqa: BLE001 - it is the caller's to handle
                ticket.fail(refused)
        try:
            if state is not before:
                self._apply(state)
        except SchemaViolation as rejected:
            if len(group) == 1:
                group[0].fail(rejected)
                return
            # Somebody's change is bad: the others shall not suffer from it.
            middle = len(group) // 2
            self._commit(group[:middle])
            self._commit(group[middle:])
        except BaseException as failed:  # noqa: BLE001 - all of them waited for this
            for ticket in group:
                ticket.fail(failed)
