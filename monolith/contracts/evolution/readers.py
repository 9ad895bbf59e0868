"""Which reader a golden schema has."""

from monolith.contracts import golden, identity
from monolith.contracts.evolution.kinds import Reader
from monolith.contracts.values import Contract

# What the gateway is told of us, and what our own processes keep for each other while a release
# takes the place of another.
_KEPT: tuple[type[Contract], ...] = (identity.Identity, identity.Jwks)


def reader_of(name: str) -> Reader:
    """Say who reads what `name` describes, as `orders.Order`."""
    if name in _names_of(golden.ASKED):
        return Reader.REQUEST
    # A class has one name in all contexts; a test sees to it.
    return Reader.MESSAGE if name.rpartition(".")[2] in _heard() else Reader.ANSWER


def _heard() -> frozenset[str]:
    inner = {name for kept in _KEPT for name in kept.model_json_schema().get("$defs", ())}
    return frozenset(inner | {kept.__name__ for kept in _KEPT})


def _names_of(models: tuple[type[Contract], ...]) -> frozenset[str]:
    return frozenset(f"{model.__module__.rpartition('.')[2]}.{model.__name__}" for model in models)
