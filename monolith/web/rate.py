"""Bound how fast one client may ask: a bucket of tokens per client, in each worker process.

A process knows only what it serves itself, so a client gets up to the limit once per process. That
is enough for what this is for: one runaway script must not take the threads from everybody else.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from extracted.contracts.problems import ProblemError
from monolith.web.answers import problem

# Whoever was not heard of for longest is forgotten first, and would have had a full bucket anyway.
KNOWN_CLIENTS = 10_000

Next = Callable[[HttpRequest], HttpResponse]


@dataclass(slots=True, kw_only=True)
class Buckets:
    """Tokens left per client; each request takes one, `per_second` come back."""

    per_second: float
    burst: float
    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, client: str) -> float:
        """Take a token and return 0, or return in how many seconds there will be one."""
        now = self.clock()
        with self._lock:
            tokens, seen_at = self._left.pop(client, (self.burst, now))
            tokens = min(self.burst, tokens + (now - seen_at) * self.per_second)
            taken = 1.0 if tokens >= 1 else 0.0
            self._left[client] = (tokens - taken, now)
            if len(self._left) > KNOWN_CLIENTS:
                self._left.popitem(last=False)
        return 0.0 if taken else (1 - tokens) / self.per_second


def throttled(get_response: Next) -> Next:
    """Answer 429 to a client that asks too fast; nothing else of the request is looked at."""
    if not settings.RATE_LIMIT_PER_S:
        return get_response
    buckets = Buckets(per_second=settings.RATE_LIMIT_PER_S, burst=2 * settings.RATE_LIMIT_PER_S)

    def middleware(request: HttpRequest) -> HttpResponse:
        # Health and metrics are asked for by machines that must get an answer.
        if request.path_info.startswith("/api/") and (wait_s := buckets.wait_s(client_of(request))):
            retry_after = str(max(1, math.ceil(wait_s)))
            return problem(ProblemError("too-many-requests", headers={"Retry-After": retry_after}))
        return get_response(request)

    return middleware


def client_of(request: HttpRequest) -> str:
    """Name who asks: the last address of X-Forwarded-For is the one our own gateway has seen."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
