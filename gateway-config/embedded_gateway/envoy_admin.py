"""What Envoy says of itself, through its admin socket."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import httpx

from embedded_gateway.errors import NotInForce
from embedded_gateway.listener import ADMIN_SOCKET, STAT_PREFIX

CDS = "cluster_manager.cds"
LDS = "listener_manager.lds"
RDS = f"http.{STAT_PREFIX}.rds.main"


def counter_subject(name: str) -> str:
    """Where Envoy says which version of a counting filter is in force."""
    return f"extension_config_discovery.http_filter.{name}"


class EnvoyProbe(Protocol):
    """The questions the gateway asks; a test may answer them without an Envoy."""

    def versions(self, subjects: Iterable[str]) -> dict[str, str]:
        """The version in force of each subject: `cluster.<name>`, CDS or RDS."""

    def rejections(self) -> int:
        """How many configurations were not taken so far."""

    def warming(self) -> int:
        """How many clusters take no traffic yet."""

    def is_ready(self) -> bool:
        """Whether requests are being served."""

    def prometheus(self, prefix: str) -> str:
        """The statistics under a prefix, in Prometheus' text format."""

    def clusters(self) -> list[dict[str, Any]]:
        """Every cluster with its hosts and their health."""


class EnvoyAdmin:
    """Over the unix socket; any failure to ask is NotInForce, for nothing can be confirmed."""

    def __init__(self, directory: Path) -> None:
        # A socket's path may not exceed 107 characters, a clone's may: hence the short way in.
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=short_path(directory / ADMIN_SOCKET)),
            base_url="http://envoy",
            timeout=5.0,
            trust_env=False,
        )

    def versions(self, subjects: Iterable[str]) -> dict[str, str]:
        """See EnvoyProbe."""
        names = "|".join(re.escape(f"{subject}.version_text") for subject in subjects)
        found = self._stats(f"^({names})$", kind="TextReadouts")
        return {name.removesuffix(".version_text"): text.strip('"') for name, text in found.items()}

    def rejections(self) -> int:
        """See EnvoyProbe."""
        pattern = r"(rds\.main|cds|lds|^cluster\..*|extension_config_discovery\..*)\.(update_rejected|update_failure|config_fail)$"
        return sum(int(value) for value in self._stats(pattern, kind="Counters").values())

    def warming(self) -> int:
        """See EnvoyProbe."""
        gauges = self._stats(r"^cluster_manager\.warming_clusters$", kind="Gauges")
        return sum(int(value) for value in gauges.values())

    def is_ready(self) -> bool:
        """See EnvoyProbe."""
        try:
            return self._client.get("/ready").status_code == 200
        except httpx.HTTPError:
            return False

    def prometheus(self, prefix: str) -> str:
        """See EnvoyProbe."""
        return self._get("/stats/prometheus", filter=f"^{prefix}\\.").text

    def clusters(self) -> list[dict[str, Any]]:
        """See EnvoyProbe."""
        answer = json.loads(self._get("/clusters", format="json").text)
        statuses: list[dict[str, Any]] = answer.get("cluster_statuses", [])
        return statuses

    def _stats(self, pattern: str, *, kind: str) -> dict[str, str]:
        lines = self._get("/stats", filter=pattern, type=kind).text.splitlines()
        return dict(line.split(": ", 1) for line in lines if ": " in line)

    def _get(self, path: str, **query: str) -> httpx.Response:
        try:
            return self._client.get(path, params=query).raise_for_status()
        except httpx.HTTPError as unreachable:
            raise NotInForce(
                f"the proxy does not answer ({type(unreachable).__name__}); nothing was changed"
            ) from unreachable


def short_path(path: Path) -> str:
    """Relative where that is shorter: both processes work inside the gateway's folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
