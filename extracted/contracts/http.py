"""The HTTP conventions all of us share: headers, limits, how a request is read and hashed."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from extracted.contracts.problems import FieldError, ProblemError, from_validation, invalid_input

IDEMPOTENCY_KEY = "Idempotency-Key"
IDEMPOTENCY_REPLAYED = "Idempotency-Replayed"
SERVED_BY = "X-Served-By"
CORRELATION_ID = "X-Correlation-ID"
IF_NONE_MATCH = "If-None-Match"
JSON_CONTENT_TYPE = "application/json"

# On every answer: what is sent is what it says it is, is shown in no frame, and tells nobody where
# the reader came from.
SECURITY_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

MAX_BODY_BYTES = 65_536

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')

Input = TypeVar("Input", bound=BaseModel)
_JSON: TypeAdapter[Any] = TypeAdapter(Any)
_UUID = re.compile(r"[0-9A-Fa-f-]{32,36}")


def parse_key(value: str | None) -> UUID:
    """Read the Idempotency-Key; raises ProblemError when it is missing or not a UUID."""
    if not value:
        raise ProblemError("missing-idempotency-key")
    try:
        return _uuid(value)
    except ValueError:
        raise ProblemError("invalid-idempotency-key") from None


def parse_id(value: str, *, kind: str) -> UUID:
    """Read an id of the path; raises the ProblemError `<kind>-not-found` for what cannot be one."""
    try:
        return _uuid(value)
    except ValueError:
        raise ProblemError(f"{kind}-not-found") from None


def _uuid(value: str) -> UUID:
    # UUID() reads as int() does: underscores, line ends and the digits of all scripts. A path with
    # one of those would be an id here, and could not be passed on to the other side.
    if not _UUID.fullmatch(value):
        msg = "not a UUID"
        raise ValueError(msg)
    return UUID(value)


def check_body(*, content_type: str | None, length: int) -> None:
    """Refuse a body by its headers, before it is read."""
    if length > MAX_BODY_BYTES:
        raise ProblemError("body-too-large")
    media_type = (content_type or "").split(";")[0].strip().lower()
    if media_type != JSON_CONTENT_TYPE:
        raise ProblemError("unsupported-media-type")


def parse_body(model: type[Input], body: bytes) -> Input:
    """Read a JSON body; raises ProblemError 400 when it is not JSON, 422 when it breaks a rule."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise from_validation(error) from None


def parse_query(model: type[Input], query: Mapping[str, Sequence[str]]) -> Input:
    """Read query parameters, each given at most once; raises ProblemError 422."""
    repeated = [name for name, values in query.items() if len(values) > 1]
    if repeated:
        raise invalid_input(FieldError(field=n, detail="given more than once") for n in repeated)
    try:
        return model.model_validate({name: values[0] for name, values in query.items()})
    except ValidationError as error:
        raise from_validation(error) from None


def entity_tag(body: bytes) -> str:
    """Return the ETag of a body: both sides write the same bytes, so they have the same tags.

    Not the version of the row: a product shows its category's name too, which may change alone.
    """
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def is_known(if_none_match: str | None, *, tag: str) -> bool:
    """Whether the client has what `tag` names: If-None-Match, compared weakly (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _ENTITY_TAG.findall(if_none_match)


def request_hash(*, method: str, path: str, body: bytes) -> str:
    """Fingerprint a request, so that a reused key with another request is noticed.

    Bodies that differ only in white space or key order are the same request.
    """
    canonical = _JSON.dump_json(_sorted(_JSON.validate_json(body))) if body else b""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), canonical))).hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
