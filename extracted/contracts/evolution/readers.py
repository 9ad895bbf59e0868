"""Which reader a golden schema has."""

from functools import cache

from extracted.contracts import catalog, golden, identity
from extracted.contracts.envelope import Envelope
from extracted.contracts.events import EVENTS
from extracted.contracts.evolution.kinds import Reader
from extracted.contracts.values import Contract

# What our own processes read and refuse unknown fields of, besides the payloads of events: answers
# over RPC, the keys of the other side, and a product that the other side was asked for.
_ASKED_OF_EACH_OTHER: tuple[type[Contract], ...] = (
    catalog.Product,
    catalog.Quote,
    identity.Identity,
    identity.Jwks,
)


def reader_of(name: str) -> Reader:
    """Say who reads what `name` describes, as `orders.Order`."""
    if name in _names_of(golden.ASKED):
        return Reader.REQUEST
    # A class has one name in all contexts; a test sees to it.
    return Reader.MESSAGE if name.rpartition(".")[2] in _heard() else Reader.ANSWER


@cache
def _heard() -> frozenset[str]:
    payloads: set[type[Contract]] = {
        payload for events in EVENTS.values() for payload in events.values()
    }
    roots: tuple[type[Contract], ...] = (Envelope, *payloads, *_ASKED_OF_EACH_OTHER)
    inner = {name for root in roots for name in root.model_json_schema().get("$defs", ())}
    return frozenset(inner | {root.__name__ for root in roots})


def _names_of(models: tuple[type[Contract], ...]) -> frozenset[str]:
    return frozenset(f"{model.__module__.rpartition('.')[2]}.{model.__name__}" for model in models)
