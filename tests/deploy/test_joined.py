"""Whoever was registered at ports that the copy had once leaves the gateway."""

import httpx
import pytest

from kong_admin import KongAdmin
from stack import joined, table
from stack import profile as profiles
from stack.services import SERVICES


def test_only_ports_of_this_machine_that_are_no_programs_leave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profile = profiles.load("test")
    service = next(one for one in SERVICES if one.upstreams)
    ours = f"127.0.0.1:{table.instances(profile, service)[0].ports[0]}"
    monolith = f"127.0.0.1:{table.named(profile, 'monolith').ports[0]}"
    stay = {ours, monolith, "10.0.0.7:8000", "catalog.internal:80"}
    targets = [*stay, "127.0.0.1:9"]
    deleted: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            deleted.append(request.url.path)
            return httpx.Response(204)
        found = targets if service.upstreams[0] in request.url.path else []
        of = {"upstream": {"id": "1"}, "weight": 100}
        data = [{"id": name, "target": name, **of} for name in found]
        # What has retired has no upstream any more.
        status = 404 if service.upstreams[-1] in request.url.path else 200
        return httpx.Response(status, json={"data": data, "next": None})

    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(joined, "_gateway", lambda _: KongAdmin("http://kong", transport=transport))
    said: list[str] = []
    joined.forget_strangers(profile, say=said.append)
    assert deleted == [f"/upstreams/{service.upstreams[0]}/targets/127.0.0.1:9"]
    assert said == [f"127.0.0.1:9 is no port of ours: it leaves {service.upstreams[0]}"]
