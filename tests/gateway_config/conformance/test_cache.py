"""proxy-cache, where it is offered; where it is not, that is said before anything is stored."""

import time
from typing import Any

_CONFIG = {
    "strategy": "memory",
    "cache_ttl": 1,
    "request_method": ["GET", "HEAD"],
    "response_code": [200],
    "content_type": ["application/json"],
    "vary_headers": ["Authorization"],
}


def test_answers_are_kept_for_their_time_or_the_plugin_is_refused(
    kong: Any, backends: list[Any]
) -> None:
    name = kong.name("cached")
    url = f"http://{kong.upstream_host}:{backends[0].server_port}"
    service = kong.make("/services", name=name, url=url)
    kong.make("/routes", name=name, paths=[f"/{name}"], service={"id": service["id"]})
    body = {"name": "proxy-cache", "config": _CONFIG}
    if "proxy-cache" not in kong.plugins:
        answer = kong.admin.post(f"/services/{name}/plugins", json=body)
        assert answer.status_code == 400
        assert "proxy-cache" in answer.json()["fields"]["name"]
        return
    kong.make(f"/services/{name}/plugins", **body)
    kong.settle()

    def status(**headers: str) -> str | None:
        found = kong.proxy.get(f"/{name}/x", headers=headers).headers.get("X-Cache-Status")
        return found and str(found)

    assert kong.proxy.post(f"/{name}/x").headers["X-Cache-Status"] == "Bypass"
    kong.until(lambda: status() == "Hit", "nothing is kept")
    assert status(Authorization="Bearer x") in {"Miss", "Bypass"}
    kept_at = time.monotonic()
    kong.until(lambda: status() in {"Miss", "Refresh"}, "it is kept for ever")
    assert time.monotonic() - kept_at < 3
