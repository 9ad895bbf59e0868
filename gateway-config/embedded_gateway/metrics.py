"""Kong's Prometheus page, made from Envoy's: pure text in, text out.

Envoy counts every request by service and route; what is shown is what a `prometheus` plugin,
global or on the service or route, asks for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from embedded_gateway.plugin_telemetry import Prometheus

_PREFIX = "envoy_kong_"
_HELP = {
    "http_requests_total": "HTTP status codes per service/route in Kong",
    "request_latency_ms": "Total latency incurred during requests for each service/route",
    "upstream_latency_ms": "Latency added by upstream response for each service/route",
    "kong_latency_ms": "Latency added by the gateway for each service/route",
    "bandwidth_bytes": "Total bandwidth in bytes consumed per service/route",
}
_LINE = re.compile(r"(?P<name>\w+)\{(?P<labels>.*)\} (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Plans = Mapping[tuple[str, str], Prometheus]


def render(stats: str, *, plans: Plans, health: Iterable[tuple[str, str, str]], is_up: bool) -> str:
    """`plans` says per (service, route) what is wanted; health is (upstream, target, state)."""
    lines = list(_requests(stats, plans))
    lines += _gauge("datastore_reachable", "Datastore reachable from the gateway", [("", 1)])
    lines += _gauge("proxy_ready", "Whether Envoy answers", [("", int(is_up))])
    targets = [
        (f'{{upstream="{upstream}",target="{target}",state="{state}"}}', 1)
        for upstream, target, state in health
    ]
    lines += _gauge("upstream_target_health", "Health status of targets of upstream", targets)
    return "\n".join(lines) + "\n"


def _requests(stats: str, plans: Plans) -> Iterator[str]:
    announced = set()
    for line in stats.splitlines():
        if line.startswith(f"# TYPE {_PREFIX}"):
            name, kind = line.split()[2:4]
            metric = name.removeprefix(_PREFIX)
            if metric in _HELP and metric not in announced:
                announced.add(metric)
                yield f"# HELP {_public(metric)} {_HELP[metric]}"
                yield f"# TYPE {_public(metric)} {kind}"
        elif (match := _LINE.fullmatch(line)) and match["name"].startswith(_PREFIX):
            shown = _sample(match, plans)
            if shown:
                yield shown


def _sample(match: re.Match[str], plans: Plans) -> str | None:
    labels = dict(_LABEL.findall(match["labels"]))
    scope = (labels.get("service", ""), labels.get("route", ""))
    metric = match["name"].removeprefix(_PREFIX)
    plan = plans.get(scope)
    if plan is None or not _wanted(metric, plan):
        return None
    labels["workspace"] = "default"
    if metric == "http_requests_total":
        labels.setdefault("consumer", "")
    text = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{_public(metric)}{{{text}}} {match['value']}"


def _wanted(metric: str, plan: Prometheus) -> bool:
    if metric.startswith("bandwidth"):
        return plan.bandwidth_metrics
    if metric.startswith("http_requests"):
        return plan.status_code_metrics
    return plan.latency_metrics


def _public(metric: str) -> str:
    # Kong itself says `kong_kong_latency_ms` for the time the gateway took.
    return f"kong_{metric}"


def _gauge(name: str, text: str, samples: Iterable[tuple[str, int]]) -> Iterator[str]:
    yield f"# HELP kong_{name} {text}"
    yield f"# TYPE kong_{name} gauge"
    for labels, value in samples:
        yield f"kong_{name}{labels} {value}"
