"""One handler per verb for every kind of entity, at the top level and nested under an owner."""

from dataclasses import dataclass
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from embedded_gateway import entities
from embedded_gateway.entity import Entity
from embedded_gateway.errors import NotFound
from embedded_gateway.gateway import Gateway
from embedded_gateway.group_commit import Decide
from embedded_gateway.http_body import no_content, read_body
from embedded_gateway.paging import page_by_id, page_by_position
from embedded_gateway.state import State, find

_Result = TypeVar("_Result")
# Apart from the threads that answer for the gateway's health: changes wait for each other.
_CHANGES = CapacityLimiter(200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A list in the API: `kind`, and for a nested one the owner's kind and the foreign key."""

    gateway: Gateway
    kind: str
    owner_kind: str | None = None
    foreign_key: str | None = None

    async def page(self, request: Request) -> Response:
        """GET of the list."""
        state = self.gateway.state
        found = self._members(state, self._owner(state, request))
        path, query = request.url.path, dict(request.query_params)
        if self.kind == "targets":
            return JSONResponse(page_by_position(found, path=path, query=query))
        nested = self.owner_kind is not None
        return JSONResponse(page_by_id(found, path=path, query=query, nested=nested))

    async def create(self, request: Request) -> Response:
        """POST: 201."""
        body = await read_body(request)

        def decide(state: State) -> tuple[State, Entity]:
            return entities.create(state, self.kind, self._owned(state, request, body))

        entity = await self._change(decide)
        return JSONResponse(entity.wire(), status_code=201)

    async def get(self, request: Request) -> Response:
        """GET of one."""
        state = self.gateway.state
        return JSONResponse(self._one(state, request).wire())

    async def put(self, request: Request) -> Response:
        """PUT: 200, whether it was there or not."""
        body = await read_body(request)

        def decide(state: State) -> tuple[State, Entity]:
            owned = self._owned(state, request, body)
            found = self._member(state, request)
            return entities.upsert(state, self.kind, _key(self.kind, request), owned, found=found)

        return JSONResponse((await self._change(decide)).wire())

    async def patch(self, request: Request) -> Response:
        """PATCH: 200."""
        body = await read_body(request)

        def decide(state: State) -> tuple[State, Entity]:
            owned = self._owned(state, request, body)
            found = self._member(state, request)
            return entities.patch(state, self.kind, _key(self.kind, request), owned, found=found)

        return JSONResponse((await self._change(decide)).wire())

    async def delete(self, request: Request) -> Response:
        """DELETE: 204, also of what is not there, except for targets."""

        def decide(state: State) -> tuple[State, None]:
            member = self._member(state, request)
            if member is None:
                if self.kind == "targets":
                    raise NotFound
                return state, None
            return entities.delete(state, self.kind, member), None

        await self._change(decide)
        return no_content()

    async def _change(self, decide: Decide[_Result]) -> _Result:
        return await to_thread.run_sync(self.gateway.change, decide, limiter=_CHANGES)

    def _owner(self, state: State, request: Request) -> Entity | None:
        if self.owner_kind is None:
            return None
        owner = state.find(self.owner_kind, request.path_params["owner"])
        if owner is None:
            raise NotFound
        return owner

    def _members(self, state: State, owner: Entity | None) -> list[Entity]:
        if owner is not None and self.kind == "targets":
            return [*state.targets_of(owner.id)]
        everything = [*state.of(self.kind).values()]
        if owner is None:
            return everything
        return [entity for entity in everything if self._refers(entity, owner)]

    def _refers(self, entity: Entity, owner: Entity) -> bool:
        reference = getattr(entity, str(self.foreign_key))
        return reference is not None and reference.id == owner.id

    def _member(self, state: State, request: Request) -> Entity | None:
        owner = self._owner(state, request)
        key = _key(self.kind, request)
        if owner is None:
            return state.find(self.kind, key)
        mine = {entity.id: entity for entity in self._members(state, owner)}
        return find(self.kind, mine, key)

    def _one(self, state: State, request: Request) -> Entity:
        member = self._member(state, request)
        if member is None:
            raise NotFound
        return member

    def _owned(self, state: State, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        owner = self._owner(state, request)
        return {**body, str(self.foreign_key): {"id": owner.id}} if owner else body


def _key(kind: str, request: Request) -> str:
    key: str = request.path_params["key"]
    if kind != "targets" or entities.is_uuid(key):
        return key
    try:
        return entities.target_key(key)
    except ValueError:
        raise NotFound from None
