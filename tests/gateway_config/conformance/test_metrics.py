"""What is counted, under Kong's names."""

from typing import Any


def test_requests_are_counted_by_service_route_and_code(world: Any) -> None:
    world.ask("counted")
    kong = world.kong
    labels = f'service="{kong.name("world")}",route="{kong.name("counted")}",code="200"'
    metric = f"kong_http_requests_total{{{labels}"
    kong.until(lambda: metric in kong.admin.get("/metrics").text, "it is not counted")


def test_the_admin_api_says_which_plugins_are_on_offer(kong: Any) -> None:
    asked = {"jwt", "key-auth", "acl", "rate-limiting", "cors", "prometheus", "opentelemetry"}
    assert asked <= kong.plugins
    enabled = kong.admin.get("/plugins/enabled").json()["enabled_plugins"]
    assert set(enabled) == kong.plugins
