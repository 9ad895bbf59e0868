"""What can go wrong over HTTP, as RFC 9457 problem details, the same whoever answers.

* ProblemError
  x 400 malformed-json, missing-idempotency-key, invalid-idempotency-key
  x 401 unauthenticated, invalid-token, wrong-credentials, session-ended
  x 402 payment-declined
  x 403 forbidden
  x 404 not-found, product-not-found, order-not-found, customer-not-found, address-not-found
  x 404 checkout-not-found
  x 405 method-not-allowed
  x 409 order-state, cart-empty
  x 409 sku-taken, conflict, out-of-stock, reservation-lost
  x 413 body-too-large
  x 415 unsupported-media-type
  x 422 invalid-input, idempotency-key-reused, unknown-product, unknown-customer, unknown-category
  x 422 unknown-warehouse
  x 429 too-many-requests
  x 500 internal-error
  x 503 unavailable
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


# slug: status, title, and the words both sides use when there is nothing more precise to say.
_KINDS: Mapping[str, tuple[int, str, str]] = {
    "malformed-json": (400, "The body is not valid JSON", "The body could not be read."),
    "missing-idempotency-key": (
        400,
        "Idempotency-Key is missing",
        "Send Idempotency-Key: <uuid>.",
    ),
    "invalid-idempotency-key": (
        400,
        "Idempotency-Key is not a UUID",
        "Send a UUID of your own making.",
    ),
    "unauthenticated": (401, "Nobody is signed in", "Send Authorization: Bearer <access token>."),
    "invalid-token": (401, "The access token is refused", "Sign in, or refresh the session."),
    "wrong-credentials": (
        401,
        "E-mail address or password is wrong",
        "Which of the two is not told.",
    ),
    "session-ended": (401, "The session has ended", "Sign in again."),
    "forbidden": (403, "This is not yours to see or to do", "Ask somebody whose role allows it."),
    "payment-declined": (402, "The payment was declined", "Try another card."),
    "not-found": (404, "There is nothing here", "No such path."),
    "product-not-found": (404, "No such product", "There is no product with this id."),
    "order-not-found": (404, "No such order", "There is no order with this id."),
    "customer-not-found": (404, "No such customer", "There is no customer with this id."),
    "address-not-found": (404, "No such address", "There is no address with this id."),
    "checkout-not-found": (404, "No such checkout", "There is no checkout with this id."),
    "method-not-allowed": (405, "Method not allowed", "See the header Allow."),
    "order-state": (
        409,
        "The order's state does not allow it",
        "Look at the order, then decide.",
    ),
    "cart-empty": (409, "The cart is empty", "Put something into the cart first."),
    "sku-taken": (409, "The SKU is taken", "Another product has this SKU."),
    "conflict": (409, "The request conflicts with the present state", "Look again, then decide."),
    "out-of-stock": (409, "There is not so much in stock", "Ask for less, or come again later."),
    "reservation-lost": (409, "The goods are not reserved any more", "Reserve them again."),
    "body-too-large": (413, "The body is too large", "At most 65536 bytes are read."),
    "unsupported-media-type": (
        415,
        "The body must be application/json",
        "Send Content-Type: application/json.",
    ),
    "invalid-input": (422, "The input is not valid", "See the errors."),
    "idempotency-key-reused": (
        422,
        "The Idempotency-Key was used for another request",
        "Use a new key for a new request.",
    ),
    "unknown-product": (
        422,
        "The order names an unknown product",
        "One of the products does not exist.",
    ),
    "unknown-customer": (
        422,
        "The order names an unknown customer",
        "There is no customer with this id.",
    ),
    "unknown-category": (
        422,
        "The product names an unknown category",
        "There is no category with this slug.",
    ),
    "unknown-warehouse": (
        422,
        "The adjustment names an unknown warehouse",
        "There is no warehouse with this slug.",
    ),
    "too-many-requests": (
        429,
        "Too many requests",
        "Slow down; see the header Retry-After.",
    ),
    "internal-error": (
        500,
        "Something went wrong on our side",
        "It was logged under the correlation id of this answer.",
    ),
    "unavailable": (503, "The service cannot answer now", "Try again in a moment."),
}


# Not frozen: contextlib sets __traceback__ on a passing exception, which a frozen class refuses.
@dataclass(eq=False)
class ProblemError(Exception):
    """An expected error that has a place in the HTTP contract.

    `kind` is a slug of the table above, `detail` says more than the table's words where there is
    more to say; `headers` go on the response (Allow, Retry-After).
    """

    kind: str
    detail: str = ""
    errors: tuple[FieldError, ...] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.detail = self.detail or _KINDS[self.kind][2]

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"

    @property
    def facts(self) -> Mapping[str, object]:
        """What an error of this kind carries beside its words, ready for JSON."""
        return {}

    @property
    def status(self) -> int:
        """The HTTP status of this kind of problem."""
        return _KINDS[self.kind][0]

    @property
    def problem(self) -> Problem:
        """The body to answer with."""
        status, title, _ = _KINDS[self.kind]
        return Problem(
            type=f"urn:problem:{self.kind}",
            title=title,
            status=status,
            detail=self.detail,
            errors=self.errors,
        )


def method_not_allowed(methods: Iterable[str]) -> ProblemError:
    """Build the 405 that says which methods a path has."""
    allow = ", ".join(sorted(methods))
    return ProblemError("method-not-allowed", f"Use {allow}.", headers={"Allow": allow})


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
