"""Makes the manifests of deploy/kubernetes from docker-compose.yml: one truth, two platforms.

What Compose says of a container (command, variables, limits, how long it may take to stop) is taken
over. What differs is said here: how a name is found, where a secret comes from, what asks whether a
process is ready.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from stack.kubernetes_names import ADMIN, NAMED, SCALED, configuration
from stack.kubernetes_pods import Pod, pod_of
from stack.profile import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
COMPOSITION = ROOT / "docker-compose.yml"
HEADER = "# Made from docker-compose.yml by `make manifests`; change that, or deploy/stack/kubernetes.py.\n"

# Started by hand, or another's in a cluster: servers, who watches, invented rows.
_ELSEWHERE = {"postgresql", "rabbitmq", "kafka", "jaeger", "prometheus", "grafana"}
_BY_HAND = {"tools", "locust", "seed", "identities"}
# Which ports of a pod each of its Services opens, where that is not all of them: whoever gives the
# gateway's door an address outside must not give one to its Admin API.
_OPENED = {"kong": {"proxy"}, "kong-each": {"proxy", "status"}, ADMIN: {"admin"}}

Manifest = dict[str, Any]


def files() -> Mapping[Path, str]:
    """Every generated file with its text."""
    composed: dict[str, Any] = yaml.safe_load(COMPOSITION.read_text())["services"]
    shared = configuration(composed)
    groups = {
        FOLDER / "base" / "configuration.yaml": [_named("ConfigMap", "v1", "shop", data=shared)]
    }
    for name, definition in composed.items():
        if name not in _ELSEWHERE | _BY_HAND and not _is_second(name):
            groups.setdefault(_place(name), []).extend(_manifests(name, definition, shared))
    return {
        path: HEADER + yaml.safe_dump_all(each, sort_keys=False, width=100)
        for path, each in groups.items()
    }


def write() -> list[Path]:
    """Write all files; those whose text has changed."""
    changed = []
    for path, text in files().items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            changed.append(path)
    return changed


def _is_second(name: str) -> bool:
    """Whether it is an instance beside the first: replicas of one workload."""
    side, _, number = name.rpartition("-")
    return number.isdecimal() and number != "1" and bool(side)


def _place(name: str) -> Path:
    if name.endswith("-kafka"):
        return FOLDER / "overlays" / "kafka" / "relays.yaml"
    group = {"kong-migrations": "gateway", "kong": "gateway", "gateway-setup": "gateway"}
    return FOLDER / "base" / f"{group.get(name) or _side(name)}.yaml"


def _side(name: str) -> str:
    return "monolith" if name == "signing-key" else name.partition("-")[0]


def _workload(name: str) -> str:
    """The first of several instances gives them all its name without the number."""
    return name.removesuffix("-1")


def _manifests(name: str, definition: Manifest, shared: Mapping[str, str]) -> Iterator[Manifest]:
    workload = _workload(name)
    pod = pod_of(workload, definition, shared=shared)
    if definition.get("restart") == "no":
        yield _job(workload, pod)
        return
    replicas = 2 if name.endswith("-1") or name in {"monolith", "kong"} else 1
    yield _running(workload, pod, replicas=replicas)
    yield from _services(workload, pod)
    if replicas > 1:
        yield _budget(workload)


def _named(kind: str, version: str, name: str, **rest: Any) -> Manifest:
    labels = _labels(name)
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "labels": labels},
        **rest,
    }


def _labels(name: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": _side(name),
        "app.kubernetes.io/part-of": "strangler-reference",
    }


def _selector(name: str) -> Manifest:
    return {"matchLabels": {"app.kubernetes.io/name": name}}


def _template(name: str, pod: Pod) -> Manifest:
    return {"metadata": {"labels": _labels(name)}, "spec": pod.spec}


def _job(name: str, pod: Pod) -> Manifest:
    # What it needs may not be there yet: there is no order here, so it tries again.
    spec = {
        "backoffLimit": 20,
        "ttlSecondsAfterFinished": 3600,
        "template": _template(name, pod.once()),
    }
    return _named("Job", "batch/v1", name, spec=spec)


def _running(name: str, pod: Pod, *, replicas: int) -> Manifest:
    spec: Manifest = {"selector": _selector(name), "template": _template(name, pod)}
    if name not in SCALED:
        # The number of those that are scaled belongs to their autoscaler.
        spec = {"replicas": replicas, **spec}
    if name in NAMED:
        spec = {"serviceName": name, "podManagementPolicy": "Parallel", **spec}
        return _named("StatefulSet", "apps/v1", name, spec=spec)
    if pod.claims or (replicas == 1 and name not in SCALED):
        # Two relays of one outbox would only wait for each other, and a disk has one owner.
        spec["strategy"] = {"type": "Recreate"}
    return _named("Deployment", "apps/v1", name, spec=spec)


def _services(name: str, pod: Pod) -> Iterator[Manifest]:
    headless = {"clusterIP": "None", "publishNotReadyAddresses": True}
    if name in {"monolith", "kong", *SCALED}:
        # One address for all: a gateway gives each address of a name the whole weight.
        yield _service(name, pod, of=name)
        yield _service(f"{name}-each", pod, of=name, **headless)
    else:
        yield _service(name, pod, of=name, **headless)
    if name == "kong":
        yield _service(ADMIN, pod, of=name)
    for claim in pod.claims:
        wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        yield _named("PersistentVolumeClaim", "v1", claim, spec=wanted)


def _service(name: str, pod: Pod, *, of: str, **how: Any) -> Manifest:
    ports = [
        {"name": port, "port": number, "targetPort": port}
        for port, number in pod.ports
        if port in _OPENED.get(name, {port})
    ]
    spec = {**how, "selector": {"app.kubernetes.io/name": of}, "ports": ports}
    return _named("Service", "v1", name, spec=spec)


def _budget(name: str) -> Manifest:
    spec = {"maxUnavailable": 1, "selector": _selector(name)}
    return _named("PodDisruptionBudget", "policy/v1", name, spec=spec)


def stale() -> list[Path]:
    """The files that are not what would be written now."""
    return [path for path, text in files().items() if not path.exists() or path.read_text() != text]
