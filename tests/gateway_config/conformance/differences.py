"""Where the embedded gateway and Kong are known to differ, and why: all else is the same.

Each difference is observed on whichever gateway there is, so that one that vanishes is noticed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What each of the two shows; `seen` asks."""

    name: str
    seen: Callable[[Any], object]
    kong: object
    embedded: object
    reason: str


def _via(world: Any) -> object:
    return "kong" in world.ask("plain").headers["Via"]


def _spoofed(world: Any) -> object:
    answer = world.ask("plain", headers={"X-Consumer-Username": "root"})
    return answer.json()["headers"].get("x-consumer-username")


def _refused_early(world: Any) -> object:
    answer = world.ask(
        "size", method="POST", content=b"x" * 2000, headers={"Expect": "100-continue"}
    )
    return answer.status_code


def _cookies_of_one_connection(world: Any) -> object:
    with httpx.Client(base_url=world.kong.proxy.base_url) as client:
        given = []
        for _ in range(2):
            given.append(client.get(world.path("by-cookie")).cookies["side"])
            client.cookies.clear()
    return len(set(given))


def _offers(plugin: str) -> Callable[[Any], object]:
    return lambda world: plugin in world.kong.plugins


DIFFERENCES = (
    Difference(
        name="Via",
        seen=_via,
        kong=True,
        embedded=False,
        reason="what is not Kong does not call itself so",
    ),
    Difference(
        name="a client's own X-Consumer-Username where nobody asks who calls",
        seen=_spoofed,
        kong="root",
        embedded=None,
        reason="Envoy's filters know the caller by these headers, so they must be the gateway's",
    ),
    Difference(
        name="a body that is too long, announced with Expect",
        seen=_refused_early,
        kong=417,
        embedded=413,
        reason="Envoy's filter has one status",
    ),
    Difference(
        name="cookies for two strangers on one connection",
        seen=_cookies_of_one_connection,
        kong=2,
        embedded=1,
        reason="Envoy makes the cookie of hash_on from the addresses of the connection",
    ),
    Difference(
        name="proxy-cache",
        seen=_offers("proxy-cache"),
        kong=True,
        embedded=False,
        reason="Envoy's cache has no bound and no purge, and asks the service past other filters",
    ),
    Difference(
        name="http-log",
        seen=_offers("http-log"),
        kong=True,
        embedded=False,
        reason="Envoy sends no JSON by itself",
    ),
)
