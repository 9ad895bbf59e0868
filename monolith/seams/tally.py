"""Sum up comparisons and write them down at most once a second."""

import json
import time
from collections import Counter as Counts
from collections.abc import Callable
from typing import Any

from django.db import connection
from prometheus_client import Counter

from monolith.seams.answers import OUTCOMES
from monolith.seams.weighing import Verdict

COMPARED = Counter(
    "monolith_shadow_reads_total",
    "Reads compared with the service's answer, by route and outcome.",
    ("route", "outcome"),
)
EVERY_S = 1.0


class Tally:
    """Counts by route; lives on the comparing thread and belongs to it alone."""

    def __init__(self, domain: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._domain = domain
        self._clock = clock
        self._counts: dict[str, Counts[str]] = {}
        # The last example per route and outcome.
        self._examples: dict[str, dict[str, Any]] = {}
        self._flushed_at = clock()

    def add(self, *, route: str, verdict: Verdict) -> None:
        """Count one comparison."""
        COMPARED.labels(route, verdict.outcome).inc()
        self._counts.setdefault(route, Counts())[verdict.outcome] += 1
        if verdict.example:
            self._examples.setdefault(route, {})[verdict.outcome] = verdict.example

    def due_in_s(self) -> float:
        """Return how long to wait until the next flush."""
        return max(0.01, self._flushed_at + EVERY_S - self._clock())

    def flush_if_due(self) -> None:
        """Write down, unless the last time was a moment ago."""
        if self._clock() - self._flushed_at >= EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Write down what was counted; what cannot be written now is kept."""
        self._flushed_at = self._clock()
        try:
            for route in tuple(self._counts):
                self._write(route)
                del self._counts[route]
                self._examples.pop(route, None)
        finally:
            # This thread serves no request, so nobody else gives the connection back.
            if not connection.in_atomic_block:
                connection.close()

    def _write(self, route: str) -> None:
        counts = {name: self._counts[route][name] for name in OUTCOMES}
        examples = self._examples.get(route, {})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT handover.note_comparisons(%s, %s, %s::jsonb, %s::jsonb)",
                (self._domain, route, json.dumps(counts), json.dumps(examples)),
            )
