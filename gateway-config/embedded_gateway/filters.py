"""The pieces that filter chains are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

from embedded_gateway.envoy_types import FILTERS, SET, Json, header, typed

_MUTATION = FILTERS + "header_mutation.v3.HeaderMutation"
# Headers of our own between two filters; a client's are taken away before anything else.
IDENTIFIER = "x-gateway-identifier"
TERMINATED = "x-gateway-terminated"
ADDRESS = "x-gateway-address"
INTERNAL = (IDENTIFIER, TERMINATED, ADDRESS)


def chained(name: str, message: str, **fields: Any) -> Json:
    """One filter of a route's chain."""
    return {"name": name, "typed_config": typed(FILTERS + message, **fields)}


def mutation(
    name: str,
    *,
    request: Sequence[Json] = (),
    response: Sequence[Json] = (),
    query: Sequence[Json] = (),
) -> Json:
    """A filter that changes headers on the way in and out, one step after the other."""
    steps: Json = {
        "request_mutations": [*request],
        "response_mutations": [*response],
        "query_parameter_mutations": [*query],
    }
    used = {kind: found for kind, found in steps.items() if found}
    return {"name": name, "typed_config": typed(_MUTATION, mutations=used)}


def put(key: str, value: str, action: str = SET) -> Json:
    """One step of a mutation: write a header. A value without content writes nothing."""
    return {"append": header(key, value, action)}


def gone(key: str) -> Json:
    """One step of a mutation: take a header away."""
    return {"remove": key}


def literal(text: str) -> str:
    """Text in which Envoy finds no command."""
    return text.replace("%", "%%")


def lookup(table: Mapping[str, str], key: str) -> str:
    """The value of a request header's content in a table, by an expression and not by code.

    What is not in the table has no value, and so makes no header.
    """
    pairs = ",".join(f"{quoted(name)}:{quoted(value)}" for name, value in table.items())
    return f"%CEL({{{pairs}}}[request.headers['{key.lower()}']])%"


def quoted(text: str) -> str:
    """A string in an expression; what may be in it is checked where entities come in."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
