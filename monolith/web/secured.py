"""Say in the description where a token is needed, and what is answered without the right one.

Taken from the views' tables of access, so that the description cannot promise another door than the
one that is locked.
"""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from extracted.contracts.identity import SIGNED_IN, STAFF, Role
from extracted.contracts.problems import PROBLEM_CONTENT_TYPE
from monolith.web.access import ANYONE
from monolith.web.described import refusals

_PROBLEM = {"$ref": "#/components/schemas/Problem"}


class SecuredSchema(AutoSchema):
    """drf-spectacular's schema of an operation, with the refusals of `monolith.web.access`."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Add 401, and 403 where not everybody who is signed in may."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None:
            for status, text in refusals(_kinds(self)).items():
                operation["responses"].setdefault(
                    str(status),
                    {"content": {PROBLEM_CONTENT_TYPE: {"schema": _PROBLEM}}, "description": text},
                )
        return operation


class BearerExtension(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Show how a client says who it is."""

    target_class = "monolith.web.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - its signature
        """Describe RFC 6750."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of `sign_in` or `refresh_session`: a JWT, signed with "
            "RS256 (RFC 9068). The keys that verify it are at `/.well-known/jwks.json`.",
        }

    def get_security_requirement(  # type: ignore[override] # None: open to all
        self, auto_schema: Any
    ) -> dict[str, list[Any]] | None:
        """Require a token where the view's table does."""
        return None if _allowed(auto_schema) == ANYONE else {self.name: []}


def _allowed(schema: Any) -> frozenset[Role]:
    found: frozenset[Role] = schema.view.access.get(schema.method, STAFF)
    return found


def _kinds(schema: Any) -> tuple[str, ...]:
    allowed = _allowed(schema)
    if allowed == ANYONE:
        return ()
    return ("unauthenticated", "invalid-token") + (() if allowed == SIGNED_IN else ("forbidden",))
