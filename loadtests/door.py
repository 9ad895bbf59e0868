"""Looks whether the shop has a door at all, before people go there."""

from __future__ import annotations

import socket

import httpx


class ClosedDoor(Exception):
    """Nobody listens where the gateway should be."""


class NoDoor(ClosedDoor):
    """No address at which anybody could listen."""


def knock(host: str | None) -> None:
    """Raise ClosedDoor unless somebody listens; people would wait in silence for their deadline."""
    if not host:
        raise NoDoor(
            "where is the gateway? say --host, or KONG_PROXY_URL as `python -m stack env` prints it"
        )
    url = httpx.URL(host)
    if url.scheme not in {"http", "https"} or not url.host:
        raise NoDoor(f"{host!r} is no address of a gateway like http://127.0.0.1:18000")
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    try:
        socket.create_connection((url.host, port), timeout=5).close()
    except OSError as error:
        raise ClosedDoor(f"no gateway at {host} ({error}); start it: make up") from error
