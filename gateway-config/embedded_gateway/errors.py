"""What the Admin API refuses, with the status, code and body that Kong gives.

* AdminError
  x SchemaViolation      400, code 2: a value that Kong, or this gateway, does not take
  x ForeignKeyViolation  400, code 4
  x UniqueViolation      409, code 5
  x EntityNotFound       404, code 6: PATCH of something that is not there
  x NotFound             404 without a code
  x BadOffset            400, code 7
  x BadSize              400, code 9
  x BadTags              400, code 11
  x Unresolved           400, code 13: a foreign key by name that leads nowhere
  x UnreadableBody       400 without a code
  x NotInForce           503: Envoy did not take the change over, so nothing was changed
"""

from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]


class AdminError(Exception):
    """An answer other than 2xx; `body` is what the client reads."""

    status = 400
    code: int | None = None
    name: str | None = None

    def __init__(self, message: str, *, fields: Fields | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})

    @property
    def body(self) -> dict[str, Any]:
        """Message, name, code and fields, or the message alone where Kong has no code."""
        if self.code is None:
            return {"message": self.message}
        return {
            "message": self.message,
            "name": self.name,
            "code": self.code,
            "fields": self.fields,
        }


class SchemaViolation(AdminError):
    """Kong names every refused field; so do we."""

    code = 2
    name = "schema violation"

    def __init__(self, fields: Fields) -> None:
        parts = [f"{key}: {text}" for key, text in _flatten(fields)]
        count = "schema violation" if len(parts) == 1 else f"{len(parts)} schema violations"
        super().__init__(f"{count} ({'; '.join(parts)})", fields=fields)


class ForeignKeyViolation(AdminError):
    """A reference leads nowhere, or still leads here."""

    code = 4
    name = "foreign key violation"


class UniqueViolation(AdminError):
    """Another entity has that name, address or scope."""

    status = 409
    code = 5
    name = "unique constraint violation"


class EntityNotFound(AdminError):
    """PATCH, and PUT of a target, change only what is there."""

    status = 404
    code = 6
    name = "not found"

    def __init__(self, key: Mapping[str, str]) -> None:
        kind = "primary key " if "id" in key else ""
        super().__init__(f"could not find the entity with {kind}'{lua(key)}'", fields=key)


class NotFound(AdminError):
    """No such path, or nothing there."""

    status = 404

    def __init__(self) -> None:
        super().__init__("Not found")


class BadOffset(AdminError):
    """An offset this gateway did not give out."""

    code = 7
    name = "invalid offset"


class BadSize(AdminError):
    """A page holds 1 to 1000 entities."""

    code = 9
    name = "invalid size"


class BadTags(AdminError):
    """Tags are joined by `,` or by `/`, not by both."""

    code = 11
    name = "invalid options"


class Unresolved(AdminError):
    """A reference by a name that nobody has."""

    code = 13
    name = "foreign keys unresolved"


class UnreadableBody(AdminError):
    """Not a JSON object."""

    def __init__(self) -> None:
        super().__init__("Cannot parse JSON body")


class NotInForce(AdminError):
    """Envoy is down or did not follow; everything is as it was."""

    status = 503


def lua(key: Mapping[str, Any]) -> str:
    """Print a key as Kong does in its messages: `{name="x"}`."""
    return "{" + ",".join(f"{name}={_lua_value(value)}" for name, value in key.items()) + "}"


def _lua_value(value: object) -> str:
    if value is None:
        return "null"
    return lua(value) if isinstance(value, Mapping) else f'"{value}"'


def _flatten(fields: Fields, prefix: str = "") -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in fields.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat += _flatten(value, f"{path}.")
        elif isinstance(value, list):
            flat += [
                (path if key == "@entity" else f"{path}.{index}", text)
                for index, text in enumerate(value, start=1)
                if text is not None
            ]
        else:
            flat.append((path, str(value)))
    return flat
