"""What a process says about itself: alive, ready, and its numbers.

* alive  the process answers at all; a supervisor restarts it when it does not
* ready  it can do its work now; a gateway sends it nothing while it is not
"""

import json
import logging
from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

import eventlet
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from extracted.chassis.messages import Response

CHECK_TIMEOUT_S = 1.5

log = logging.getLogger(__name__)

# The check of a part that is under way.
_asked: WeakKeyDictionary["Checked", Any] = WeakKeyDictionary()


class NotReady(Exception):
    """A part of the process cannot do its work; the message says why."""


@runtime_checkable
class Checked(Protocol):
    """An extension that knows whether it can work."""

    def check_ready(self) -> None:
        """Raise NotReady with the reason."""
        ...


def alive() -> Response:
    """Answer /healthz."""
    return Response(body=b'{"status":"alive"}')


def metrics() -> Response:
    """Answer /metrics."""
    return Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def ready(*, parts: Iterable[object], is_draining: bool) -> Response:
    """Answer /readyz by asking every part that can be asked."""
    reasons = {"process": "draining"} if is_draining else {}
    for part in parts:
        if isinstance(part, Checked) and (reason := _why_not(part)):
            reasons[type(part).__name__] = reason
    status = {"status": "not ready" if reasons else "ready", "reasons": reasons}
    return Response(
        status=503 if reasons else 200,
        body=json.dumps(status, separators=(",", ":")).encode(),
    )


def _why_not(part: Checked) -> str | None:
    """Ask in a thread of its own, and leave that alone when it is late; the next one awaits the same.

    A check that is interrupted takes with it what it was about to be given: the pool hands a
    connection to whoever has waited longest, and one that was handed to nobody is lost for ever.
    """
    asked = _asked.get(part)
    if asked is None or asked.dead:
        asked = _asked[part] = eventlet.spawn(_reason, part)
    with eventlet.Timeout(CHECK_TIMEOUT_S, exception=False):
        reason: str | None = asked.wait()
        return reason
    return f"no answer within {CHECK_TIMEOUT_S} s"


def _reason(part: Checked) -> str | None:
    try:
        part.check_ready()
    except NotReady as reason:
        return str(reason)
    except Exception as error:
        log.warning("a readiness check failed", exc_info=True)
        return type(error).__name__
    return None
