"""Consumers as the filters need them: by credential, with their groups."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from embedded_gateway.consumers import Consumer, Jwt, KeyAuth
from embedded_gateway.state import State


@dataclass(frozen=True, kw_only=True)
class Callers:
    """All consumers at one moment."""

    consumers: dict[str, Consumer] = field(default_factory=dict)
    keys: tuple[KeyAuth, ...] = ()
    tokens: tuple[Jwt, ...] = ()
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, state: State) -> "Callers":
        """Read from the entities."""
        groups: dict[str, tuple[str, ...]] = {}
        for acl in state.acls.values():
            groups[acl.consumer.id] = (*groups.get(acl.consumer.id, ()), acl.group)
        return cls(
            consumers=dict(state.consumers),
            keys=tuple(state.keyauth_credentials.values()),
            tokens=tuple(state.jwt_secrets.values()),
            groups=groups,
        )

    def in_any(self, groups: tuple[str, ...]) -> Iterator[str]:
        """The ids of the consumers in one of the groups."""
        for consumer, own in self.groups.items():
            if set(own) & set(groups):
                yield consumer

    @cached_property
    def usernames(self) -> dict[str, str]:
        """By consumer id."""
        return {c.id: c.username for c in self.consumers.values() if c.username}

    @cached_property
    def custom_ids(self) -> dict[str, str]:
        """By consumer id."""
        return {c.id: c.custom_id for c in self.consumers.values() if c.custom_id}
