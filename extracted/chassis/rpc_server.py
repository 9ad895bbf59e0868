"""RPC entrypoints that survive poison, a lost broker and callers that have given up."""

import logging
from typing import Any

import nameko.rpc
from nameko.exceptions import MalformedRequest

from extracted.chassis.consumer import QueueConsumer
from extracted.chassis.container import ExcInfo
from extracted.chassis.deadline import DeadlineExceeded, remaining_s
from extracted.chassis.metrics import EXPIRED_REQUESTS
from extracted.chassis.publishing import TransientPublisher

REPLY_TIMEOUT_S = 5.0

log = logging.getLogger(__name__)


class _ReplyPublisher(TransientPublisher):
    """A reply that finds the broker in trouble must not hold its worker for long."""

    timeout_s = REPLY_TIMEOUT_S


class Responder(nameko.rpc.Responder):
    """Sends the reply, if there is an address to send it to."""

    publisher_cls = _ReplyPublisher

    def send_response(self, result: Any, exc_info: ExcInfo | None) -> tuple[Any, ExcInfo | None]:
        """Reply; a request without address or content type is poison and gets none.

        The stock one raises KeyError there, which kills the container, requeues the message and
        so takes the service down again and again.
        """
        properties = self.message.properties
        if not properties.get("reply_to") or not properties.get("content_type"):
            log.error("rpc request without reply_to or content_type: no reply")
            return result, exc_info
        sent: tuple[Any, ExcInfo | None] = super().send_response(result, exc_info)
        return sent


class RpcConsumer(nameko.rpc.RpcConsumer):
    """Consumes the requests of a service."""

    queue_consumer = QueueConsumer()

    def handle_result(
        self, message: Any, result: Any, exc_info: ExcInfo | None
    ) -> tuple[Any, ExcInfo | None]:
        """Reply and acknowledge; when the reply cannot leave, give the request back in time."""
        config = self.container.config
        exchange = nameko.rpc.get_rpc_exchange(config)
        responder = Responder(config["AMQP_URI"], exchange, self.container.serializer, message)
        try:
            result, exc_info = responder.send_response(result, exc_info)
        except Exception:
            log.warning("rpc reply not sent", exc_info=True)
            self._give_back(message)
        else:
            self.queue_consumer.ack_message(message)
        return result, exc_info

    def _give_back(self, message: Any) -> None:
        # Unacknowledged it would hold a prefetch slot; executed again without end it would spin.
        is_awaited = remaining_s(message.headers, default=REPLY_TIMEOUT_S) > 0
        if is_awaited and not message.delivery_info.get("redelivered"):
            self.queue_consumer.requeue_later(message)
        else:
            self.queue_consumer.ack_message(message)


class Rpc(nameko.rpc.Rpc):
    """`@rpc`: executes a request unless its caller no longer waits."""

    rpc_consumer = RpcConsumer()

    def handle_message(self, body: Any, message: Any) -> None:
        """Execute a request, or answer at once that it came too late or makes no sense."""
        if remaining_s(message.headers, default=1.0) <= 0:
            EXPIRED_REQUESTS.inc()
            self._refuse(message, DeadlineExceeded())
        elif not isinstance(body, dict) or not {"args", "kwargs"} <= body.keys():
            self._refuse(message, MalformedRequest("Message missing `args` or `kwargs`"))
        else:
            super().handle_message(body, message)

    def _refuse(self, message: Any, reason: Exception) -> None:
        self.rpc_consumer.handle_result(message, None, (type(reason), reason, None))


rpc = Rpc.decorator
