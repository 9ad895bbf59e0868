"""The few shapes that every Envoy resource is made of."""

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

Json = dict[str, Any]

_TYPE = "type.googleapis.com/"
CLUSTER = "envoy.config.cluster.v3.Cluster"
LISTENER = "envoy.config.listener.v3.Listener"
ROUTES = "envoy.config.route.v3.RouteConfiguration"
ENDPOINTS = "envoy.config.endpoint.v3.ClusterLoadAssignment"
FILTERS = "envoy.extensions.filters.http."

SET = "OVERWRITE_IF_EXISTS_OR_ADD"
ADD = "ADD_IF_ABSENT"
APPEND = "APPEND_IF_EXISTS_OR_ADD"
REPLACE = "OVERWRITE_IF_EXISTS"


def typed(message: str, **fields: Any) -> Json:
    """A protobuf `Any`."""
    return {"@type": _TYPE + message, **fields}


def header(key: str, value: str, action: str = SET) -> Json:
    """A header to set, unless another action is asked for."""
    return {"header": {"key": key, "value": value}, "append_action": action}


def file_source(path: str) -> Json:
    """Without `watched_directory`: with it, one rename reloads every file of the folder.

    `./` because Envoy wants to see a folder in the path.
    """
    return {"resource_api_version": "V3", "path_config_source": {"path": f"./{path}"}}


def socket_address(host: str, port: int) -> Json:
    """An address; Envoy takes no names here."""
    return {"socket_address": {"address": host, "port_value": port}}


def seconds(milliseconds: int) -> str:
    """Kong counts in milliseconds, protobuf durations in seconds."""
    return f"{milliseconds / 1000:.3f}s"


def version_of(resource: object) -> str:
    """A hash of the content: writing the same again changes nothing, here or in Envoy."""
    content = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()[:16]


def discovery(message: str, resources: Sequence[Json], *, version: str) -> Json:
    """One file of resources."""
    return {
        "version_info": version,
        "resources": [typed(message, **resource) for resource in resources],
    }
