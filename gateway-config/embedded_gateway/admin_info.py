"""The Admin API's pages about the node: what it is, how it is, what it counts."""

import socket
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from embedded_gateway import emulation, metrics
from embedded_gateway.envoy_admin import CDS, RDS
from embedded_gateway.envoy_types import version_of
from embedded_gateway.errors import NotFound, NotInForce
from embedded_gateway.gateway import Gateway
from embedded_gateway.models import Target, Upstream
from embedded_gateway.plugin_telemetry import Prometheus
from embedded_gateway.plugins import OFFERED, PRIORITY
from embedded_gateway.target_health import describe, hosts_of
from embedded_gateway.values import is_ip


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """Handlers that change nothing."""

    gateway: Gateway
    node_id: str

    async def node(self, _: Request) -> Response:
        """`GET /`: version, plugins, and what is emulated or refused."""
        available = {
            name: {"version": emulation.VERSION, "priority": PRIORITY[name]}
            for name in sorted(OFFERED)
        }
        enabled = {plugin.name for plugin in self.gateway.state.plugins.values()}
        return JSONResponse(
            {
                "version": emulation.VERSION,
                "edition": "embedded gateway",
                "tagline": "The part of Kong's Admin API this project uses, in front of Envoy",
                "hostname": socket.gethostname(),
                "node_id": self.node_id,
                "configuration": {"database": "embedded", "role": "traditional"},
                "plugins": {
                    "available_on_server": available,
                    "enabled_in_cluster": sorted(enabled),
                },
                "embedded_gateway": {
                    "emulated": emulation.EMULATED,
                    "refused": emulation.REFUSED,
                },
            }
        )

    async def status(self, _: Request) -> Response:
        """Whether the database and the proxy can be reached."""
        ready = await run_in_threadpool(self.gateway.probe.is_ready)
        return JSONResponse(
            {
                "database": {"reachable": True},
                "server": {"ready": ready},
                "configuration_hash": version_of([self.gateway.compiled.routes]),
            }
        )

    async def healthz(self, _: Request) -> Response:
        """This process is alive."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, _: Request) -> Response:
        """The proxy serves what the entities say."""
        reason = await run_in_threadpool(self._not_ready)
        if reason:
            return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)
        return JSONResponse({"status": "ready"})

    async def metrics(self, _: Request) -> Response:
        """Kong's Prometheus page."""
        text = await run_in_threadpool(self._metrics)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def upstream_health(self, request: Request) -> Response:
        """Each target of an upstream with Envoy's verdict."""
        found = self.gateway.state.find("upstreams", request.path_params["key"])
        if not isinstance(found, Upstream):
            raise NotFound
        data = await run_in_threadpool(self._health_of, found)
        return JSONResponse({"data": data, "next": None, "node_id": self.node_id})

    def _not_ready(self) -> str | None:
        if not self.gateway.probe.is_ready():
            return "the proxy does not answer"
        try:
            versions = self.gateway.probe.versions([CDS, RDS])
        except NotInForce as unreachable:
            return str(unreachable)
        wanted = self.gateway.versions()
        return None if versions == wanted else "the proxy has another configuration"

    def _health_of(self, upstream: Upstream) -> list[dict[str, Any]]:
        gateway = self.gateway
        names = gateway.compiled.users_of(upstream.name)
        hosts = hosts_of(gateway.probe.clusters(), names)
        return [
            describe(upstream, target, hosts, self._addresses(target))
            for target in gateway.state.targets_of(upstream.id)
        ]

    def _addresses(self, target: Target) -> list[str]:
        host = target.address[0]
        if is_ip(host):
            return [host]
        return self.gateway.addresses_of(host)

    def _metrics(self) -> str:
        plans = _plans(self.gateway)
        try:
            stats = self.gateway.probe.prometheus("kong")
            health = list(self._health_samples(plans.values()))
        except NotInForce:
            return metrics.render("", plans=plans, health=[], is_up=False)
        return metrics.render(stats, plans=plans, health=health, is_up=True)

    def _health_samples(self, plans: Any) -> Any:
        if not any(plan.upstream_health_metrics for plan in plans):
            return
        for upstream in self.gateway.state.upstreams.values():
            for target in self._health_of(upstream):
                yield upstream.name, target["target"], target["health"].lower()


def _plans(gateway: Gateway) -> dict[tuple[str, str], Prometheus]:
    state = gateway.state
    plans = {("", ""): _plan(state.plugins_at(service=None, route=None))}
    for route in state.routes.values():
        service = state.services.get(route.service.id) if route.service else None
        labels = (service.name or service.id) if service else ""
        found = _plan(state.plugins_at(service=service, route=route))
        plans[labels, route.name or route.id] = found
    return {scope: plan for scope, plan in plans.items() if plan is not None}


def _plan(plugins: Any) -> Prometheus | None:
    for plugin in plugins:
        if plugin.name == "prometheus":
            return Prometheus.model_validate(plugin.config)
    return None


def node_id(directory: Path) -> str:
    """The same after every start, from the place where the state lies."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, str(directory)))
