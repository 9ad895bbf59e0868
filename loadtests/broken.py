"""Broken connections shall show: the HTTP client would hide some of them."""

from __future__ import annotations

from geventhttpclient.url import URL
from locust.contrib.fasthttp import FastHttpSession


def show_broken_connections(session: FastHttpSession) -> None:
    """Switch off geventhttpclient's own, silent retry of reads and deletes.

    It allows `pool.size + 1` of them for each request and asks the pool for nothing else once it
    exists. We retry as well, but count it.
    """
    client = session.client.clientpool.get_client(URL(str(session.base_url)))
    client._connection_pool.size = -1  # noqa: SLF001 - there is no other way to it
