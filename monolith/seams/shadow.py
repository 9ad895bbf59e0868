"""Compare answers with the service's, off the client's path.

A sample of the reads answered here goes into a short queue; a thread of the worker asks the service
the same and compares. A full queue drops: a comparison must never make a client wait.

* equal      the same status and JSON
* agreed     the same when both were asked again: it was on its way
* excused    they differ in declared fields only
* noisy      and where our own answers differ from each other: no difference, and no agreement
* lagging    the service shows a lower version of something, or the stream was never at rest
* different  none of these, although the service had applied all that was written here
* failed     the service did not answer
"""

import logging
import queue
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter
from rest_framework.response import Response

from extracted.contracts.identity import AUTHORIZATION
from monolith.seams.answers import Reading
from monolith.seams.compare import Comparer, StreamPosition
from monolith.seams.differences import Known
from monolith.seams.peers import Peers
from monolith.seams.tally import Tally
from monolith.seams.where import Standing
from monolith.web.problems import UNAVAILABLE

log = logging.getLogger(__name__)

SHADOW_READ = "X-Shadow-Read"
QUEUE_LENGTH = 200
DROPPED = Counter("monolith_shadow_dropped_total", "Sampled reads that found the queue full.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A read as it was answered here, and whose it was."""

    route: str
    path: str
    reading: Reading
    authorization: str | None = None


class Shadow:
    """The comparison of one domain's reads; its thread starts with the first sample."""

    def __init__(
        self,
        domain: str,
        *,
        peers: Peers,
        where: Callable[[], Standing],
        known: Sequence[Known] = (),
    ) -> None:
        self._domain = domain
        self._known = known
        self._peers = peers
        self.where = where
        self.samples: queue.Queue[Sample] = queue.Queue(maxsize=QUEUE_LENGTH)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Take this answer into the sample, by the seam's share, while reads are compared."""
        if SHADOW_READ in request.headers or not isinstance(response, Response):
            return
        try:
            standing = self.where()
        except UNAVAILABLE:
            # The read itself was answered; only its comparison falls out.
            return
        if standing.stage.is_compared and random.random() < standing.shadow_sample:  # noqa: S311
            route = request.resolver_match.route if request.resolver_match else request.path
            path, who = request.get_full_path(), request.headers.get(AUTHORIZATION)
            response.add_post_render_callback(
                lambda done: self._offer(
                    Sample(
                        route=route,
                        path=path,
                        reading=Reading(status=done.status_code, body=done.content),
                        authorization=who,
                    )
                )
            )

    def _offer(self, sample: Sample) -> None:
        self._ensure_thread()
        try:
            self.samples.put_nowait(sample)
        except queue.Full:
            DROPPED.inc()

    def _ensure_thread(self) -> None:
        # Started at the first sample: threads do not survive gunicorn's fork.
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                name = f"shadow-{self._domain}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        position = StreamPosition(domain=self._domain, peers=self._peers)
        comparer, tally = Comparer(peers=self._peers, position=position), Tally(self._domain)
        while True:
            try:
                self._step(comparer, tally)
            except Exception:
                # The thread must outlive one bad sample, or comparing would end without a sign.
                log.exception("could not compare a read")

    def _step(self, comparer: Comparer, tally: Tally) -> None:
        try:
            sample = self.samples.get(timeout=tally.due_in_s())
        except queue.Empty:
            tally.flush()
            return
        verdict = comparer.compare(
            path=sample.path,
            own=sample.reading,
            authorization=sample.authorization,
            known=[one for one in self._known if one.route == sample.route],
        )
        # Two sides that both know nothing agree soon, and it says little of how they answer otherwise.
        tally.add(route=f"{sample.route} {verdict.kind}".rstrip(), verdict=verdict)
        tally.flush_if_due()
