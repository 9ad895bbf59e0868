"""What goes out and what comes back, as values."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    name: str
    body: dict[str, Any] | None = None
    key: str | None = None

    @classmethod
    def for_anyone(cls, path: str, *, name: str, body: dict[str, Any]) -> Self:
        """Something to post that says by itself who asks; its key makes asking again safe."""
        return cls(method="POST", path=path, name=name, body=body, key=str(uuid.uuid4()))

    def headers(self, *, token: str | None) -> dict[str, str]:
        keyed = {} if self.key is None else {"Idempotency-Key": self.key}
        return keyed if token is None else {**keyed, "Authorization": f"Bearer {token}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; status 0 is silence."""

    status: int
    body: dict[str, Any]
    served_by: str
    replayed: bool = False
    reason: str | None = None
    attempts: int = 1

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @classmethod
    def of(cls, *, status: int, headers: Mapping[str, Any], content: bytes | None) -> Self:
        return cls(
            status=status,
            body=_object(content),
            served_by=str(headers.get("x-served-by", "")),
            replayed=headers.get("idempotency-replayed") == "true",
        )

    @classmethod
    def silence(cls, error: object) -> Self:
        return cls(status=0, body={}, served_by="", reason=repr(error))


def _object(content: bytes | None) -> dict[str, Any]:
    try:
        body = json.loads(content) if content else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
