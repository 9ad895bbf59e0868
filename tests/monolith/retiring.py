"""A monolith's database after `strangler retire`, made by the same hands without what runs around them."""

from collections.abc import Sequence

import psycopg

from handover import retiring
from handover.operator import Hand


def retire(variables: dict[str, str], domains: Sequence[str]) -> None:
    """Let the services own the domains, and give the monolith's copies up."""
    with psycopg.connect(variables["MONOLITH_OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute(
            "UPDATE handover.ownership SET mode = 'REPLICA', epoch = 2 WHERE domain = ANY(%s)",
            (list(domains),),
        )
    with Hand.connect(variables["STRANGLER_MONOLITH_DATABASE_URL"], side="monolith") as hand:
        for domain in domains:
            assert retiring.keys_from_elsewhere(hand, domain) == []
            retiring.begin(hand, domain)
            assert retiring.row_counts(hand, domain).keys()
            retiring.end_stream(hand, domain)
            retiring.note_dump(hand, domain, {"path": "/not/there"})
            aside = retiring.set_aside(hand, domain, lock_timeout_ms=1000)
            assert retiring.set_aside(hand, domain, lock_timeout_ms=1000) == 0
            assert retiring.drop_aside(hand, domain, lock_timeout_ms=1000) == aside > 0
            assert retiring.drop_aside(hand, domain, lock_timeout_ms=1000) == 0
            hand.place_seam(domain, stage="retired", read_weight=100)
