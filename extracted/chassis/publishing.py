"""Publishing that ends: a broker in alarm stops reading our socket, and no timeout of kombu's helps."""

import logging
from collections.abc import Callable
from typing import Any

import eventlet
from nameko.amqp.publish import Publisher
from nameko.exceptions import RpcTimeout

log = logging.getLogger(__name__)

# Each abandoned publish holds one of the ten producers of kombu's pool until the broker reads on.
MAX_ABANDONED = 8


class _Abandoned:
    """How many publishes of this process hang in a broker that does not read."""

    count = 0


def publish_within(
    timeout_s: float, publish: Callable[..., Any], *args: Any, **kwargs: Any
) -> None:
    """Publish in a child greenlet and give it up after `timeout_s`.

    Raises RpcTimeout. A timeout raised inside kombu would not do: leaving its producer closes the
    channel politely, which hangs on the same socket again.
    """
    if _Abandoned.count >= MAX_ABANDONED:
        msg = "the broker has stopped confirming: not published"
        raise RpcTimeout(msg)
    child = eventlet.spawn(publish, *args, **kwargs)
    finished = False
    with eventlet.Timeout(max(0.001, timeout_s), exception=False):
        try:
            child.wait()
        finally:
            finished = child.dead
    if finished:
        return
    _Abandoned.count += 1
    child.link(_came_back)
    msg = f"publish not confirmed within {timeout_s:.1f} s"
    raise RpcTimeout(msg)


def _came_back(child: Any) -> None:
    _Abandoned.count -= 1
    try:
        child.wait()
    except Exception as error:  # noqa: BLE001 - whatever it was, its caller has long been told
        log.info("an abandoned publish ended", extra={"outcome": repr(error)})


class BoundedPublisher(Publisher):
    """Nameko's publisher, confirmed, with an end."""

    timeout_s = 5.0

    def publish(self, payload: Any, **kwargs: Any) -> None:
        """Publish and wait for the confirmation; raises RpcTimeout."""
        timeout_s = kwargs.pop("timeout_s", self.timeout_s)
        publish_within(timeout_s, super().publish, payload, **kwargs)


class TransientPublisher(BoundedPublisher):
    """For RPC: a request or a reply is worth nothing after a restart, so it stays off the disk."""

    delivery_mode = 1
