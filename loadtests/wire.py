"""What goes out and what comes back, as values."""

from __future__ import annotations

import json
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

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.key is None else {"Idempotency-Key": self.key}


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
