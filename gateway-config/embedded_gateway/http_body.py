"""Read a request's JSON body and write Kong's answers."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from embedded_gateway.errors import AdminError, UnreadableBody

_LIMIT = 1 << 20


class UnsupportedType(AdminError):
    """Kong also reads forms; here JSON is enough."""

    status = 415


class TooLarge(AdminError):
    """More than any entity can need."""

    status = 413


async def read_body(request: Request) -> dict[str, Any]:
    """The object in the body; not read to its end when it is too long.

    Without a Content-Type any web page could send one from a browser on this machine.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind.lower() != "application/json":
        raise UnsupportedType("Unsupported Content-Type: the embedded gateway reads JSON")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _LIMIT:
            raise TooLarge("request body too large")
    return _parse(bytes(raw))


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw, parse_float=_number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise UnreadableBody from None
    if not isinstance(body, dict):
        raise UnreadableBody
    return body


def _number(text: str) -> float | int:
    """To Kong 7.0 is the integer 7."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def refused(_: Request, error: Exception) -> Response:
    """Answer an expected error as Kong words it."""
    if not isinstance(error, AdminError):
        raise error
    return JSONResponse(error.body, status_code=error.status)


def no_content() -> Response:
    """204: it is gone, or was never there."""
    return Response(status_code=204)
