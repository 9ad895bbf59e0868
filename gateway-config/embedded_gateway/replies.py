"""What Envoy answers by itself, in Kong's words: status, headers and body of every refusal."""

from embedded_gateway.envoy_types import Json, header, typed
from embedded_gateway.filters import TERMINATED

_BAD_UPSTREAM = "An invalid response was received from the upstream server"
_CEL = "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"
_BEARER = "Bearer"
# Kong's 3.9 has no comma here.
_INVALID = 'Bearer error="invalid_token"'
# What Envoy's jwt filter says -> what Kong says; the first that is found holds.
_TOKENS = (
    ("Jwt_is_expired", None, "token expired"),
    ("Jwt_not_yet_valid", None, "token not valid yet"),
    ("Jwt_issuer_is_not_configured", "No credentials found for given 'iss'", None),
    ("Jwks_doesn", "No credentials found for given 'kid'", None),
    ("[jwt-unknown]", "No credentials found for given 'iss'", None),
    ("[jwt-unnamed]", "No mandatory 'kid' in claims", None),
    ("verification_fails", "Invalid signature", None),
    ("Jwt_is_missing", "Unauthorized", None),
    ("[jwt-missing]", "Unauthorized", None),
)


def local_replies() -> Json:
    """The listener's `local_reply_config`: the first mapper that applies decides."""
    return {
        "mappers": [
            _as_it_is(),
            *(_token(*told) for told in _TOKENS),
            _by_details("jwt_authn", _exit("Bad token; invalid JSON"), _INVALID, becomes=401),
            _by_details("missing_api_key", _body("No API key found in request"), "Key"),
            _by_details("[key-auth-missing]", _body("No API key found in request"), "Key", 401),
            _by_details("[key-auth-unknown]", _body("Unauthorized"), "Key", 401),
            _by_details("api_key", _body("Unauthorized"), "Key"),
            _by_details("[acl]", _body("You cannot consume this service")),
            _by_details("[acl-unauthenticated]", _body("Unauthorized"), becomes=401),
            _by_details("[ip-restriction]", _body(f"IP address not allowed: {_CLIENT}")),
            *_by_status(),
        ],
        # What has no text of Kong's: a request that Envoy itself could not read, and the like.
        "body_format": _body("%LOCAL_REPLY_BODY%"),
    }


_CLIENT = "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"


def _by_status() -> list[Json]:
    return [
        _reply(400, "Bad request"),
        _reply(404, "no Route matched with those values"),
        _reply(408, "Request timeout"),
        _reply(413, "Request size limit exceeded"),
        _reply(429, "API rate limit exceeded"),
        _reply(431, "Request header or cookie too large"),
        _reply(503, "failure to get a peer from the ring-balancer", flags=["UH"]),
        _reply(503, _BAD_UPSTREAM, flags=["UF", "UC", "LR", "UR", "UPE"], becomes=502),
        _reply(503, "name resolution failed", flags=["NC", "DF"]),
        _reply(502, _BAD_UPSTREAM),
        _reply(504, "The upstream server is timing out"),
    ]


def _as_it_is() -> Json:
    """The answer of request-termination, which has its text already."""
    return {
        "filter": _expression(f"'{TERMINATED}' in request.headers"),
        "body_format_override": {
            "text_format_source": {"inline_string": "%LOCAL_REPLY_BODY%"},
            "content_type": "application/json; charset=utf-8",
        },
    }


def _token(details: str, message: str | None, expired: str | None) -> Json:
    """Kong's jwt plugin answers without a request id, and by claim where a claim is wrong."""
    body = _exit(message) if message else _json({"exp" if "expired" in details else "nbf": expired})
    challenge = _BEARER if message == "Unauthorized" else _INVALID
    return _by_details(details, body, challenge, becomes=401)


def _by_details(
    details: str, body: Json, challenge: str | None = None, becomes: int | None = None
) -> Json:
    mapper: Json = {
        "filter": _expression(f"response.code_details.contains('{details}')"),
        "body_format_override": body,
    }
    if challenge:
        mapper["headers_to_add"] = [header("WWW-Authenticate", challenge)]
    return {**mapper, "status_code": becomes} if becomes else mapper


def _expression(text: str) -> Json:
    return {"extension_filter": {"name": "cel", "typed_config": typed(_CEL, expression=text)}}


def _reply(
    status: int, message: str, *, flags: list[str] | None = None, becomes: int | None = None
) -> Json:
    value = {"default_value": status, "runtime_key": "unused"}
    condition: Json = {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}
    if flags:
        by_flag = {"response_flag_filter": {"flags": flags}}
        condition = {"and_filter": {"filters": [condition, by_flag]}}
    mapper: Json = {"filter": condition, "body_format_override": _body(message)}
    return {**mapper, "status_code": becomes} if becomes else mapper


def _body(message: str) -> Json:
    return _json({"message": message, "request_id": "%REQ(X-REQUEST-ID)%"})


def _exit(message: str) -> Json:
    return _json({"message": message})


def _json(fields: Json) -> Json:
    return {"json_format": fields, "content_type": "application/json; charset=utf-8"}
