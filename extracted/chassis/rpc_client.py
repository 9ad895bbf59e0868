"""Calls to other services that end: deadline, time to live, transient messages, bounded publish."""

import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import eventlet
import nameko.rpc
from nameko.amqp.publish import UndeliverableMessage
from nameko.exceptions import RpcTimeout, UnknownService

from extracted.chassis.consumer import QueueConsumer
from extracted.chassis.deadline import HEADER, inherited
from extracted.chassis.publishing import TransientPublisher
from extracted.contracts.rpc import REPLY_QUEUE_TTL_MS

DEFAULT_TIMEOUT_S = 1.0


class ReplyListener(nameko.rpc.ReplyListener):
    """Receives the replies on the connection that closes last."""

    queue_consumer = QueueConsumer()

    def setup(self) -> None:
        """Name the queue; it is made when the consumer connects, and again whenever it has expired."""
        super().setup()
        # Nameko's outlives a process that was killed by five minutes.
        self.queue.queue_arguments = {"x-expires": REPLY_QUEUE_TTL_MS}


class Reply(nameko.rpc.RpcReply):
    """A reply that is waited for until the deadline."""

    resp_body: Any

    def __init__(self, event: Any, *, deadline: float, forget: Callable[[], object]) -> None:
        super().__init__(event)
        self._deadline = deadline
        self._forget = forget

    def result(self) -> Any:
        """Return the result; raises RpcTimeout, or the remote error."""
        if self.resp_body is None:
            with eventlet.Timeout(max(0.001, self._deadline - time.time()), exception=False):
                self.resp_body = self.reply_event.wait()
        if self.resp_body is None:
            self._forget()
            msg = "no reply before the deadline"
            raise RpcTimeout(msg)
        return super().result()


class MethodProxy(nameko.rpc.MethodProxy):
    """One method of another service."""

    publisher_cls = TransientPublisher

    def __init__(self, *args: Any, timeout_s: float = DEFAULT_TIMEOUT_S, **options: Any) -> None:
        self._timeout_s = timeout_s
        super().__init__(*args, **options)

    def _call(self, *args: Any, **kwargs: Any) -> Reply:
        deadline = inherited(self.worker_ctx.data, timeout_s=self._timeout_s)
        left_s = deadline - time.time()
        if left_s <= 0:
            msg = "the deadline has already passed"
            raise RpcTimeout(msg)
        correlation_id = str(uuid.uuid4())
        event = self.reply_listener.get_reply_event(correlation_id)
        forget = partial(self.reply_listener._reply_events.pop, correlation_id, None)  # noqa: SLF001
        try:
            self._publish(args, kwargs, correlation_id, deadline=deadline, left_s=left_s)
        except UndeliverableMessage:
            forget()
            raise UnknownService(self.service_name) from None
        except BaseException:
            forget()
            raise
        return Reply(event, deadline=deadline, forget=forget)

    def _publish(
        self, args: Any, kwargs: Any, correlation_id: str, *, deadline: float, left_s: float
    ) -> None:
        headers = self.get_message_headers(self.worker_ctx)
        headers[HEADER] = deadline
        self.publisher.publish(
            {"args": args, "kwargs": kwargs},
            timeout_s=left_s,
            exchange=nameko.rpc.get_rpc_exchange(self.container.config),
            routing_key=f"{self.service_name}.{self.method_name}",
            mandatory=True,
            reply_to=self.reply_listener.routing_key,
            correlation_id=correlation_id,
            extra_headers=headers,
            # A request that was not fetched in time leaves the queue by itself.
            expiration=left_s,
        )


class ServiceProxy(nameko.rpc.ServiceProxy):
    """The methods of another service, as attributes."""

    def __getattr__(self, name: str) -> MethodProxy:
        return MethodProxy(
            self.worker_ctx, self.service_name, name, self.reply_listener, **self.options
        )


class RpcProxy(nameko.rpc.RpcProxy):
    """`stock = RpcProxy("stock", timeout_s=0.5)` in a service class."""

    rpc_reply_listener = ReplyListener()

    def get_dependency(self, worker_ctx: Any) -> ServiceProxy:
        """Return a proxy that knows its worker, and so the caller's deadline."""
        return ServiceProxy(
            worker_ctx, self.target_service, self.rpc_reply_listener, **self.options
        )
