"""Ask the cases of `world` through the proxy."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The cases that were made, by name."""

    kong: Any
    cases: dict[str, Any]

    @classmethod
    def build(cls, kong: Any, backend: Any, cases: dict[str, Any]) -> "World":
        target = f"{kong.upstream_host}:{backend.server_port}"
        upstream = _upstream(kong, "world", target)
        world = cls(kong=kong, cases=cases)
        shared = kong.make("/services", name=kong.name("world"), host=upstream["name"])
        for name, case in cases.items():
            service = shared
            if case.service or case.upstream:
                host = _upstream(kong, name, target, **case.upstream) if case.upstream else upstream
                own = {"name": kong.name(name), "host": host["name"], **case.service}
                service = kong.make("/services", **own)
            world._make(name, case, service=service)
        kong.settle()
        return world

    def _make(self, name: str, case: Any, *, service: dict[str, Any]) -> None:
        kong = self.kong
        route = kong.make(
            "/routes",
            **{
                "name": kong.name(name),
                "service": {"id": service["id"]},
                "paths": [self._below(case.path)],
                **case.route,
            },
        )
        for plugin, config in case.plugins.items():
            scope = {"route": {"id": route["id"]}}
            kong.make("/plugins", name=plugin, config=config, **scope)

    def path(self, case: str, rest: str = "") -> str:
        return self._below(self.cases[case].path) + rest

    def below(self, path: str) -> str:
        return f"/{self.kong.prefix}{path}"

    def _below(self, path: str) -> str:
        return f"~{self.below(path[1:])}" if path.startswith("~") else self.below(path)

    def ask(
        self, case: str, rest: str = "", *, method: str = "GET", **given: Any
    ) -> httpx.Response:
        answer: httpx.Response = self.kong.proxy.request(method, self.path(case, rest), **given)
        return answer

    def asked(self, path: str, *, method: str = "GET", **given: Any) -> httpx.Response:
        answer: httpx.Response = self.kong.proxy.request(method, self.below(path), **given)
        return answer


def _upstream(kong: Any, name: str, target: str, **how: Any) -> dict[str, Any]:
    made: dict[str, Any] = kong.make("/upstreams", name=kong.name(name), **how)
    kong.make(f"/upstreams/{made['id']}/targets", target=target)
    return made
