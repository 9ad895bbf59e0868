"""The queue on which a standalone proxy of Nameko hears its answers: gone soon after the proxy is.

Nameko keeps it for five minutes more. A process that asks a service on eight threads leaves
eight of them when it is killed, and every one costs the broker memory that is as useless as the answers.
"""

from typing import Any

from nameko.standalone.rpc import PollingQueueConsumer, SingleThreadedReplyListener

from extracted.contracts.rpc import REPLY_QUEUE_TTL_MS


class _Consumer(PollingQueueConsumer):
    def register_provider(self, provider: Any) -> None:
        provider.queue.queue_arguments = {"x-expires": REPLY_QUEUE_TTL_MS}
        super().register_provider(provider)

    def unregister_provider(self, provider: Any) -> None:
        line = self.consumer.channel.connection
        try:
            # Without waiting for a broker that may say nothing any more.
            self.queue.delete(nowait=True)
        finally:
            try:
                super().unregister_provider(provider)
            finally:
                # The broker tells a consumer that its queue is gone; where that comes before its goodbye,
                # the goodbye fails, and the socket would stay open until a collection of garbage.
                if line is not None:
                    line.collect()


class ReplyListener(SingleThreadedReplyListener):
    """`ClusterRpcProxy(..., reply_listener_cls=ReplyListener)`."""

    def __init__(self, timeout: float | None = None) -> None:
        super().__init__(timeout=timeout)
        self.queue_consumer = _Consumer(timeout=timeout)
