"""Kong's `/schemas/<entity>/validate`: would this entity be taken? Nothing is stored."""

import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from embedded_gateway import shorthands
from embedded_gateway.errors import AdminError, NotFound
from embedded_gateway.http_body import read_body
from embedded_gateway.plugins import OFFERED
from embedded_gateway.state import KINDS
from embedded_gateway.validate import to_entity


class Schemas:
    """Handlers without a gateway: they look at the body alone."""

    async def validate(self, request: Request) -> Response:
        """200 or the 400 that storing it would give."""
        kind = request.path_params["kind"]
        if kind not in KINDS:
            raise NotFound
        body = shorthands.expand(kind, await read_body(request))
        # Foreign keys are not followed, in Kong neither: a reference only needs its shape.
        to_entity(kind, {"id": str(uuid.uuid4()), "created_at": 0, "updated_at": 0, **body})
        return JSONResponse({"message": "schema validation successful"})

    async def declarative(self, _: Request) -> Response:
        """`POST /config`: what a Kong with a database says."""
        raise AdminError(
            "this endpoint is only available when Kong is configured to not use a database"
        )

    async def enabled_plugins(self, _: Request) -> Response:
        """The names of the plugins on offer."""
        return JSONResponse({"enabled_plugins": sorted(OFFERED)})
