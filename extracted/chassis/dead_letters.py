"""What event handlers could not do: messages put aside, to be looked at and given back.

A handler parks what it refuses (`Reject`) at once, and what keeps failing after its last retry. Give
them back when the reason is mended: a message that was handled meanwhile is dropped by its inbox.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import amqp

from extracted.chassis.config import required
from extracted.chassis.events import ATTEMPT, LAST_ERROR, EventHandler, dead_letters
from extracted.chassis.silence import SilentServer
from handover.confirms import ConfirmWindow
from handover.process import connect_broker


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """The dead letters of one handler: how many, and what the oldest says."""

    queue: str
    count: int
    event: str | None = None
    error: str | None = None


def queues_of(service: type[Any]) -> tuple[str, ...]:
    """Name the queues of a service's event handlers, as Nameko names them."""
    return tuple(
        f"evt-{handler.source_service}-{handler.event_type}--{service.name}.{name}"
        for name in sorted(vars(service))
        for handler in sorted(_handlers(getattr(service, name)), key=lambda h: str(h.event_type))
    )


def look(broker: amqp.Connection, queues: Sequence[str]) -> tuple[Parked, ...]:
    """Count the dead letters of each queue, and show the oldest; nothing is taken."""
    return tuple(_look(broker, queue) for queue in queues)


def replay(broker: amqp.Connection, queue: str) -> int:
    """Give the dead letters of a queue back, as if they came for the first time; return how many.

    Only as many as there were: one that is parked again at once is not given back again. Each is
    taken away when the broker has confirmed its copy; a crash in between leaves it twice.
    """
    count = _count(broker, queue)
    if not count:
        return 0
    with broker.channel() as channel:
        channel.confirm_select()
        window = ConfirmWindow(broker, channel)
        done = 0
        for _ in range(count):
            letter = channel.basic_get(dead_letters(queue))
            if letter is None:
                break
            window.publish(_as_new(letter), exchange="", routing_key=queue, mandatory=True)
            window.wait()
            channel.basic_ack(letter.delivery_tag)
            done += 1
        return done


def run(
    environ: Mapping[str, str], service: type[Any], *, is_replayed: bool, is_json: bool
) -> None:
    """Print what is parked, or give it back."""
    with _connected(required(environ, "AMQP_URL")) as broker:
        parked = look(broker, queues_of(service))
        returned = {p.queue: replay(broker, p.queue) for p in parked} if is_replayed else {}
    if is_json:
        print(json.dumps([{**asdict(p), "replayed": returned.get(p.queue, 0)} for p in parked]))
        return
    for found in parked:
        told = f"{returned[found.queue]} given back" if returned else f"{found.count} parked"
        why = f"; the oldest: {found.event}: {found.error or 'refused'}" if found.count else ""
        print(f"{found.queue}: {told}{why}")


def _connected(url: str) -> amqp.Connection:
    try:
        return connect_broker(url)
    except OSError as error:
        raise SilentServer("broker", error) from error


def _handlers(method: Any) -> Iterator[EventHandler]:
    for entrypoint in getattr(method, "nameko_entrypoints", ()):
        if isinstance(entrypoint, EventHandler):
            yield entrypoint


def _look(broker: amqp.Connection, queue: str) -> Parked:
    count = _count(broker, queue)
    if not count:
        return Parked(queue=queue, count=0)
    with broker.channel() as channel:
        letter = channel.basic_get(dead_letters(queue))
        if letter is None:
            return Parked(queue=queue, count=count)
        channel.basic_reject(letter.delivery_tag, requeue=True)
    headers = letter.headers or {}
    return Parked(queue=queue, count=count, event=_event(letter), error=headers.get(LAST_ERROR))


def _count(broker: amqp.Connection, queue: str) -> int:
    # A channel of its own: asking for a queue that is not there closes it.
    try:
        with broker.channel() as channel:
            found = channel.queue_declare(dead_letters(queue), passive=True)
            return int(found.message_count)
    except amqp.exceptions.NotFound:
        return 0


def _event(letter: amqp.Message) -> str:
    try:
        return str(json.loads(letter.body)["event"])
    except (ValueError, KeyError, TypeError):
        return "no message of ours"


def _as_new(letter: amqp.Message) -> amqp.Message:
    properties = dict(letter.properties)
    headers = dict(properties.pop("application_headers", None) or {})
    for ours in (ATTEMPT, LAST_ERROR, "x-death"):
        headers.pop(ours, None)
    for brokers in ("x-first-death-exchange", "x-first-death-queue", "x-first-death-reason"):
        headers.pop(brokers, None)
    return amqp.Message(letter.body, application_headers=headers, **properties)
