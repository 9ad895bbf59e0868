"""Envoy's statistics, shown as Kong's."""

from embedded_gateway.metrics import render
from embedded_gateway.plugin_telemetry import Prometheus

_STATS = """\
# TYPE envoy_kong_http_requests_total counter
envoy_kong_http_requests_total{service="s",route="r",code="200",source="service"} 7
envoy_kong_http_requests_total{service="s",route="other",code="200",source="service"} 9
# TYPE envoy_kong_request_latency_ms histogram
envoy_kong_request_latency_ms_bucket{service="s",route="r",le="5"} 3
# TYPE envoy_cluster_upstream_rq counter
envoy_cluster_upstream_rq{envoy_cluster_name="svc.s"} 1
"""


def _page(plan: Prometheus) -> str:
    health = [("u", "127.0.0.1:1", "healthy")]
    return render(_STATS, plans={("s", "r"): plan}, health=health, is_up=True)


def test_only_routes_with_the_plugin_are_shown() -> None:
    page = _page(Prometheus(status_code_metrics=True))
    labels = 'service="s",route="r",code="200",source="service",workspace="default",consumer=""'
    assert f"kong_http_requests_total{{{labels}}} 7" in page
    assert "other" not in page
    assert "envoy" not in page


def test_only_what_the_plugin_asks_for_is_shown() -> None:
    assert "latency_ms_bucket{" not in _page(Prometheus(status_code_metrics=True))
    assert "kong_request_latency_ms_bucket{" in _page(Prometheus(latency_metrics=True))


def test_the_health_of_targets_is_a_gauge() -> None:
    line = 'kong_upstream_target_health{upstream="u",target="127.0.0.1:1",state="healthy"} 1'
    assert line in _page(Prometheus())
