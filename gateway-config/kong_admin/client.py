"""A typed door to Kong's Admin API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import yaml

from kong_admin.audit import Audit, Unheard
from kong_admin.connections import Connections
from kong_admin.consumers import Consumer, Credential
from kong_admin.entities import Plugin, Route, Service, Target, Upstream
from kong_admin.errors import UnexpectedAnswerError, UnreachableError, refusal
from kong_admin.node import Node
from kong_admin.resource import Resource, quoted
from kong_admin.retry import IDEMPOTENT, Retry

TIMEOUT = httpx.Timeout(10.0, connect=2.0)
PAGE_SIZE = 1000

# Asked anew for every request, so that a token may change during the life of a client.
Headers = Callable[[], Mapping[str, str]]
C = TypeVar("C", bound=Credential)


class KongAdmin:
    """Use as a context manager, or call `close`. Threads may share it.

    `headers` is asked before every request (an RBAC token, an `Authorization` of a proxy in
    front); `transport` replaces the network in tests; `audit` is told of every write.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Headers | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        retry: Retry | None = None,
        transport: httpx.BaseTransport | None = None,
        audit: Audit | None = None,
    ) -> None:
        self._base_url = base_url
        self._connections = Connections(base_url, timeout=timeout, transport=transport)
        self._headers = headers or dict
        self._audit = audit or Unheard()
        self._retry = retry or Retry()
        self.services = Resource(self, Service)
        self.routes = Resource(self, Route)
        self.upstreams = Resource(self, Upstream)
        self.consumers = Resource(self, Consumer)
        self.plugins = Resource(self, Plugin)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._connections.close()

    def targets(self, upstream: str) -> Resource[Target]:
        """There is no `/targets`: targets are reached through their upstream only."""
        return Resource(self, Target, f"/upstreams/{quoted(upstream)}/targets")

    def credentials(self, consumer: str, kind: type[C]) -> Resource[C]:
        """The credentials of one kind that one consumer has."""
        return Resource(self, kind, f"/consumers/{quoted(consumer)}/{kind.collection}")

    def all_credentials(self, kind: type[C]) -> Resource[C]:
        """The credentials of one kind, of all consumers: to list, not to create."""
        return Resource(self, kind, f"/{kind.everywhere}")

    def ping(self) -> Node:
        """Ask the gateway who it is."""
        return Node.from_json(self.request("GET", "/"))

    def read_config(self) -> dict[str, Any]:
        """Everything at once, as a Kong without a database keeps it."""
        text = self.request("GET", "/config").get("config")
        try:
            document = yaml.safe_load(text) if isinstance(text, str) else None
        except yaml.YAMLError:
            document = None
        if not isinstance(document, dict):
            raise UnexpectedAnswerError("/config: the answer holds no declarative configuration")
        return document

    def load_config(self, document: Mapping[str, Any]) -> None:
        """Replace everything at once: for a Kong without a database, which takes nothing else."""
        self.request("POST", "/config?flatten_errors=1", json=document, idempotent=True)

    def request(
        self, method: str, path: str, *, json: object = None, idempotent: bool | None = None
    ) -> dict[str, Any]:
        """One call; the JSON object of the answer, empty for an answer without a body."""
        repeatable = method in IDEMPOTENT if idempotent is None else idempotent
        tries = self._retry.tries if repeatable else 1
        if method == "GET" or path.startswith("/schemas/"):
            response = self._send(method, path, json=json, tries=tries)
        else:
            with self._audit.writing(method, path, json) as outcome:
                response = self._send(method, path, json=json, tries=tries)
                outcome(response.status_code)
        if not response.is_success:
            raise refusal(response)
        return _object(response) if response.content else {}

    def pages(self, path: str, *, tags: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """Every entity of a list. The end is `next: null`, never an empty page."""
        asked = {"size": str(PAGE_SIZE)} | ({"tags": ",".join(tags)} if tags else {})
        following: httpx.URL | None = httpx.URL(path)
        seen: set[str] = set()
        while following is not None:
            # The `next` of nested lists forgets size and tags, so they are asked for every time.
            address = str(following.copy_merge_params(asked))
            if address in seen:
                raise UnexpectedAnswerError(f"{path}: the pages go round in a circle at {address}")
            seen.add(address)
            page = self.request("GET", address)
            yield from _entities(page, path)
            following = httpx.URL(page["next"]) if page.get("next") else None

    def _send(self, method: str, path: str, *, json: object, tries: int) -> httpx.Response:
        for attempt in range(tries):
            if attempt:
                self._retry.before(attempt)
            is_last = attempt == tries - 1
            try:
                response = self._connections.mine().request(
                    method, path, json=json, headers=dict(self._headers())
                )
            except httpx.TransportError as failed:
                if is_last:
                    raise self._unreachable(failed) from failed
                continue
            if is_last or response.status_code < 500:
                return response
        raise AssertionError("a request is tried at least once")

    def _unreachable(self, failed: httpx.TransportError) -> UnreachableError:
        reason = str(failed) or type(failed).__name__
        return UnreachableError(
            f"no answer from the Admin API at {self._base_url} ({reason}); "
            "is the gateway running, and is this its Admin API address?"
        )


def _object(response: httpx.Response) -> dict[str, Any]:
    request = f"{response.request.method} {response.request.url}"
    try:
        body = response.json()
    except ValueError as not_json:
        raise UnexpectedAnswerError(
            f"{request}: the answer is not JSON; is this Kong's Admin API, not its proxy?"
        ) from not_json
    if not isinstance(body, dict):
        raise UnexpectedAnswerError(f"{request}: the answer is not a JSON object")
    return body


def _entities(page: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    data = page.get("data")
    if not isinstance(data, list):
        # An empty list may come as an empty object: Kong's JSON encoder cannot tell them apart.
        if data == {}:
            return []
        raise UnexpectedAnswerError(f"{path}: the answer is not a list of entities")
    return data
