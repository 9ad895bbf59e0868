"""What can go wrong between a declaration and a gateway that serves it.

* KongAdminError
  x UnreachableError           nobody answered: refused, reset, timed out
  x UnexpectedAnswerError      somebody answered, but not as Kong does
  * RefusedError               Kong said no: `status`, `code`, `message`, `fields`
    x InvalidEntityError       400, with Kong's message per field
    x NotAuthorizedError       401, 403
    x NotFoundError            404
    x NotWritableError         405: Kong runs without a database
    x ConflictError            409
    x GatewayFailedError       5xx
  * UnusableInputError         nothing was sent: what was asked for cannot be meant
    x DeclarationError         a file: `problems`, each with file, path and message
    x UnsafeWeightsError       the weights would leave an upstream without any traffic
    x MissingPluginError       the gateway does not offer a plugin the files insist on
  x NotLiveError               the Admin API agreed, the proxy did not follow in time
  x NotAppliedError            the Admin API agreed, and answers differently when asked again
  x UnsettledError             somebody else is moving the weights just now
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import httpx

# What stands where a secret would.
HIDDEN = "(hidden)"


class KongAdminError(Exception):
    """Base of everything this package raises on purpose."""


class UnreachableError(KongAdminError):
    """Nobody answered."""


class UnexpectedAnswerError(KongAdminError):
    """Somebody answered, but not as Kong does."""


class RefusedError(KongAdminError):
    """Kong's own refusal, with the facts of its error body."""

    def __init__(self, *, request: str, status: int, body: Mapping[str, object]) -> None:
        code = body.get("code")
        fields = body.get("fields")
        self.request = request
        self.body = body
        self.status = status
        self.code: int | None = code if isinstance(code, int) else None
        self.message = str(body.get("message") or httpx.codes.get_reason_phrase(status))
        self.fields: Mapping[str, object] = fields if isinstance(fields, Mapping) else {}
        # What `POST /config` finds wrong, entity by entity.
        self.problems = tuple(_flattened(body.get("flattened_errors")))
        super().__init__("; ".join([f"{request}: {status} {self.message}", *self.problems]))

    def without(self, secrets: Iterable[str]) -> Self:
        """The same refusal where these words do not show: Kong repeats what it was sent."""
        text = json.dumps(self.body)
        for secret in secrets:
            text = text.replace(json.dumps(secret)[1:-1], HIDDEN)
        return type(self)(request=self.request, status=self.status, body=json.loads(text))


class InvalidEntityError(RefusedError):
    """400, with Kong's message per field."""


class NotAuthorizedError(RefusedError):
    """401 or 403: a token is missing or wrong."""


class NotFoundError(RefusedError):
    """404."""


class NotWritableError(RefusedError):
    """405: Kong runs without a database."""


class ConflictError(RefusedError):
    """409: it is already there."""


class GatewayFailedError(RefusedError):
    """5xx."""


class UnusableInputError(KongAdminError):
    """Nothing was sent: what was asked for cannot be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with one file."""

    file: str
    path: str
    message: str

    def __str__(self) -> str:
        return (
            f"{self.file}: {self.path}: {self.message}"
            if self.path
            else f"{self.file}: {self.message}"
        )


class DeclarationError(UnusableInputError):
    """A file is not what it should be: `problems` holds everything that is wrong with it."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")


class UnsafeWeightsError(UnusableInputError):
    """An upstream would be left without any traffic."""


class MissingPluginError(UnusableInputError):
    """The gateway does not offer a plugin that the files ask for."""


class NotLiveError(KongAdminError):
    """The Admin API agreed, the proxy did not follow in time."""


class NotAppliedError(KongAdminError):
    """The Admin API agreed, and answers differently when asked again."""


class UnsettledError(KongAdminError):
    """Somebody else is moving the weights just now."""


_BY_STATUS: dict[int, type[RefusedError]] = {
    400: InvalidEntityError,
    401: NotAuthorizedError,
    403: NotAuthorizedError,
    404: NotFoundError,
    405: NotWritableError,
    409: ConflictError,
}


def refusal(response: httpx.Response) -> RefusedError:
    """The error for an answer that is not a success."""
    kind = _BY_STATUS.get(response.status_code, RefusedError)
    if response.status_code >= 500:
        kind = GatewayFailedError
    return kind(
        request=f"{response.request.method} {response.request.url.path}",
        status=response.status_code,
        body=_body(response),
    )


def _body(response: httpx.Response) -> Mapping[str, object]:
    # A wrong content type is answered in HTML and a proxy in between may say anything at all.
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _flattened(errors: object) -> Iterator[str]:
    for entity in errors if isinstance(errors, list) else ():
        label = (
            f"{entity.get('entity_type')} {entity.get('entity_name') or entity.get('entity_id')}"
        )
        for error in entity.get("errors", ()):
            place = error.get("field")
            yield ": ".join(filter(None, (label, place, str(error.get("message")))))
