"""Passive health checks: after how many bad answers in a row a target is left alone."""

from embedded_gateway.envoy_types import Json
from embedded_gateway.healthchecks import Passive

# Kong waits for somebody, or for an active check, to bring a target back. Envoy needs a time.
_FOREVER = "86400s"
_NEVER = 1000000


def bad_answers(passive: Passive) -> Json:
    """Which statuses count."""
    statuses = "|".join(str(status) for status in passive.unhealthy.http_statuses)
    test = {"name": ":status", "string_match": {"safe_regex": {"regex": statuses}}}
    return {"error_matcher": {"http_response_headers_match": {"headers": [test]}}}


def ejection(passive: Passive) -> Json:
    """How many are too many; Envoy counts refused connections and time-outs together."""
    answers = passive.unhealthy.http_failures
    lost = max(passive.unhealthy.tcp_failures, passive.unhealthy.timeouts)
    return {
        "consecutive_5xx": answers or _NEVER,
        "enforcing_consecutive_5xx": 100 if answers else 0,
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": lost or _NEVER,
        "enforcing_consecutive_local_origin_failure": 100 if lost else 0,
        "interval": "0.5s",
        "base_ejection_time": _FOREVER,
        "max_ejection_time": _FOREVER,
        "max_ejection_percent": 100,
        "enforcing_success_rate": 0,
        "enforcing_local_origin_success_rate": 0,
        "enforcing_consecutive_gateway_failure": 0,
    }
