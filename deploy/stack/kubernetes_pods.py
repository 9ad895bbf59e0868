"""What a container of docker-compose.yml is as a pod."""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stack.kubernetes_names import addresses, entries, is_process_of_a_side

# Of our images; Kong's user has this number in the image, which Kubernetes wants to be told.
_USERS = {"kong": 1000}
_OUR_USER = 10001
# What has to outlive its pod; everything else may be forgotten.
_KEPT = {"bank"}
_KONG_PORTS = (("proxy", 8000), ("admin", 8001), ("status", 8100))
_WORD = r"\d+(?:\.\d+)?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod's specification, what it listens on, and the disks that it needs."""

    spec: dict[str, Any]
    ports: tuple[tuple[str, int], ...]
    claims: tuple[str, ...]

    def once(self) -> "Pod":
        """The same for what is done once: nobody asks it anything."""
        spec = copy.deepcopy(self.spec)
        spec["restartPolicy"] = "OnFailure"
        for name in ("ports", "startupProbe", "livenessProbe", "readinessProbe"):
            spec["containers"][0].pop(name, None)
        return replace(self, spec=spec, ports=())


def pod_of(name: str, composed: Mapping[str, Any], *, shared: Mapping[str, str]) -> Pod:
    """Take over what Compose says of a container."""
    ports = _KONG_PORTS if name.startswith("kong") else (("http", 8000),)
    mounts, volumes, claims = _volumes(composed)
    container = {
        "name": name,
        "image": composed["image"],
        **_command(composed),
        **_environment(name, composed, shared),
        "ports": [{"name": port, "containerPort": number} for port, number in ports],
        "resources": _resources(composed),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **_probes(ports),
        "volumeMounts": mounts,
    }
    return Pod(spec=_spec(composed, container, volumes), ports=ports, claims=claims)


def _spec(
    composed: Mapping[str, Any], container: dict[str, Any], volumes: list[dict[str, Any]]
) -> dict[str, Any]:
    user = _USERS.get(composed["user"], _OUR_USER)
    return {
        "automountServiceAccountToken": False,
        # Or a Service called `kong` would set KONG_PORT, and Kong would read it.
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": int(composed.get("stop_grace_period", "30s")[:-1]),
        "containers": [container],
        "volumes": volumes,
    }


def _command(composed: Mapping[str, Any]) -> dict[str, Any]:
    known = {"command": composed.get("entrypoint"), "args": composed.get("command")}
    return {name: words for name, words in known.items() if words}


def _environment(
    name: str, composed: Mapping[str, Any], shared: Mapping[str, str]
) -> dict[str, Any]:
    told = dict(composed.get("environment", {}))
    if not is_process_of_a_side(composed):
        by_name = addresses() if name == "gateway-setup" else {}
        return {"env": entries(told | by_name, {})}
    return {
        "envFrom": [{"configMapRef": {"name": "shop"}}],
        "env": entries(told, shared),
    }


def _resources(composed: Mapping[str, Any]) -> dict[str, Any]:
    limits = composed["deploy"]["resources"]["limits"]
    memory = re.sub(f"^({_WORD})([MG])$", r"\1\2i", limits["memory"])
    # Mostly they wait: what they are promised is a part of what they may have.
    asked = {"cpu": f"{int(float(limits['cpus']) * 200)}m", "memory": _half(memory)}
    return {"requests": asked, "limits": {"cpu": limits["cpus"], "memory": memory}}


def _half(memory: str) -> str:
    number, unit = int(memory[:-2]), memory[-2:]
    return f"{number // 2}Mi" if unit == "Mi" else f"{number * 512}Mi"


def _probes(ports: tuple[tuple[str, int], ...]) -> dict[str, Any]:
    if ports == _KONG_PORTS:
        return _asking("status", alive="/status", ready="/status/ready")
    return _asking("http", alive="/healthz", ready="/readyz")


def _asking(port: str, *, alive: str, ready: str) -> dict[str, Any]:
    def get(path: str, **patience: int) -> dict[str, Any]:
        return {"httpGet": {"path": path, "port": port}, "timeoutSeconds": 3, **patience}

    return {
        "startupProbe": get(alive, periodSeconds=2, failureThreshold=60),
        "livenessProbe": get(alive, periodSeconds=10, failureThreshold=3),
        "readinessProbe": get(ready, periodSeconds=3, failureThreshold=2),
    }


def _volumes(
    composed: Mapping[str, Any],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], tuple[str, ...]]:
    places = {_name(path.split(":")[0]): path.split(":")[0] for path in composed.get("tmpfs", [])}
    for volume in composed.get("volumes", []):
        source, place, *_ = volume.split(":")
        places[source] = place
    # A folder within a folder is mounted after it.
    mounts = [{"name": name, "mountPath": path} for name, path in sorted(places.items(), key=_path)]
    claims = tuple(name for name in places if name in _KEPT)
    volumes = [
        {"name": name, "persistentVolumeClaim": {"claimName": name}}
        if name in claims
        else {"name": name, "emptyDir": {}}
        for name in sorted(places)
    ]
    return mounts, volumes, claims


def _path(item: tuple[str, str]) -> str:
    return item[1]


def _name(path: str) -> str:
    return path.strip("/").replace("/", "-")
