"""The files Envoy watches: written in an order in which no request meets a half-made change."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import orjson

from embedded_gateway.compile import Compiled, cds, eds, rds
from embedded_gateway.compile_limits import ecds
from embedded_gateway.durable import write_atomically
from embedded_gateway.envoy_admin import CDS, LDS, RDS, EnvoyProbe, counter_subject
from embedded_gateway.envoy_types import Json, version_of
from embedded_gateway.errors import NotInForce, SchemaViolation
from embedded_gateway.listener import lds, proxy

_IN_FORCE_DEADLINE_S = 10.0
# A new cluster takes traffic only after its first health check, which may take its time-out.
_WARM_DEADLINE_S = 20.0
# A weight is in force after 1 ms, a thousand routes after some hundred: asking costs Envoy, too.
_FIRST_POLL_S, _LONGEST_POLL_S = 0.001, 0.02


class XdsFiles:
    """Publishes a Compiled; returns only when Envoy has it in force."""

    def __init__(self, directory: Path, probe: EnvoyProbe) -> None:
        self._directory = directory
        self._probe = probe
        self._rejections = 0

    def publish(self, new: Compiled, *, old: Compiled) -> None:
        """Raise NotInForce or SchemaViolation with everything put back as it was."""
        self._rejections = self._probe.rejections()  # also tells that Envoy is there
        try:
            self._publish(new, old=old)
        except BaseException:
            self.write(old)
            raise

    def write(self, wanted: Compiled) -> None:
        """Bring the files up to date without asking Envoy, which may not run yet."""
        for upstream, endpoints in wanted.endpoints.items():
            self._put(_eds(upstream), eds(endpoints))
        self._put("cds.json", cds(wanted.clusters))
        for name, counter in wanted.counters.items():
            self._put_counter(name, counter)
        self._put("rds/main.json", rds(wanted.routes))
        self._put_listener(wanted)
        self._remove(set(self._upstreams_on_disk()) - set(wanted.endpoints))

    def _publish(self, new: Compiled, *, old: Compiled) -> None:
        self._publish_endpoints(new, old=old)
        # Clusters that leave stay until no route points at them.
        both = {**old.clusters, **new.clusters}
        self._publish_clusters(both, old=old.clusters)
        self._publish_counters(new, old=old)
        if new.telemetry != old.telemetry and (version := self._put_listener(new)):
            self._await({LDS: version})
        if new.routes != old.routes:
            document = rds(new.routes)
            self._put("rds/main.json", document)
            self._await({RDS: document["version_info"]})
        self._publish_clusters(new.clusters, old=both)
        self._remove(set(old.endpoints) - set(new.endpoints))

    def _publish_endpoints(self, new: Compiled, *, old: Compiled) -> None:
        for upstream, endpoints in new.endpoints.items():
            if endpoints == old.endpoints.get(upstream):
                continue
            document = eds(endpoints)
            self._put(_eds(upstream), document)
            version: str = document["version_info"]
            self._await({f"cluster.{name}": version for name in old.users_of(upstream)})

    def _publish_clusters(self, new: Mapping[str, Json], *, old: Mapping[str, Json]) -> None:
        if new == old:
            return
        document = cds(new)
        self._put("cds.json", document)
        self._await({CDS: document["version_info"]})
        _until(
            lambda: not self._probe.warming(),
            within_s=_WARM_DEADLINE_S,
            complaint="new clusters are not ready",
        )

    def _publish_counters(self, new: Compiled, *, old: Compiled) -> None:
        wanted = {
            counter_subject(name): self._put_counter(name, counter)
            for name, counter in new.counters.items()
            if counter != old.counters.get(name)
        }
        self._await(wanted)

    def _put_counter(self, name: str, counter: Json) -> str:
        version = version_of(counter)
        self._put(f"ecds/{name}.json", ecds(name, counter, version=version))
        return version

    def _put_listener(self, wanted: Compiled) -> str | None:
        """Only the process that becomes Envoy knows where it listens, and writes that first."""
        path = self._directory / "lds.json"
        if not path.exists():
            return None
        written = json.loads(path.read_text(encoding="utf-8"))["resources"][0]
        at = written["address"]["socket_address"]
        document = lds(proxy(wanted.telemetry, host=at["address"], port=at["port_value"]))
        self._put("lds.json", document)
        version: str = document["version_info"]
        return version

    def _await(self, wanted: Mapping[str, str]) -> None:
        _until(
            lambda: not wanted or self._is_in_force(wanted),
            within_s=_IN_FORCE_DEADLINE_S,
            complaint="the change is not in force in time",
        )

    def _is_in_force(self, wanted: Mapping[str, str]) -> bool:
        if self._probe.versions(wanted) == wanted:
            return True
        if self._probe.rejections() > self._rejections:
            raise SchemaViolation({"@entity": ["the proxy rejected the configuration"]})
        return False

    def _put(self, name: str, document: Json) -> None:
        path = self._directory / name
        content = orjson.dumps(document)
        # A rename makes Envoy read again; an equal file shall not.
        if not path.exists() or path.read_bytes() != content:
            write_atomically(path, content)

    def _upstreams_on_disk(self) -> Iterable[str]:
        return [path.stem for path in (self._directory / "eds").glob("*.json")]

    def _remove(self, upstreams: Iterable[str]) -> None:
        for upstream in upstreams:
            (self._directory / _eds(upstream)).unlink(missing_ok=True)


def _eds(upstream: str) -> str:
    return f"eds/{upstream}.json"


def _until(condition: Callable[[], bool], *, within_s: float, complaint: str) -> None:
    deadline, poll_s = time.monotonic() + within_s, _FIRST_POLL_S
    while not condition():
        if time.monotonic() > deadline:
            raise NotInForce(f"{complaint}; nothing was changed")
        time.sleep(poll_s)
        poll_s = min(2 * poll_s, _LONGEST_POLL_S)
