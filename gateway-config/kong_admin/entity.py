"""What all of Kong's entities share.

Declared field: a field of the class. Two entities are compared by these alone.
Extra: whatever else Kong answered. It is kept and sent back on a round trip, and never compared.
Identity: what makes an entity the same one on both sides of a diff (Kong's `id` differs per gateway).
Label: the identity in words, for people.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

from kong_admin.compare import Difference, agrees

Identity = tuple[str, ...]


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _tags(value: object) -> object:
    return () if value is None else _tuple(value)


Words = Annotated[tuple[str, ...], BeforeValidator(_tuple)]
Tags = Annotated[tuple[str, ...], BeforeValidator(_tags)]

# Consumers are known by their username, everything else by its name.
_NAMED_BY = {"consumer": "username"}


class Reference(BaseModel):
    """A foreign key. Files give the name, Kong answers the id; after a read both are known."""

    model_config = ConfigDict(frozen=True, strict=True)

    id: str | None = None
    name: str | None = None

    def to_json(self, *, named_by: str = "name") -> dict[str, str]:
        """By name where it is known: an id holds for one gateway only."""
        return {named_by: self.name} if self.name is not None else {"id": self.id or ""}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reference):
            return NotImplemented
        if self.name is not None and other.name is not None:
            return self.name == other.name
        return self.id is not None and self.id == other.id

    # Equal by name or by id: no hash could agree with that.
    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name or self.id or ""


class Entity(BaseModel):
    """A frozen value. A field named in `when_declared` is not compared while it is None; one in
    `hidden` is never shown; one in `replaced` is a map, which Kong compares and replaces whole.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    kind: ClassVar[str]
    collection: ClassVar[str]
    when_declared: ClassVar[frozenset[str]] = frozenset()
    hidden: ClassVar[frozenset[str]] = frozenset()
    replaced: ClassVar[frozenset[str]] = frozenset()

    id: str | None = None
    tags: Tags = ()

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """What Kong answered."""
        return cls.model_validate(dict(body))

    def to_json(self) -> dict[str, Any]:
        """The body of a create: without what is not set, so that Kong's defaults apply."""
        body = self.model_dump(mode="json", exclude_none=True)
        references = {
            name: value.to_json(named_by=_NAMED_BY.get(name, "name"))
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), Reference)
        }
        return body | references

    def field_json(self, field: str) -> Any:
        """One field as the body of a PATCH carries it; None is sent as null."""
        value = getattr(self, field)
        if isinstance(value, Reference):
            return value.to_json(named_by=_NAMED_BY.get(field, "name"))
        return list(value) if isinstance(value, tuple) else value

    @property
    def extra(self) -> Mapping[str, Any]:
        """Fields that this package does not know."""
        return dict(self.model_extra or {})

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(filter(None, (getattr(self, field) for field in sorted(self.hidden))))

    @property
    def identity(self) -> Identity:
        """The same on every gateway."""
        raise NotImplementedError

    @property
    def label(self) -> str:
        """The identity in words."""
        return " ".join([self.kind, *filter(None, self.identity)])

    def differences(self, live: Self) -> tuple[Difference, ...]:
        """Where `live` is not what this entity declares."""
        return tuple(
            Difference(field=field, desired=getattr(self, field), live=getattr(live, field))
            for field in type(self).model_fields
            if self._is_compared(field) and not self._agrees(live, field)
        )

    def _agrees(self, live: Self, field: str) -> bool:
        whole = field in self.replaced
        return agrees(getattr(self, field), getattr(live, field), whole=whole)

    def _is_compared(self, field: str) -> bool:
        undeclared = field in self.when_declared and getattr(self, field) is None
        return field != "id" and not undeclared
