"""One connection for each thread that asks.

A pool that many threads share looks at all of its connections before each request; with a hundred
of them that costs more than the request itself.
"""

import threading
from functools import partial

import httpx


class Connections:
    """An httpx client for each thread, all alike. `transport` replaces the network in tests."""

    def __init__(
        self, base_url: str, *, timeout: httpx.Timeout, transport: httpx.BaseTransport | None
    ) -> None:
        # No environment proxies: an Admin API is reached directly or it is a mistake.
        self._make = partial(
            httpx.Client,
            base_url=base_url,
            timeout=timeout,
            transport=transport,
            trust_env=False,
            # Made once: reading all the certificates takes longer than a call.
            verify=httpx.create_ssl_context(trust_env=False),
        )
        self._own = threading.local()
        self._lock = threading.Lock()
        self._made: list[httpx.Client] = []

    def mine(self) -> httpx.Client:
        """The client of the calling thread."""
        if not hasattr(self._own, "client"):
            self._own.client = self._make()
            with self._lock:
                self._made.append(self._own.client)
        client: httpx.Client = self._own.client
        return client

    def close(self) -> None:
        """Let all connections go, whosever they are."""
        with self._lock:
            for client in self._made:
                client.close()
            self._made.clear()
