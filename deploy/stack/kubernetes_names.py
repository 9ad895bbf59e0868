"""What a variable of docker-compose.yml is in a cluster: another name, a secret, or the same."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stack.services import SERVICES

# Whose instances the gateway knows are behind one name. The others have a name each: nobody sends
# them requests but the broker, and who asks whether they are ready asks each of them.
SCALED = frozenset({"catalog", "inventory", "orders"})
NAMED = frozenset(s.name for s in SERVICES if s.instances) - SCALED

# The gateway's Admin API has a Service of its own, and with it another name than the shop's door.
ADMIN = "kong-admin"

# Holds what `make compose-env` writes: kubectl create secret generic shop --from-env-file=.env
SECRET = "shop"  # noqa: S105 - its name

_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)(?:(:?[-?])([^}]*))?\}")
_INSTANCE = re.compile(r"(?<![\w-])([a-z]+)-(\d+):8000")
Entry = dict[str, Any]


def configuration(composed: Mapping[str, Any]) -> dict[str, str]:
    """What no secret is part of, and all processes that are told it are told alike."""
    told: dict[str, set[str]] = {}
    for name, definition in composed.items():
        if is_process_of_a_side(definition) and not name.endswith("-kafka"):
            for variable, value in definition.get("environment", {}).items():
                told.setdefault(variable, set()).add(value)
    alike = {variable: values.pop() for variable, values in told.items() if len(values) == 1}
    return {
        variable: _translated(value)
        for variable, value in sorted(alike.items())
        # How long an instance takes to leave is for instances.
        if not _VARIABLE.search(_translated(value)) and variable not in {"DRAIN_S", "GRACE_S"}
    }


def addresses() -> dict[str, str]:
    """Variable -> the one address of a service; what gateway-config/targets/by-name asks for."""
    return {f"{side.upper()}_NAME": f"{side}:8000" for side in sorted(SCALED)}


def is_process_of_a_side(definition: Mapping[str, Any]) -> bool:
    """Whether it is one of the monolith or of a service."""
    return definition["image"].split("/")[-1].split(":")[0] in {"monolith", "extracted"}


def entries(environment: Mapping[str, str], shared: Mapping[str, str]) -> list[Entry]:
    """The `env` of a container; what is shared comes by the ConfigMap."""
    found: list[Entry] = []
    for name, value in environment.items():
        if shared.get(name) != _translated(value):
            found += _entries(name, _translated(value))
    # A secret that two addresses need is named once, and before both.
    return list({entry["name"]: entry for entry in found}.values())


def _entries(name: str, value: str) -> Iterator[Entry]:
    secrets = [match[1] for match in _VARIABLE.finditer(value)]
    if secrets and _VARIABLE.fullmatch(value):
        yield _from_secret(name, key=secrets[0])
        return
    for secret in secrets:
        yield _from_secret(secret, key=secret)
    yield {"name": name, "value": _VARIABLE.sub(r"$(\1)", value)}


def _from_secret(name: str, *, key: str) -> Entry:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": SECRET, "key": key}}}


def _translated(value: str) -> str:
    value = _VARIABLE.sub(lambda m: m[3] if m[2] and "-" in m[2] else m[0], value)
    # The gateway finds each service by one name; see gateway-config/targets/by-name.
    value = value.replace("targets/fixed", "targets/by-name")
    value = value.replace("http://kong:8001", f"http://{ADMIN}:8001")
    # Once, where several instances are behind one name.
    parts = [_INSTANCE.sub(_instance, part) for part in value.split(",")]
    return ",".join(dict.fromkeys(parts))


def _instance(match: re.Match[str]) -> str:
    side, number = match[1], int(match[2])
    if side in SCALED:
        return f"{side}:8000"
    # A StatefulSet counts from zero.
    return f"{side}-{number - 1}.{side}:8000"
