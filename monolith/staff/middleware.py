"""Sessions, users and messages where staff works; the API's path carries none of them."""

from collections.abc import Callable
from typing import cast

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

PREFIX = "/admin/"

Next = Callable[[HttpRequest], HttpResponse]


def for_staff(get_response: Next) -> Next:
    """Know who is signed in, below `PREFIX` only."""
    inside = SessionMiddleware(AuthenticationMiddleware(MessageMiddleware(get_response)))

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return get_response(request)
        return cast("HttpResponse", inside(request))

    return middleware
