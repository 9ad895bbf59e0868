"""Another service, asked over RPC so that its trouble does not become ours.

* deadline   of the call, and not beyond that of whoever asks us
* circuit    after some failures in a row nobody is asked for a while
* bulkhead   at most so many calls of one service at once, so that a slow one takes only its share of
             our workers
* budget     what failed at once is tried once more while retries are few: one for ten calls on average
             (a token bucket, as in Finagle's RetryBudget and chapter 22 of Google's SRE book)

A retry is safe because every request carries an id under which it is done once.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nameko.exceptions import RemoteError, RpcTimeout
from prometheus_client import Counter

from extracted.chassis.circuit import Circuit, CircuitOpen
from extracted.chassis.rpc_client import DEFAULT_TIMEOUT_S, RpcProxy
from extracted.contracts.rpc import Unanswered

FAILURES_UNTIL_OPEN = 5
OPEN_S = 2.0
AT_ONCE = 16
EARNED_BY_A_CALL = 0.1
MOST_RETRIES = 10.0

CALLS = Counter(
    "rpc_calls_total",
    "Calls of other services, by what came of them: answered, failed, retried, refused (by the "
    "circuit), full (the bulkhead)",
    ("service", "outcome"),
)
log = logging.getLogger(__name__)


@dataclass(slots=True)
class RetryBudget:
    """How many retries there may be: each call earns a little of one."""

    earned: float = MOST_RETRIES

    def note_call(self) -> None:
        """A call earns its part."""
        self.earned = min(MOST_RETRIES, self.earned + EARNED_BY_A_CALL)

    def spend(self) -> bool:
        """Whether there is one more."""
        if self.earned < 1:
            return False
        self.earned -= 1
        return True


class Guards:
    """What all workers of a process know of another service."""

    def __init__(self, service: str, *, at_once: int = AT_ONCE, open_s: float = OPEN_S) -> None:
        self.service = service
        self._circuit = Circuit(failures_until_open=FAILURES_UNTIL_OPEN, open_s=open_s)
        self._budget = RetryBudget()
        self._free = at_once

    def call(self, act: Callable[[], Any]) -> Any:
        """Return what `act` returns; raises Unanswered."""
        self._budget.note_call()
        if not self._free:
            raise self._unanswered("full", "too many calls are under way")
        self._free -= 1
        try:
            return self._tried(act)
        finally:
            self._free += 1

    def _tried(self, act: Callable[[], Any]) -> Any:
        for is_last in (False, True):
            try:
                answer = self._circuit.call(act)
            except CircuitOpen:
                raise self._unanswered("refused", "the circuit is open") from None
            except (RpcTimeout, RemoteError) as error:
                # Time is up, or it was read and is wrong: asking again at once helps nobody.
                raise self._unanswered("failed", repr(error)) from error
            except Exception as error:
                if is_last or not self._budget.spend():
                    raise self._unanswered("failed", repr(error)) from error
                CALLS.labels(self.service, "retried").inc()
            else:
                CALLS.labels(self.service, "answered").inc()
                return answer
        msg = "unreachable: the last try returns or raises"
        raise AssertionError(msg)

    def _unanswered(self, outcome: str, reason: str) -> Unanswered:
        CALLS.labels(self.service, outcome).inc()
        log.warning("not answered", extra={"asked": self.service, "reason": reason})
        return Unanswered(f"{self.service}: {reason}")


@dataclass(frozen=True, slots=True)
class Remote:
    """Another service, as one worker sees it."""

    guards: Guards
    proxy: Any

    def call(self, method: str, /, **arguments: Any) -> Any:
        """Return what the method returned; raises Unanswered."""
        return self.guards.call(lambda: getattr(self.proxy, method)(**arguments))


class RemoteProvider(RpcProxy):
    """`inventory: Remote = RemoteProvider("inventory", timeout_s=0.5)` in a service class."""

    def __init__(
        self, service: str, *, timeout_s: float = DEFAULT_TIMEOUT_S, at_once: int = AT_ONCE
    ) -> None:
        super().__init__(service, timeout_s=timeout_s)
        self._at_once = at_once

    def setup(self) -> None:
        """Close the circuit: nothing is known yet."""
        super().setup()
        self.guards = Guards(self.target_service, at_once=self._at_once)

    def get_dependency(self, worker_ctx: Any) -> Any:
        """Return the service as this worker sees it: a Remote."""
        return Remote(self.guards, super().get_dependency(worker_ctx))
