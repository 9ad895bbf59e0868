"""What a preflight looks at: facts about both sides, the gateway and the broker. Pure values."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Literal, Self

Side = Literal["monolith", "service"]
SIDES: tuple[Side, Side] = ("monolith", "service")


def other(side: Side) -> Side:
    """Name the side that is not this one."""
    return "service" if side == "monolith" else "monolith"


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFacts:
    """What one side's database tells."""

    mode: str
    epoch: int
    capture: bool
    # None: role strangler may not see the transactions of others.
    longest_transaction_s: float | None
    is_relay_at_work: bool
    is_applier_at_work: bool
    # Why its applier does not get on, if it does not.
    trouble: str | None = None
    # How many messages of its stream the other side has applied that it does not know itself.
    ahead: int = 0
    # Refused writes since the domain was registered: by the net, at the door; and who of those whom
    # the net caught is still connected.
    caught: int = 0
    late: int = 0
    caught_now: tuple[str, ...] = ()

    @property
    def lacks_a_message(self) -> bool:
        """Whether its applier stands because the broker has lost one."""
        return self.trouble is not None and self.trouble.endswith("is missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """How the latest reconcile ended, and how long ago."""

    age_s: float
    clean: bool
    # Whether it looked at the stream that flows now, not at one before a reset.
    is_of_this_stream: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """When a message of the service last came to the monolith only to see whether it comes."""

    age_s: float
    is_of_this_stream: bool

    def counts(self, *, within_s: float) -> bool:
        """Whether that was late enough to say something of today."""
        return self.is_of_this_stream and self.age_s <= within_s


def unowned(modes: Set[str]) -> str:
    """Say who owns, by the modes of both sides, where it is not one of them."""
    if modes == {"OWNER"}:
        return "both sides"
    return "nobody: a token is in flight" if "RELEASED" in modes else "nobody, and no token travels"


# Of fewer failures nothing is concluded: a route that is seldom read would wait for its next reader.
FEW_FAILURES = 5
_COUNTED = ("equal", "agreed", "excused", "noisy", "lagging", "different", "failed")
# Alike at the first look, when both were asked again, and but for what is declared.
_ALIKE = ("equal", "agreed", "excused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What shadow reads found."""

    equal: int = 0
    agreed: int = 0
    excused: int = 0
    noisy: int = 0
    lagging: int = 0
    different: int = 0
    failed: int = 0
    # Of the route that fails most, what part failed; reads that are answered later make it smaller.
    failed_share: float = 0.0
    # How many were alike, per route.
    routes: Mapping[str, int] = field(default_factory=dict)

    @property
    def alike(self) -> int:
        """How many reads say that the service answers as the monolith does."""
        return sum(getattr(self, name) for name in _ALIKE)

    def unseen(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Choose the routes of which no read was alike yet."""
        return tuple(route for route in wanted if not self.routes.get(route))

    @classmethod
    def of_routes(cls, rows: Sequence[Mapping[str, Any]]) -> Self:
        """Sum up what was found per route; errors and empty pages are rows of their own (`route 404`)."""
        failed, all_of = Counter[str](), Counter[str]()
        for row in rows:
            route = str(row["route"]).partition(" ")[0]
            failed[route] += row["failed"]
            all_of[route] += sum(row[name] for name in _COUNTED)
        shares = (n / all_of[route] for route, n in failed.items() if n >= FEW_FAILURES)
        sums = {name: sum(row[name] for row in rows) for name in _COUNTED}
        routes = {row["route"]: sum(row[name] for name in _ALIKE) for row in rows}
        return cls(**sums, failed_share=max(shares, default=0.0), routes=routes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that checks decide over."""

    stage: str
    read_weight: int
    monolith: SideFacts
    service: SideFacts
    # Messages the receiver of the owner's stream has yet to apply.
    lag_messages: int
    is_backfilled: bool
    reconciled: Reconciled | None
    compared: Compared
    # Tokens refused for their digest since the last clean reconcile.
    refused_tokens: int
    # None: the broker does not answer.
    dead_letters: int | None
    # Stage by seam: of those this one needs, and of those that need it.
    needed: Mapping[str, str] = field(default_factory=dict)
    needed_by: Mapping[str, str] = field(default_factory=dict)
    # Trouble by address; None: ready.
    instances: Mapping[str, str | None] = field(default_factory=dict)
    monolith_trouble: str | None = None
    # What became of a harmless request through the proxy; None: one of the sides answered it.
    proxy_trouble: str | None = None
    is_routed: bool = False
    # Whether a run was cut off, or failed, between two positions.
    is_between: bool = False
    # What the rows of the stream have at one side only.
    unlike_images: tuple[str, ...] = ()
    # Tables of other domains whose foreign keys point into the monolith's copy.
    keys_from_elsewhere: tuple[str, ...] = ()
    way_back: Tried | None = None
    # Percent that the gateway sends to the service; None: it does not answer.
    reads_to_service: float | None = None
    writes_to_service: float | None = None
    # None also where nobody can ask for the canary.
    opted_in_to_service: float | None = None

    @property
    def owner(self) -> Side | None:
        """The side that accepts writes; None while a token is in flight."""
        owners: list[Side] = [side for side in SIDES if self.side(side).mode == "OWNER"]
        return owners[0] if len(owners) == 1 else None

    @property
    def owner_by_stage(self) -> Side:
        """The side that should own, where the seam is placed."""
        return "service" if self.stage in {"cutover", "retired"} else "monolith"

    def side(self, side: Side) -> SideFacts:
        """The facts of one side."""
        return self.monolith if side == "monolith" else self.service

    def idle(self, *, giver: Side) -> list[str]:
        """Name those of the two who carry the stream of a side to the other that are not at work."""
        taker = other(giver)
        idle = [] if self.side(giver).is_relay_at_work else [f"the {giver}'s relay"]
        return idle if self.side(taker).is_applier_at_work else [*idle, f"the {taker}'s applier"]
