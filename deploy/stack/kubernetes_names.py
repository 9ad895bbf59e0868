"""What a variable of docker-compose.yml is in a cluster: another name, a secret, or the same."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# The gateway's Admin API has a Service of its own, and with it another name than the shop's door.
ADMIN = "kong-admin"

# Holds what `make compose-env` writes: kubectl create secret generic shop --from-env-file=.env
SECRET = "shop"  # noqa: S105 - its name

_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)(?:(:?[-?])([^}]*))?\}")
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
        if not _VARIABLE.search(_translated(value))
    }


def is_process_of_a_side(definition: Mapping[str, Any]) -> bool:
    """Whether it is one of the monolith."""
    return bool(definition["image"].split("/")[-1].split(":")[0] == "monolith")


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
    return value.replace("http://kong:8001", f"http://{ADMIN}:8001")
