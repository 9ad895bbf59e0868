"""Compare answers with the service's, off the client's path.

A sample of the reads answered here goes into a short queue; a thread of the worker asks the service
the same and compares. A full queue drops: a comparison must never make a client wait.

* equal      the same status and JSON
* lagging    the service shows a lower version of something, or agrees when both are asked again, or
             the stream was never at rest: it was on its way
* different  neither, although the service had applied all that was written here
* failed     the service did not answer
"""

import logging
import queue
import random
import threading
from dataclasses import dataclass

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter
from rest_framework.response import Response

from extracted.contracts.catalog import DOMAIN
from monolith.catalog.compare import Comparer, Reading, StreamPosition
from monolith.catalog.forward import PEERS
from monolith.catalog.seam import WHERE
from monolith.catalog.tally import Tally
from monolith.web.problems import UNAVAILABLE

log = logging.getLogger(__name__)

SHADOW_READ = "X-Shadow-Read"
QUEUE_LENGTH = 200
DROPPED = Counter("monolith_shadow_dropped_total", "Sampled reads that found the queue full.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A read as it was answered here."""

    route: str
    path: str
    reading: Reading


_queue: queue.Queue[Sample] = queue.Queue(maxsize=QUEUE_LENGTH)
_starting = threading.Lock()
_thread: threading.Thread | None = None


def watch(request: HttpRequest, response: HttpResponseBase) -> None:
    """Take this answer into the sample, by the seam's share, while reads are compared."""
    if SHADOW_READ in request.headers or not isinstance(response, Response):
        return
    try:
        standing = WHERE()
    except UNAVAILABLE:
        # The read itself was answered; only its comparison falls out.
        return
    if standing.stage.is_compared and random.random() < standing.shadow_sample:  # noqa: S311
        route = request.resolver_match.route if request.resolver_match else request.path
        path = request.get_full_path()
        response.add_post_render_callback(
            lambda done: _offer(route, path, Reading(status=done.status_code, body=done.content))
        )


def _offer(route: str, path: str, reading: Reading) -> None:
    _ensure_thread()
    try:
        _queue.put_nowait(Sample(route=route, path=path, reading=reading))
    except queue.Full:
        DROPPED.inc()


def _ensure_thread() -> None:
    # Started at the first sample: threads do not survive gunicorn's fork.
    global _thread  # noqa: PLW0603 - one thread per process is the point
    if _thread is not None and _thread.is_alive():
        return
    with _starting:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="shadow", daemon=True)
            _thread.start()


def _run() -> None:
    position = StreamPosition(domain=DOMAIN, peers=PEERS)
    comparer, tally = Comparer(peers=PEERS, position=position), Tally()
    while True:
        try:
            _step(comparer, tally)
        except Exception:
            # The thread must outlive one bad sample, or comparing would end without a sign.
            log.exception("could not compare a read")


def _step(comparer: Comparer, tally: Tally) -> None:
    try:
        sample = _queue.get(timeout=tally.due_in_s())
    except queue.Empty:
        tally.flush()
        return
    tally.add(route=sample.route, verdict=comparer.compare(path=sample.path, own=sample.reading))
    tally.flush_if_due()
