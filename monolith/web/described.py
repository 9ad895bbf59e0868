"""Say what an endpoint reads and answers, in the contracts' own words; OpenAPI is made from it.

Nothing here runs while a request is answered: a description is an attribute of the method.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from drf_spectacular.drainage import set_override
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from pydantic import BaseModel

from extracted.contracts.http import IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, JSON_CONTENT_TYPE
from extracted.contracts.problems import PROBLEM_CONTENT_TYPE, Problem, ProblemError

Method = TypeVar("Method", bound=Callable[..., Any])

# What any endpoint may answer, any that writes, and any that reads a body.
ALWAYS = ("too-many-requests", "unavailable")
WRITES = (
    "missing-idempotency-key",
    "invalid-idempotency-key",
    "idempotency-key-reused",
)
BODIES = ("malformed-json", "body-too-large", "unsupported-media-type", "invalid-input")
QUERIES = ("invalid-input",)
_UUID = {"type": "string", "format": "uuid"}
_REFERENCE = "#/components/schemas/{model}"


def described(
    operation: str,
    *,
    answers: type[BaseModel] | None,
    status: HTTPStatus = HTTPStatus.OK,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    writes: bool = False,
    problems: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    also: Mapping[HTTPStatus, str] | None = None,
) -> Callable[[Method], Method]:
    """Describe a method of a view; `headers` are those of its answer, `also` bodiless statuses."""
    kinds = (WRITES if writes else ()) + (BODIES if body else ()) + (QUERIES if query else ())
    parameters = [
        *(_asked(query) if query else ()),
        *((_IDEMPOTENCY_KEY,) if writes else ()),
        *_told(status, {**(headers or {}), **(_REPLAYED if writes else {})}),
    ]
    return extend_schema(
        operation_id=operation,
        parameters=parameters,
        request={JSON_CONTENT_TYPE: body} if body else None,
        responses={
            **_answer(answers, status),
            **{int(code): OpenApiResponse(description=text) for code, text in (also or {}).items()},
            **(_TOO_LONG if query else {}),
            **_refusals((*ALWAYS, *kinds, *problems)),
        },
    )


def refusals(kinds: Iterable[str]) -> dict[int, str]:
    """Return for each status of these problems what it may mean."""
    titles: dict[int, list[str]] = defaultdict(list)
    for kind in dict.fromkeys(kinds):
        error = ProblemError(kind)
        titles[error.status].append(f"`{kind}`: {error.problem.title}.")
    return {status: " ".join(found) for status, found in titles.items()}


_IDEMPOTENCY_KEY = OpenApiParameter(
    IDEMPOTENCY_KEY,
    _UUID,
    OpenApiParameter.HEADER,
    required=True,
    description="Of the client's making; sent again, it gets the same answer again.",
)
# By the server, before our code is asked: the only refusal without a problem.
_TOO_LONG = {414: OpenApiResponse(description="The request line is too long.")}
_REPLAYED = {IDEMPOTENCY_REPLAYED: "`true` when this answer was given before."}


def _asked(query: type[BaseModel]) -> Iterator[OpenApiParameter]:
    schema = query.model_json_schema(mode="validation", ref_template=_REFERENCE)
    for name, field in schema["properties"].items():
        yield OpenApiParameter(
            name,
            _without_null(field),
            OpenApiParameter.QUERY,
            required=name in schema.get("required", ()),
        )


def _without_null(field: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter that is absent is None to us, but there is no null in a query string."""
    found = {key: value for key, value in field.items() if key != "title"}
    if found.get("default", ...) is None:
        del found["default"]
    choices = [choice for choice in found.pop("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**choices[0], **found}
    return {**found, "anyOf": choices} if choices else found


def _told(status: HTTPStatus, headers: Mapping[str, str]) -> Iterator[OpenApiParameter]:
    for name, description in headers.items():
        yield OpenApiParameter(
            name, str, OpenApiParameter.HEADER, description=description, response=[int(status)]
        )


def _answer(answers: type[BaseModel] | None, status: HTTPStatus) -> dict[Any, Any]:
    if answers is None:
        return {int(status): OpenApiResponse(description=status.phrase)}
    return {(int(status), JSON_CONTENT_TYPE): answers}


def _refusals(kinds: Iterable[str]) -> dict[tuple[int, str], OpenApiResponse]:
    return {
        (status, PROBLEM_CONTENT_TYPE): OpenApiResponse(Problem, description=text)
        for status, text in refusals(kinds).items()
    }


def tell_ids(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say of ids in paths that they are UUIDs, and that bodies are needed; drf-spectacular's hook."""
    for operations in result["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and parameter["name"].endswith("_id"):
                    parameter["schema"] = _UUID
    return result


class ContractExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Show a contract as it is read where it is asked for, and as it is written where answered."""

    target_class = "pydantic.BaseModel"
    match_subclasses = True
    priority = 1

    def get_name(self, auto_schema: Any, direction: Any) -> str:  # noqa: ARG002 - its signature
        """Name the component; one that another refers to is met by name before, and is the same."""
        set_override(self.target, "suppress_collision_warning", True)  # noqa: FBT003 - its signature
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        """Let pydantic make the schema; what it refers to becomes components."""
        schema = self.target.model_json_schema(
            ref_template=_REFERENCE,
            mode="validation" if direction == "request" else "serialization",
        )
        for name, part in schema.pop("$defs", {}).items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(  # type: ignore[no-untyped-call]
                    name=name, type=ResolvedComponent.SCHEMA, object=name, schema=part
                )
            )
        return schema
