"""Kong's `/schemas/<entity>/validate`: would this entity be taken? Nothing is stored."""

import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from embedded_gateway import shorthands
from embedded_gateway.errors import NotFound
from embedded_gateway.http_body import read_body
from embedded_gateway.plugins import OFFERED
from embedded_gateway.state import KINDS
from embedded_gateway.validate import to_entity


class Schemas:
    async def validate(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in KINDS:
            raise NotFound
        body = shorthands.expand(kind, await read_body(request))
        # Foreign keys are not followed, in Kong neither: a reference only needs its shape.
        to_entity(kind, {"id": str(uuid.uuid4()), "created_at": 0, "updated_at": 0, **body})
        return JSONResponse({"message": "schema validation successful"})

    async def enabled_plugins(self, _: Request) -> Response:
        return JSONResponse({"enabled_plugins": sorted(OFFERED)})
