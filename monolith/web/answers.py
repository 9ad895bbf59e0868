"""Turn values of the contracts into HTTP responses, byte for byte as the service does."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from pydantic import BaseModel
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

from extracted.contracts.http import JSON_CONTENT_TYPE
from extracted.contracts.problems import PROBLEM_CONTENT_TYPE, ProblemError


class ContractRenderer(BaseRenderer):
    """Render a contract by its own serializer: compact JSON, nothing escaped that need not be."""

    media_type = JSON_CONTENT_TYPE
    format = "json"
    charset = None

    def render(
        self,
        data: BaseModel | None,
        accepted_media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        renderer_context: Any = None,  # noqa: ARG002 - DRF's signature
    ) -> bytes:
        """Return the body; None is an empty one."""
        return b"" if data is None else data.model_dump_json().encode()


class OneRepresentation(BaseContentNegotiation):
    """There is one representation, whatever Accept says; all of us agree on that."""

    def select_parser(self, request: Any, parsers: Any) -> Any:  # noqa: ARG002 - DRF's signature
        """Return the first parser."""
        return parsers[0]

    def select_renderer(
        self,
        request: Any,  # noqa: ARG002 - DRF's signature
        renderers: Any,
        format_suffix: str | None = None,  # noqa: ARG002 - DRF's signature
    ) -> Any:
        """Return the first renderer."""
        return renderers[0], renderers[0].media_type


def problem(error: ProblemError) -> HttpResponse:
    """Answer with problem details."""
    return HttpResponse(
        error.problem.to_json(),
        status=error.status,
        content_type=PROBLEM_CONTENT_TYPE,
        headers=dict(error.headers),
    )


def json_bytes(body: bytes, *, status: int = HTTPStatus.OK) -> HttpResponse:
    """Answer with JSON that is already made."""
    return HttpResponse(body, status=status, content_type=JSON_CONTENT_TYPE)
