"""How a service answers over RPC: a value, or a refusal as data."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Refusal, Reply


def answer(work: Callable[[], BaseModel | Sequence[BaseModel] | int]) -> dict[str, Any]:
    """Do the work and return its reply, ready for JSON; unexpected errors go on."""
    try:
        value = work()
    except ProblemError as error:
        return refused(error.kind, error.detail, **error.facts)
    return Reply(value=_shown(value)).model_dump(mode="json")


def refused(kind: str, detail: str = "", **facts: Any) -> dict[str, Any]:
    """Return a refusal, ready for JSON."""
    refusal = Refusal(kind=kind, detail=detail, facts=facts)
    return Reply(refusal=refusal).model_dump(mode="json")


def _shown(value: BaseModel | Sequence[BaseModel] | int) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return value if isinstance(value, int) else [item.model_dump(mode="json") for item in value]
