"""Is a route in force at the proxy? Kong's Admin API answers before the change is live.

Observable: a route that was not matched before the change and can be asked for with a safe method.
Asking with POST would write, and a route hidden behind an older catch-all looks the same as before;
such routes are reported as not observable, never guessed.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from kong_admin.entities import Route
from kong_admin.errors import NotLiveError

_NO_ROUTE = "no route matched"
_TIMEOUT = httpx.Timeout(2.0, connect=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One harmless request that a route should match; `answer` is what it must then say."""

    route: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    answer: str | None = None

    @property
    def subject(self) -> str:
        """What it shows, as the beginning of a sentence."""
        return f"route {self.route} is" if self.answer is None else "the changes are"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """A route is live after `confirmations` good answers in a row, each over a new connection,
    because every worker of Kong rebuilds its router for itself.
    """

    timeout_s: float = 20.0
    pause_s: float = 0.02
    confirmations: int = 8
    clock: Callable[[], float] = field(default=time.monotonic)
    pause: Callable[[float], None] = field(default=time.sleep)


class Proxy:
    """The address where clients knock."""

    def __init__(
        self,
        base_url: str,
        *,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            timeout=_TIMEOUT,
            transport=transport,
            trust_env=False,
            headers={"Connection": "close", "Accept": "application/json"},
        )
        self._patience = patience or Patience()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self._http.close()

    def unmatched(self, probes: Iterable[Probe]) -> list[Probe]:
        """Those that no route matches now. While nobody listens, that is all of them."""
        return [probe for probe in probes if not self._is_matched(probe)]

    def wait_until_matched(self, probes: Iterable[Probe]) -> float:
        """The seconds it took, or NotLiveError."""
        started = self._patience.clock()
        for probe in probes:
            self._wait_for(probe, deadline=started + self._patience.timeout_s)
        return self._patience.clock() - started

    def _wait_for(self, probe: Probe, *, deadline: float) -> None:
        in_a_row = 0
        while in_a_row < self._patience.confirmations:
            if self._is_matched(probe):
                in_a_row += 1
                continue
            in_a_row = 0
            if self._patience.clock() >= deadline:
                raise NotLiveError(
                    f"{probe.subject} not in force at {self._http.base_url} after "
                    f"{self._patience.timeout_s:g} s; is KONG_PROXY_URL this gateway's proxy? "
                    "If so, run the same command again, with a longer --timeout"
                )
            self._patience.pause(self._patience.pause_s)

    def _is_matched(self, probe: Probe) -> bool:
        try:
            with self._http.stream("GET", probe.path, headers=dict(probe.headers)) as response:
                if probe.answer is not None:
                    return probe.answer in response.read().decode(errors="replace")
                if response.status_code != httpx.codes.NOT_FOUND:
                    return True
                return _NO_ROUTE not in response.read().decode(errors="replace").lower()
        except httpx.ConnectError:
            return False
        except httpx.TransportError:
            # It was accepted and then took its time or broke off: a route did take it.
            return probe.answer is None


def probe_for(route: Route) -> Probe | None:
    """A request that the route should match, or None when there is no harmless one."""
    path = (route.paths or ("/",))[0]
    host = (route.hosts or ("",))[0]
    is_safe = route.methods is None or "GET" in route.methods
    if not is_safe or path.startswith("~") or "*" in host or "http" not in route.protocols:
        return None
    headers = [(name, values[0]) for name, values in (route.headers or {}).items()]
    if any(value.startswith("~*") for _, value in headers):
        # What an expression would match is not for us to invent.
        return None
    if host:
        headers.append(("Host", host))
    return Probe(route=route.label.removeprefix("route "), path=path, headers=tuple(headers))
