"""An HTTP request and its response, as an entrypoint sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from extracted.contracts.http import JSON_CONTENT_TYPE, check_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with its body read (up to the limit) and its headers by lower-case name."""

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_query: str = ""
    raw_body: bytes = b""
    correlation_id: str

    def header(self, name: str) -> str | None:
        """Return a header, whatever the case of its name."""
        return self.headers.get(name.lower())

    def json_body(self) -> bytes:
        """Return the body; raises ProblemError when its headers or its length forbid it."""
        check_body(content_type=self.header("Content-Type"), length=len(self.raw_body))
        return self.raw_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Status, headers and bytes; Content-Type is JSON unless the headers say otherwise."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_body(self) -> bool:
        """Whether HTTP lets a response of this status have a body."""
        return self.status not in {204, 304}

    def with_content_type(self) -> dict[str, str]:
        """Return the headers, complete."""
        if not self.has_body or "Content-Type" in self.headers:
            return dict(self.headers)
        return {"Content-Type": JSON_CONTENT_TYPE, **self.headers}
