"""The proxy of the fake Kong: it follows what is stored, some requests later."""

import copy
import itertools
from typing import Any

import httpx

from kong_admin import Patience, Proxy
from tests.gateway_config.kong_admin.fake_kong import FakeKong

Json = dict[str, Any]
NO_ROUTE = httpx.Response(404, json={"message": "no Route matched with those values"})


class FakeProxy:
    """`lag` is for how many requests it still does as before; `asked` are the requests."""

    def __init__(self, kong: FakeKong, *, lag: int = 0) -> None:
        self.kong = kong
        self.lag = lag
        self.asked: list[httpx.Request] = []
        self.in_force: dict[str, Any] = {}
        self._next: dict[str, Any] = {}
        self._left = 0

    def connect(self, *, timeout_s: float = 3, confirmations: int = 8) -> Proxy:
        ticks = itertools.count()
        patience = Patience(
            clock=lambda: next(ticks) / 100,
            pause=lambda seconds: None,
            timeout_s=timeout_s,
            confirmations=confirmations,
        )
        return Proxy("http://proxy", patience=patience, transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self._follow()
        route = self._match(request)
        if route is None:
            return NO_ROUTE
        for plugin in self.in_force["plugins"].values():
            if plugin["name"] == "request-termination" and plugin["route"] == {"id": route["id"]}:
                return httpx.Response(
                    plugin["config"]["status_code"], text=plugin["config"]["body"]
                )
        return httpx.Response(200, json={"route": route["name"]})

    def _follow(self) -> None:
        stored = {kind: copy.deepcopy(self.kong.stored[kind]) for kind in ("routes", "plugins")}
        if stored != self._next:
            self._next, self._left = stored, self.lag
        if self._left == 0:
            self.in_force = self._next
        else:
            self._left -= 1

    def _match(self, request: httpx.Request) -> Json | None:
        def matches(route: Json) -> bool:
            paths = route["paths"] or ["/"]
            headers = (route["headers"] or {}).items()
            return (
                request.method in (route["methods"] or [request.method])
                and any(request.url.path.startswith(path) for path in paths)
                and all(request.headers.get(name) in values for name, values in headers)
            )

        found = [route for route in self.in_force.get("routes", {}).values() if matches(route)]
        return max(found, key=lambda route: len(max(route["paths"] or [""], key=len)), default=None)
