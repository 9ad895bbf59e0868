"""rate-limiting and request-size-limiting as filters.

The counters are in the listener, one filter for each window, so that they outlive a change of the
route table. A route says which plugin's counter and whose; its chain names the one who is counted.
"""

from collections.abc import Iterator

from embedded_gateway.envoy_types import FILTERS, Json, discovery, file_source, typed
from embedded_gateway.filters import ADDRESS, IDENTIFIER, chained, gone, mutation, put
from embedded_gateway.models import Plugin
from embedded_gateway.plugin_traffic import WINDOWS, RateLimiting, RequestSizeLimiting

_LIMIT = "local_ratelimit.v3.LocalRateLimit"
_FILTER_CONFIG = "envoy.config.route.v3.FilterConfig"
_EXTENSION = "envoy.config.core.v3.TypedExtensionConfig"
_FIELDS = ("limit", "remaining", "reset")
_ALWAYS = {"default_value": {"numerator": 100}}
_UNLIMITED = {"max_tokens": 10**9, "tokens_per_fill": 10**9, "fill_interval": "1s"}
STAGES = {window: stage for stage, window in enumerate(WINDOWS)}


def request_size(config: RequestSizeLimiting) -> list[Json]:
    """Counted as the body comes in, whether its length was announced or not."""
    message = "body_size_limit.v3.BodySizeLimit"
    return [chained("request-size-limiting", message, max_request_bytes=config.octets)]


def rate_limiting(config: RateLimiting, *, authenticated: bool, service: str) -> list[Json]:
    """Name the one who is counted; turn what the counters say into Kong's headers."""
    request = [
        put(ADDRESS, "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"),
        put(IDENTIFIER, _identifier(config, authenticated=authenticated, service=service)),
    ]
    windows = [*config.limits]
    response = [] if config.hide_client_headers else [*_headers(windows)]
    response += [gone(_internal(window, field)) for window in windows for field in _FIELDS]
    return [mutation("rate-limiting", request=request, response=response)]


def actions(plugin: Plugin, config: RateLimiting) -> list[Json]:
    """A route's `rate_limits`."""
    by_plugin = {"generic_key": {"descriptor_key": "plugin", "descriptor_value": plugin.id}}
    by_caller = {"request_headers": {"header_name": IDENTIFIER, "descriptor_key": "identifier"}}
    return [
        {"stage": STAGES[window], "actions": [by_plugin, by_caller]} for window in config.limits
    ]


def switched_off() -> Json:
    """What all routes have but those that count."""
    off = typed(_FILTER_CONFIG, disabled=True)
    return {name: off for window in WINDOWS for name in _names(window)}


def switched_on(config: RateLimiting) -> Json:
    """The windows a route counts in."""
    on = typed(_FILTER_CONFIG, config={})
    return {name: on for window in config.limits for name in _names(window)}


def counters(limits: dict[str, dict[str, int]]) -> dict[str, Json]:
    """The filter of each window; `limits` is by plugin id, then by window."""
    return {
        f"rate-{window}": _counter(
            window, {plugin: found[window] for plugin, found in limits.items() if window in found}
        )
        for window in WINDOWS
    }


def ecds(name: str, counter: Json, *, version: str) -> Json:
    """The file of one window's filter."""
    return discovery(_EXTENSION, [{"name": name, "typed_config": counter}], version=version)


def listener_filters(static: dict[str, Json] | None = None) -> Iterator[Json]:
    """Where the counters stand among the listener's filters; `static` is for a trial run."""
    for window in WINDOWS:
        renaming, counting = _names(window)
        yield mutation(renaming, response=[*_renamed(window)])
        if static is not None:
            yield {"name": counting, "typed_config": static[counting]}
            continue
        source = {
            "config_source": file_source(f"ecds/{counting}.json"),
            "type_urls": ["type.googleapis.com/" + FILTERS + _LIMIT],
        }
        yield {"name": counting, "config_discovery": source}


def _names(window: str) -> tuple[str, str]:
    return f"rate-{window}-names", f"rate-{window}"


def _counter(window: str, limits: dict[str, int]) -> Json:
    seconds = f"{WINDOWS[window]}s"
    descriptors = [
        {
            "entries": [{"key": "plugin", "value": plugin}, {"key": "identifier"}],
            "token_bucket": {
                "max_tokens": limit,
                "tokens_per_fill": limit,
                "fill_interval": seconds,
            },
        }
        for plugin, limit in limits.items()
    ]
    return typed(
        FILTERS + _LIMIT,
        stat_prefix=f"rate_{window}",
        stage=STAGES[window],
        filter_enabled=_ALWAYS,
        filter_enforced=_ALWAYS,
        token_bucket=_UNLIMITED,
        always_consume_default_token_bucket=False,
        descriptors=descriptors,
        max_dynamic_descriptors=10000,
        enable_x_ratelimit_headers="DRAFT_VERSION_03",
    )


def _identifier(config: RateLimiting, *, authenticated: bool, service: str) -> str:
    """Kong falls back to the address wherever there is nobody to name."""
    if config.limit_by == "service":
        return service
    names = {"consumer": "X-Consumer-ID", "credential": "X-Credential-Identifier"}
    name = config.header_name if config.limit_by == "header" else names.get(config.limit_by)
    if name is None or (config.limit_by in names and not authenticated):
        return f"%REQ({ADDRESS})%"
    return f"%REQ({name}?{ADDRESS})%"


def _headers(windows: list[str]) -> Iterator[Json]:
    for field in _FIELDS:
        yield put(f"RateLimit-{field.capitalize()}", _tightest(windows, field))
    yield put("Retry-After", "%CEL({429: response.headers['ratelimit-reset']}[response.code])%")
    for window in windows:
        for field in _FIELDS[:2]:
            name = f"X-RateLimit-{field.capitalize()}-{window.capitalize()}"
            yield put(name, f"%RESP({_internal(window, field)})%")


def _tightest(windows: list[str], field: str) -> str:
    """Of the windows that were asked, the one with the least left; of equal ones the longest."""
    expression = _value(windows[-1], field)
    for place in range(len(windows) - 2, -1, -1):
        mine = _left(windows[place])
        others = [
            f"(!({_name(other)} in response.headers) || {mine} < {_left(other)})"
            for other in windows[place + 1 :]
        ]
        expression = f"({' && '.join(others)}) ? {_value(windows[place], field)} : ({expression})"
    return f"%CEL({expression})%"


def _left(window: str) -> str:
    return f"int({_value(window, 'remaining')})"


def _value(window: str, field: str) -> str:
    return f"response.headers['{_internal(window, field)}']"


def _name(window: str) -> str:
    return f"'{_internal(window, 'remaining')}'"


def _renamed(window: str) -> Iterator[Json]:
    for field in _FIELDS:
        yield put(_internal(window, field), f"%RESP(x-ratelimit-{field})%")
        yield gone(f"x-ratelimit-{field}")


def _internal(window: str, field: str) -> str:
    return f"x-gateway-{window}-{field}"
