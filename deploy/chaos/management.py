"""What RabbitMQ says of itself, by its management API."""

from __future__ import annotations

import os
from typing import Any

import httpx


def ask(path: str) -> Any:
    """Return the document at `path`; raises httpx.HTTPError."""
    answer = httpx.get(os.environ["AMQP_MANAGEMENT_URL"] + path, timeout=5, trust_env=False)
    answer.raise_for_status()
    return answer.json()


def used_bytes() -> float:
    """Return what the node uses, without what its allocators only keep; raises httpx.HTTPError."""
    (node,) = ask("/api/nodes?columns=name")
    return float(ask(f"/api/nodes/{node['name']}/memory")["memory"]["total"]["erlang"])
