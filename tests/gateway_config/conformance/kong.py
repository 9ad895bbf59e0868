"""A gateway as a black box: an Admin API, a proxy, and patience for what is not in force yet."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

# Kong's own defaults take up to 10 s until every worker knows of a plugin.
_PATIENCE_S = 30
# Each of Kong's workers learns of a change by itself, and each new connection may meet another.
_IN_A_ROW = 8


class Gateway:
    """What is made through it carries a name of its own and leaves again."""

    def __init__(self, admin_url: str, proxy_url: str, *, upstream_host: str) -> None:
        self.admin = httpx.Client(base_url=admin_url, timeout=30)
        self.proxy = httpx.Client(base_url=proxy_url, timeout=15)
        self.upstream_host = upstream_host
        self.prefix = f"c{uuid.uuid4().hex[:8]}"
        node = self.admin.get("/").json()
        self.is_embedded = node.get("edition") == "embedded gateway"
        self.plugins = set(node["plugins"]["available_on_server"])
        self._made: list[str] = []

    def name(self, text: str) -> str:
        return f"{self.prefix}-{text}"

    def make(self, path: str, /, **body: Any) -> dict[str, Any]:
        """POST, and DELETE at the end."""
        answer = self.admin.post(path, json=body)
        assert answer.status_code == 201, f"{path} {body}: {answer.text}"
        made: dict[str, Any] = answer.json()
        self._made.append(f"{path}/{made['id']}")
        return made

    def forget(self) -> None:
        """Delete what was made, the last first; our own gateway is thrown away as a whole."""
        for path in () if self.is_embedded else reversed(self._made):
            self.admin.delete(path)
        self.admin.close()
        self.proxy.close()

    def settle(self) -> None:
        """Wait until a route and a plugin made now are in force on every worker."""
        marker = f"/{self.name('marker')}-{uuid.uuid4().hex[:6]}"
        route = self.make("/routes", paths=[marker], name=marker[1:])
        self.make(
            f"/routes/{route['id']}/plugins",
            name="request-termination",
            config={"status_code": 418, "message": "settled"},
        )
        row = 0
        deadline = time.monotonic() + _PATIENCE_S
        while row < _IN_A_ROW:
            with httpx.Client(base_url=self.proxy.base_url) as fresh:
                row = row + 1 if fresh.get(marker).status_code == 418 else 0
            assert time.monotonic() < deadline, "the gateway does not follow its Admin API"
            if not row:
                time.sleep(0.05)

    def until(self, condition: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, complaint
            time.sleep(0.02)
