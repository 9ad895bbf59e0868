"""Name what is answered by an ETag, and answer 304 to who has it already."""

from http import HTTPMethod, HTTPStatus

from django.http import HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from rest_framework.response import Response

from extracted.contracts.http import IF_NONE_MATCH, entity_tag, is_known

_READS = {HTTPMethod.GET, HTTPMethod.HEAD}
_NAMED = {HTTPStatus.OK, HTTPStatus.CREATED}


def name(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give a representation its tag, once its body is made; a read may become a 304 by it.

    A forwarded answer and a problem are not `Response`s: the one has its tag, the other needs none.
    """
    if isinstance(response, Response) and response.status_code in _NAMED:
        response.add_post_render_callback(lambda done: _named(request, done))


def _named(request: HttpRequest, response: Response) -> HttpResponseBase:
    tag = entity_tag(response.content)
    response.headers["ETag"] = tag
    if request.method in _READS and is_known(request.headers.get(IF_NONE_MATCH), tag=tag):
        return HttpResponseNotModified(headers={"ETag": tag})
    return response
