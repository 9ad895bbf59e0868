"""What every kind of entity has, and how one refers to another."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from embedded_gateway.values import Tag


class Reference(BaseModel):
    """A foreign key; on the way in it may also be a name, which the API resolves."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str


class Entity(BaseModel):
    """What every kind has; unknown fields and wrong types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    created_at: float
    updated_at: float
    tags: tuple[Tag, ...] | None = None

    def wire(self) -> dict[str, Any]:
        """As it stands in an answer and on disk."""
        return self.model_dump(mode="json")
