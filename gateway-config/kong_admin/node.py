"""What a gateway says about itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from kong_admin.errors import UnexpectedAnswerError


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`database` is "postgres", or "off" for a gateway that takes only whole configurations;
    `plugins` is None where the gateway does not tell.
    """

    version: str
    database: str
    plugins: frozenset[str] | None

    @property
    def is_writable(self) -> bool:
        """True when it takes single changes."""
        return self.database != "off"

    @property
    def calls_at_once(self) -> int:
        """How many single changes it takes at a time. A call in flight holds one of Kong's
        connections to PostgreSQL, which has 100 for everybody unless it is told otherwise.
        """
        return 24 if self.database == "postgres" else 100

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """What `GET /` answered."""
        version = body.get("version")
        if not isinstance(version, str):
            raise UnexpectedAnswerError(
                "the answer has no version; is this Kong's Admin API, not its proxy?"
            )
        return cls(
            version=version,
            database=str(_record(body, "configuration").get("database", "unknown")),
            plugins=_plugins(_record(body, "plugins").get("available_on_server")),
        )


def _record(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _plugins(available: object) -> frozenset[str] | None:
    # Kong 3 answers {name: {version, priority}}; Kong 2 answered {name: true}.
    return frozenset(map(str, available)) if isinstance(available, Mapping | list) else None
