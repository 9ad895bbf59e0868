"""The Admin API as an ASGI application: Kong's paths, mapped to their handlers."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from embedded_gateway.admin_entities import Collection
from embedded_gateway.admin_info import Information, node_id
from embedded_gateway.emulation import NEVER_HELD
from embedded_gateway.errors import AdminError, NotFound, SchemaViolation
from embedded_gateway.gateway import Gateway
from embedded_gateway.http_body import no_content, read_body, refused
from embedded_gateway.schemas import Schemas

_logger = logging.getLogger(__name__)
_NAMES_EVERY_S = 10.0
# (owner, name in the path, nested kind, the nested kind's foreign key)
_NESTED = (
    ("services", "routes", "routes", "service"),
    ("services", "plugins", "plugins", "service"),
    ("routes", "plugins", "plugins", "route"),
    ("upstreams", "targets", "targets", "upstream"),
    ("consumers", "key-auth", "keyauth_credentials", "consumer"),
    ("consumers", "jwt", "jwt_secrets", "consumer"),
    ("consumers", "acls", "acls", "consumer"),
)


def admin_api(gateway: Gateway, *, directory: Path) -> Starlette:
    """All paths; what is not listed is 404, as in Kong."""
    information = Information(gateway=gateway, node_id=node_id(directory))
    return Starlette(
        routes=[
            *_information(information),
            *_schemas(),
            *(route for name, kind in _TOP.items() for route in _collection(gateway, name, kind)),
            *(route for nested in _NESTED for route in _nested(gateway, *nested)),
            *(route for name in NEVER_HELD for route in _never_held(name)),
        ],
        exception_handlers={
            AdminError: refused,
            HTTPException: _http_error,
            Exception: _unexpected,
        },
        lifespan=lambda _: _following_names(gateway),
    )


# Name in the path -> kind.
_TOP = {
    "services": "services",
    "routes": "routes",
    "upstreams": "upstreams",
    "plugins": "plugins",
    "consumers": "consumers",
    "key-auths": "keyauth_credentials",
    "jwts": "jwt_secrets",
    "acls": "acls",
}


def _information(information: Information) -> list[Route]:
    return [
        Route("/", information.node),
        Route("/status", information.status),
        Route("/metrics", information.metrics),
        Route("/healthz", information.healthz),
        Route("/readyz", information.readyz),
        Route("/upstreams/{key}/health", information.upstream_health),
    ]


def _schemas() -> list[Route]:
    schemas = Schemas()
    return [
        Route("/plugins/enabled", schemas.enabled_plugins),
        Route("/config", schemas.declarative, methods=["POST"]),
        Route("/schemas/{kind}/validate", schemas.validate, methods=["POST"]),
    ]


def _collection(gateway: Gateway, name: str, kind: str) -> list[Route]:
    return _routes(Collection(gateway=gateway, kind=kind), f"/{name}")


def _nested(gateway: Gateway, owner: str, name: str, kind: str, foreign_key: str) -> list[Route]:
    members = Collection(gateway=gateway, kind=kind, owner_kind=owner, foreign_key=foreign_key)
    path = f"/{owner}/{{owner}}/{name}"
    every = [Route(f"{path}/all", members.page)] if kind == "targets" else []
    return [*every, *_routes(members, path)]


def _routes(members: Collection, path: str) -> list[Route]:
    one = path + "/{key}"
    return [
        Route(path, members.page, methods=["GET"]),
        Route(path, members.create, methods=["POST"]),
        Route(one, members.get, methods=["GET"]),
        Route(one, members.put, methods=["PUT"]),
        Route(one, members.patch, methods=["PATCH"]),
        Route(one, members.delete, methods=["DELETE"]),
    ]


def _never_held(name: str) -> list[Route]:
    async def empty(_: Request) -> Response:
        return JSONResponse({"data": [], "next": None})

    async def none(request: Request) -> Response:
        if request.method == "DELETE":
            return no_content()
        raise NotFound

    async def refuse(request: Request) -> Response:
        await read_body(request)
        raise SchemaViolation({"@entity": [f"the embedded gateway does not offer {name}"]})

    return [
        Route(f"/{name}", empty, methods=["GET"]),
        Route(f"/{name}", refuse, methods=["POST"]),
        Route(f"/{name}/{{key}}", none, methods=["GET", "DELETE"]),
        Route(f"/{name}/{{key:path}}", refuse, methods=["POST", "PUT", "PATCH"]),
    ]


@contextlib.asynccontextmanager
async def _following_names(gateway: Gateway) -> AsyncIterator[None]:
    follower = asyncio.create_task(_follow_names(gateway))
    try:
        yield
    finally:
        follower.cancel()


async def _follow_names(gateway: Gateway) -> None:
    while True:
        await asyncio.sleep(_NAMES_EVERY_S)
        try:
            await run_in_threadpool(gateway.refresh_names)
        except AdminError as unchanged:
            _logger.warning("targets keep their addresses", extra={"reason": str(unchanged)})


def _http_error(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    messages = {404: "Not found", 405: "Method not allowed"}
    headers: Any = getattr(error, "headers", None)
    body = {"message": messages.get(status, "An unexpected error occurred")}
    return JSONResponse(body, status_code=status, headers=headers)


def _unexpected(_: Request, error: Exception) -> Response:
    _logger.error("unexpected error", exc_info=error)
    return JSONResponse({"message": "An unexpected error occurred"}, status_code=500)
