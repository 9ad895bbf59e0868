"""What is noted while people come and go: each request with the visit it belongs to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import gevent

from loadtests.compare.records import RequestRecord, VisitRecord
from loadtests.compare.schedule import Visit
from loadtests.samples import Sample

CUT_OFF = "cut off"
"""Stands for the request for which a visit waited when it was ended."""


@dataclass(slots=True, kw_only=True)
class Under:
    """A visit under way; `clock` and `begun` are the level's begin, of two clocks."""

    visit: Visit
    level: int
    clock: float
    begun: float
    late_ms: float = 0.0
    waited_ms: float = 0.0
    is_open: bool = True
    samples: list[Sample] = field(default_factory=list)

    @property
    def since_due_ms(self) -> float:
        return (time.monotonic() - self.begun - self.visit.due_s) * 1000

    def began(self) -> None:
        self.late_ms = self.since_due_ms

    def admitted(self) -> None:
        """There was somebody who had time."""
        self.waited_ms = self.since_due_ms - self.late_ms


class Notes:
    """Takes people's samples, and hands out the records of what is over."""

    def __init__(self) -> None:
        self._visits: list[VisitRecord] = []
        self._requests: list[RequestRecord] = []

    def taken(self) -> tuple[list[VisitRecord], list[RequestRecord]]:
        """Everything since the last time."""
        taken = self._visits, self._requests
        self._visits, self._requests = [], []
        return taken

    def add(self, sample: Sample) -> None:
        """Note a request with the visit for which this greenlet works; who comes in has none."""
        under: Under | None = getattr(gevent.getcurrent(), "visiting", None)
        if under is not None and under.is_open:
            under.samples.append(sample)

    def done(self, under: Under) -> None:
        """A visit is over."""
        ok = all(sample.ok for sample in under.samples)
        self._close(under, [_request(under, number) for number in range(len(under.samples))], ok=ok)

    def cut_off(self, under: Under) -> None:
        """A visit did not end in time: as long as it took until now, and failed."""
        under.is_open = False
        known = [_request(under, number) for number in range(len(under.samples))]
        self._close(under, [*known, _cut_off(under)], ok=False)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """Nothing is open."""

    def _close(self, under: Under, requests: list[RequestRecord], *, ok: bool) -> None:
        latency_ms, due_s = under.since_due_ms, under.visit.due_s
        self._requests += requests
        self._visits.append(
            VisitRecord(
                level=under.level,
                number=under.visit.number,
                journey=under.visit.journey,
                task=under.visit.task,
                due_s=due_s,
                late_ms=under.late_ms,
                waited_ms=under.waited_ms,
                latency_ms=latency_ms,
                done_s=due_s + latency_ms / 1000,
                ok=ok,
            )
        )


def _request(under: Under, number: int) -> RequestRecord:
    sample = under.samples[number]
    # Only the first one was wanted when the visit was due.
    ahead_ms = 0.0 if number else (sample.at - under.clock - under.visit.due_s) * 1000
    return RequestRecord(
        level=under.level,
        visit=under.visit.number,
        name=sample.name,
        journey=sample.journey,
        method=sample.method,
        status=sample.status,
        served_by=sample.served_by,
        ok=sample.ok,
        attempts=sample.attempts,
        latency_ms=max(ahead_ms, 0.0) + sample.latency_ms,
        own_ms=sample.latency_ms,
    )


def _cut_off(under: Under) -> RequestRecord:
    waited_ms = under.since_due_ms
    return RequestRecord(
        level=under.level,
        visit=under.visit.number,
        name=CUT_OFF,
        journey=under.visit.journey,
        method="GET",
        status=0,
        served_by="",
        ok=False,
        attempts=1,
        latency_ms=waited_ms,
        own_ms=waited_ms,
    )
