"""One kind of entity at the Admin API: list, get, create, put, patch, delete."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from kong_admin.entity import Entity
from kong_admin.errors import (
    NotFoundError,
    RefusedError,
    UnexpectedAnswerError,
    UnusableInputError,
)

E = TypeVar("E", bound=Entity)


class Requests(Protocol):
    """What a resource needs of a client."""

    def request(
        self, method: str, path: str, *, json: object = None, idempotent: bool | None = None
    ) -> dict[str, Any]:
        """One call."""
        ...

    def pages(self, path: str, *, tags: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """All entities of a list."""
        ...


def quoted(key: str) -> str:
    """A key as one segment of a path."""
    return quote(key, safe=":")


class Resource(Generic[E]):
    """The same six calls for every kind. `key` is a name, an id, or a target's address."""

    def __init__(self, requests: Requests, entity: type[E], path: str = "") -> None:
        self._requests = requests
        self._entity = entity
        self._path = path or f"/{entity.collection}"

    def list_all(self, *, tags: Sequence[str] = ()) -> list[E]:
        """Every page. Kong ignores `tags` for the targets of an upstream, so they are also
        compared here.
        """
        for tag in tags:
            # Kong reads `a,b` and `a/b` as expressions, and refuses an empty one.
            if not tag or set(tag) & set(",/"):
                raise UnusableInputError(f"{tag!r} cannot be a tag of Kong")
        found = [self._read(body) for body in self._requests.pages(self._path, tags=tags)]
        return [entity for entity in found if set(tags) <= set(entity.tags)]

    def get(self, key: str) -> E:
        """The one with this key, or NotFoundError."""
        return self._read(self._requests.request("GET", self._at(key)))

    def create(self, entity: E) -> E:
        """Make a new one, or ConflictError. Sent once: a repeated POST could conflict with itself."""
        with hiding(entity.secrets):
            return self._read(self._requests.request("POST", self._path, json=entity.to_json()))

    def put(self, key: str, entity: E) -> E:
        """Make or replace; what the body leaves out goes back to Kong's default. Never for
        targets: Kong answers 404 unless the target exists.
        """
        with hiding(entity.secrets):
            return self._read(self._requests.request("PUT", self._at(key), json=entity.to_json()))

    def patch(self, key: str, fields: Mapping[str, Any], *, idempotent: bool = False) -> E:
        """Change some fields. Say `idempotent` when repeating it is harmless: absolute values,
        no change of the name it is addressed by.
        """
        with hiding(str(fields[field]) for field in self._entity.hidden & fields.keys()):
            answer = self._requests.request(
                "PATCH", self._at(key), json=dict(fields), idempotent=idempotent
            )
            return self._read(answer)

    def delete(self, key: str) -> None:
        """Afterwards it is gone, whether or not it was there: Kong itself answers 204 for most
        missing entities, 404 for targets, and a repeated delete must not fail.
        """
        try:
            self._requests.request("DELETE", self._at(key))
        except NotFoundError:
            return

    def _at(self, key: str) -> str:
        return f"{self._path}/{quoted(key)}"

    def _read(self, body: Mapping[str, Any]) -> E:
        try:
            return self._entity.from_json(body)
        except ValidationError as invalid:
            where = ".".join(map(str, invalid.errors()[0]["loc"]))
            raise UnexpectedAnswerError(
                f"{self._path}: the answer is not a {self._entity.kind} "
                f"({where}: {invalid.errors()[0]['msg']}); is this Kong's Admin API?"
            ) from invalid


@contextmanager
def hiding(secrets: Iterable[str]) -> Iterator[None]:
    """Whatever is refused inside is told without these words."""
    try:
        yield
    except RefusedError as refused:
        raise refused.without(secrets) from None
