"""The base of every endpoint: DRF's dispatch without what this API does not use."""

from typing import Any, ClassVar

from django.http import HttpRequest
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monolith.web.answers import ContractRenderer, OneRepresentation


class View(APIView):
    """Translate a request into a call and a value into a response; views do not think."""

    authentication_classes: ClassVar[list[Any]] = []  # type: ignore[misc]
    permission_classes: ClassVar[list[Any]] = []  # type: ignore[misc]
    throttle_classes: ClassVar[list[Any]] = []  # type: ignore[misc]
    parser_classes: ClassVar[list[Any]] = []  # type: ignore[misc]
    renderer_classes: ClassVar[list[Any]] = [ContractRenderer]  # type: ignore[misc]
    content_negotiation_class = OneRepresentation
    # OPTIONS would answer with DRF's description of the view, which the service does not have.
    http_method_names: ClassVar[list[str]] = [  # type: ignore[misc]
        "get",
        "head",
        "post",
        "put",
        "patch",
        "delete",
    ]

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Add none: Allow and Vary would only be right on some answers."""
        return {}


def plain(request: Request) -> HttpRequest:
    """Return Django's own request, which knows nothing of DRF."""
    wrapped: HttpRequest = request._request  # noqa: SLF001 - DRF offers no public way
    return wrapped


def ok(value: BaseModel, *, headers: dict[str, str] | None = None) -> Response:
    """Answer 200 with a value of the contracts."""
    return Response(value, headers=headers)
