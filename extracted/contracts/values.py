"""Building blocks of every contract: how text, time and money look on the wire."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

TIMESTAMP_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Contract(BaseModel):
    """A frozen value of the published language; unknown fields are errors, not surprises."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _without_nul(text: str) -> str:
    # PostgreSQL cannot store U+0000: refuse it where the input is read, not with a 500 later.
    if "\x00" in text:
        msg = "must not contain the character U+0000"
        raise ValueError(msg)
    return text


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _to_wire(at: datetime) -> str:
    return at.strftime(TIMESTAMP_FORMAT)


def left_out_not_null(schema: dict[str, Any]) -> None:
    """Describe a change: any field may be left out, none may be null, one must be there."""
    schema["minProperties"] = 1
    for field in schema["properties"].values():
        choices = field.pop("anyOf")
        del field["default"]
        field.update(next(choice for choice in choices if choice != {"type": "null"}))


Text = Annotated[str, AfterValidator(_without_nul)]
ShortText = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_without_nul)]
LongText = Annotated[str, Field(max_length=4000), AfterValidator(_without_nul)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
WireTime = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Timestamp = Annotated[
    datetime, AfterValidator(_in_utc), PlainSerializer(_to_wire, return_type=WireTime)
]
MinorUnits = Annotated[int, Field(strict=True, ge=0, le=100_000_000_00)]
Currency = Literal["EUR", "GBP", "USD"]
Side = Literal["monolith", "service"]


class Money(Contract):
    """An amount in minor units (cents) with its currency."""

    amount: MinorUnits
    currency: Currency
