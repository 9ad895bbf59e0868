"""The HTTP face of sessions, and the keys that verify what they hand out."""

from http import HTTPStatus
from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts.customers import PresentToken, Session, SignIn
from extracted.contracts.http import IDEMPOTENCY_REPLAYED, parse_id
from extracted.contracts.identity import JWKS_MAX_AGE_S, SIGNED_IN
from monolith.customers import keys, sessions
from monolith.customers.writes import read_bare_write, read_write
from monolith.web.access import ANYONE, Table
from monolith.web.answers import json_bytes
from monolith.web.described import described
from monolith.web.rate import client_of
from monolith.web.view import View, plain


class Sessions(View):
    """Where people sign in."""

    access: ClassVar[Table] = {"POST": ANYONE}

    @described(
        "sign_in",
        writes=True,
        body=SignIn,
        answers=Session,
        status=HTTPStatus.CREATED,
        problems=("wrong-credentials",),
    )
    def post(self, request: Request) -> Response:
        """Sign in with address and password."""
        attempt, command = read_write(plain(request), SignIn)
        address = client_of(plain(request))
        begun = sessions.sign_in(command, key=attempt.key, address=address)
        return _handed_out(begun, status=HTTPStatus.CREATED)


class Refresh(View):
    """Where a session goes on."""

    access: ClassVar[Table] = {"POST": ANYONE}

    @described(
        "refresh_session",
        writes=True,
        body=PresentToken,
        answers=Session,
        problems=("session-ended",),
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for the next, and a new access token."""
        attempt, command = read_write(plain(request), PresentToken)
        begun = sessions.go_on(command.refresh_token, key=attempt.key)
        return _handed_out(begun, status=HTTPStatus.OK)


class Revoke(View):
    """Where a session ends."""

    access: ClassVar[Table] = {"POST": ANYONE}

    @described(
        "sign_out",
        writes=True,
        body=PresentToken,
        answers=None,
        status=HTTPStatus.NO_CONTENT,
        problems=("session-ended",),
    )
    def post(self, request: Request) -> Response:
        """End the session of a refresh token; once or more often."""
        _, command = read_write(plain(request), PresentToken)
        sessions.sign_out(command.refresh_token)
        return Response(status=HTTPStatus.NO_CONTENT)


class CustomerSessions(View):
    """All sessions of one customer."""

    access: ClassVar[Table] = {"DELETE": SIGNED_IN}

    @described(
        "sign_out_everywhere",
        writes=True,
        answers=None,
        status=HTTPStatus.NO_CONTENT,
        problems=("customer-not-found",),
    )
    def delete(self, request: Request, customer_id: str) -> Response:
        """Sign out everywhere."""
        read_bare_write(plain(request))
        sessions.sign_out_everywhere(parse_id(customer_id, kind="customer"))
        return Response(status=HTTPStatus.NO_CONTENT)


def publish_keys(_request: HttpRequest) -> HttpResponse:
    """Answer every key that verifies now (RFC 7517)."""
    response = json_bytes(keys.published().model_dump_json().encode())
    response.headers["Cache-Control"] = f"public, max-age={JWKS_MAX_AGE_S}"
    return response


def _handed_out(begun: sessions.Begun, *, status: HTTPStatus) -> Response:
    headers = {"Cache-Control": "no-store"}
    if begun.replayed:
        headers[IDEMPOTENCY_REPLAYED] = "true"
    return Response(begun.session, status=status, headers=headers)
