"""The numbers every service exposes on /metrics."""

from prometheus_client import Counter, Histogram

REQUEST_SECONDS = Histogram(
    "http_request_seconds",
    "Time from the request line to the response, by route",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
EVENTS_HANDLED = Counter(
    "events_handled_total",
    "Events by handler and outcome: handled, retried, parked (dead letter), returned",
    ("handler", "outcome"),
)
EXPIRED_REQUESTS = Counter(
    "rpc_expired_total", "RPC requests not executed because their caller had given up"
)
