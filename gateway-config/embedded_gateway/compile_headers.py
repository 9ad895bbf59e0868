"""correlation-id, cors, the transformers and request-termination as filters."""

import json
import re
from collections.abc import Iterator

from embedded_gateway.envoy_types import ADD, APPEND, REPLACE, Json
from embedded_gateway.filters import TERMINATED, gone, literal, mutation, put, quoted
from embedded_gateway.plugin_headers import (
    CorrelationId,
    Cors,
    RequestTransformer,
    ResponseTransformer,
)
from embedded_gateway.plugin_traffic import RequestTermination

_ORIGIN = "request.headers['origin']"
_ALLOW_ORIGIN = "Access-Control-Allow-Origin"
_ACTIONS = (("replace", REPLACE), ("add", ADD), ("append", APPEND))


def correlation_id(config: CorrelationId) -> list[Json]:
    """A client's own id is kept."""
    name = config.header_name
    echo = [put(name, f"%REQ({name})%")] if config.echo_downstream else []
    return [mutation("correlation-id", request=[put(name, "%UNIQUE_ID%", ADD)], response=echo)]


def cors(config: Cors) -> list[Json]:
    """The headers of every answer."""
    exposed = ",".join(config.exposed_headers or ())
    steps = [*_origin(config)]
    if exposed:
        steps.append(put("Access-Control-Expose-Headers", literal(exposed)))
    return [mutation("cors", response=steps)]


def preflight(config: Cors) -> list[Json]:
    """The headers with which a browser's question is answered without asking the service."""
    allowed = ",".join(config.headers or ()) or "%REQ(Access-Control-Request-Headers)%"
    steps = [
        *_origin(config),
        put("Access-Control-Allow-Headers", allowed),
        put("Access-Control-Allow-Methods", ",".join(config.methods)),
    ]
    if config.max_age is not None:
        steps.append(put("Access-Control-Max-Age", str(config.max_age)))
    return [mutation("cors-preflight", request=[put(TERMINATED, "1")], response=steps)]


def request_transformer(config: RequestTransformer) -> list[Json]:
    """Remove, replace, add, append: in this order, as Kong does."""
    headers = [gone(name) for name in config.remove.headers]
    query: list[Json] = [{"remove": name} for name in config.remove.querystring]
    for verb, action in _ACTIONS:
        part = getattr(config, verb)
        headers += [put(*_pair(text), action) for text in part.headers]
        for text in part.querystring:
            name, value = _pair(text)
            query.append({"append": {"record": {"key": name, "value": value}, "action": action}})
    return [mutation("request-transformer", request=headers, query=query)]


def response_transformer(config: ResponseTransformer) -> list[Json]:
    """Remove, replace, add, append: in this order, as Kong does."""
    steps = [gone(name) for name in config.remove.headers]
    for verb, action in _ACTIONS:
        steps += [put(*_pair(text), action) for text in getattr(config, verb).headers]
    return [mutation("response-transformer", response=steps)]


def termination(config: RequestTermination) -> tuple[list[Json], Json]:
    """The mark that keeps the answer's text as it is, and the answer."""
    body = config.body
    if body is None and config.text is not None:
        body = json.dumps({"message": config.text}, separators=(",", ":"))
    kind = config.content_type or ("text/plain" if config.body else None)
    content_type = [put("Content-Type", literal(kind))] if kind else []
    mark = mutation("request-termination", request=[put(TERMINATED, "1")], response=content_type)
    answer: Json = {"status": config.status_code}
    return [mark], {**answer, "body": {"inline_string": body}} if body else answer


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name, literal(value)


def _origin(config: Cors) -> Iterator[Json]:
    everybody = not config.origins or "*" in config.origins
    present = f"'origin' in request.headers && {_ORIGIN} != ''"
    if not config.allow_origin_absent and everybody:
        yield put(_ALLOW_ORIGIN, f"%CEL({{true: '*'}}[{present}])%")
    elif everybody:
        yield put(_ALLOW_ORIGIN, "*")
    if everybody and config.credentials:
        # A browser refuses `*` together with credentials.
        yield put(_ALLOW_ORIGIN, f"%CEL({_ORIGIN})%")
        yield put("Vary", f"%CEL({{true: 'Origin'}}[{present}])%", APPEND)
        yield put("Access-Control-Allow-Credentials", f"%CEL({{true: 'true'}}[{present}])%")
    if not everybody:
        yield from _listed(config)


def _listed(config: Cors) -> Iterator[Json]:
    origins = config.origins or ()
    yield put("Vary", "Origin", APPEND)
    if len(origins) == 1 and _is_plain(origins[0]):
        yield put(_ALLOW_ORIGIN, literal(origins[0]))
    else:
        yield put(_ALLOW_ORIGIN, f"%CEL({{true: {_ORIGIN}}}[{_matches(origins)}])%")
    if config.credentials:
        yield put("Access-Control-Allow-Credentials", "true")


def _matches(origins: tuple[str, ...]) -> str:
    tests = [
        f"{_ORIGIN} == {quoted(origin)}"
        if _is_plain(origin)
        else f"{_ORIGIN}.matches({quoted(_anchored(origin))})"
        for origin in origins
    ]
    return " || ".join(tests)


def _is_plain(origin: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9.:/-]+", origin) is not None


def _anchored(regex: str) -> str:
    """An entry without a colon is about the host alone."""
    bare = regex.removeprefix("^").removesuffix("$")
    return f"^{bare}$" if ":" in bare else rf"^https?://(?:{bare})(?::\d+)?$"
