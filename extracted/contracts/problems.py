"""What can go wrong over HTTP, as RFC 9457 problem details, the same on both sides of a seam.

* ProblemError
  x 400 malformed-json, missing-idempotency-key, invalid-idempotency-key
  x 404 not-found, product-not-found, order-not-found, customer-not-found, category-not-found
  x 405 method-not-allowed
  x 409 sku-taken, conflict
  x 413 body-too-large
  x 415 unsupported-media-type
  x 421 not-owner            answered only to a forwarded write
  x 422 invalid-input, idempotency-key-reused, unknown-product, unknown-customer, unknown-category
  x 500 internal-error
  x 503 write-unavailable, unavailable
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError

PROBLEM_CONTENT_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One field that was refused, and why."""

    model_config = ConfigDict(frozen=True)

    field: str
    detail: str


class Problem(BaseModel):
    """The body of every error response."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] | None = None

    def to_json(self) -> bytes:
        """Return the body as compact UTF-8 JSON, `errors` only where there are any."""
        return self.model_dump_json(exclude_none=True).encode()


_KINDS: Mapping[str, tuple[int, str]] = {
    "malformed-json": (400, "The body is not valid JSON"),
    "missing-idempotency-key": (400, "Idempotency-Key is missing"),
    "invalid-idempotency-key": (400, "Idempotency-Key is not a UUID"),
    "not-found": (404, "There is nothing here"),
    "product-not-found": (404, "No such product"),
    "order-not-found": (404, "No such order"),
    "customer-not-found": (404, "No such customer"),
    "category-not-found": (404, "No such category"),
    "method-not-allowed": (405, "Method not allowed"),
    "sku-taken": (409, "The SKU is taken"),
    "conflict": (409, "The request conflicts with the present state"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body must be application/json"),
    "not-owner": (421, "This side does not own the writes"),
    "invalid-input": (422, "The input is not valid"),
    "idempotency-key-reused": (422, "The Idempotency-Key was used for another request"),
    "unknown-product": (422, "The order names an unknown product"),
    "unknown-customer": (422, "The order names an unknown customer"),
    "unknown-category": (422, "The product names an unknown category"),
    "internal-error": (500, "Something went wrong on our side"),
    "write-unavailable": (503, "Writes are changing hands"),
    "unavailable": (503, "The service cannot answer now"),
}


# Not frozen: contextlib sets __traceback__ on a passing exception, which a frozen class refuses.
@dataclass(eq=False)
class ProblemError(Exception):
    """An expected error that has a place in the HTTP contract.

    `kind` is a slug of the table above; `headers` go on the response (Allow, Retry-After).
    """

    kind: str
    detail: str
    errors: tuple[FieldError, ...] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"

    @property
    def status(self) -> int:
        """The HTTP status of this kind of problem."""
        return _KINDS[self.kind][0]

    @property
    def problem(self) -> Problem:
        """The body to answer with."""
        status, title = _KINDS[self.kind]
        return Problem(
            type=f"urn:problem:{self.kind}",
            title=title,
            status=status,
            detail=self.detail,
            errors=self.errors,
        )


def invalid_input(errors: Iterable[FieldError]) -> ProblemError:
    """Build the 422 that names each refused field."""
    found = tuple(errors)
    names = ", ".join(sorted({error.field for error in found}))
    return ProblemError("invalid-input", f"Refused: {names}.", errors=found)


def from_validation(error: ValidationError) -> ProblemError:
    """Translate pydantic's refusal: broken JSON is a 400, a broken rule a 422."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(item["type"] == "json_invalid" for item in found):
        return ProblemError("malformed-json", found[0]["msg"])
    return invalid_input(
        FieldError(field=".".join(str(part) for part in item["loc"]) or "body", detail=item["msg"])
        for item in found
    )
